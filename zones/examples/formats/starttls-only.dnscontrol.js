// Records of an XMPP federation endpoint
// gatepost VERSION, configuration DIGEST
// Profile switch: the new records, with the low TTL
//
// For each name and type below, replace what the zone holds by what stands here;
// leave everything else in the zone as it is:
// it belongs behind the domain's own D(), which must hold none of these names and types any more.

// Zone beta.example (signed)
D_EXTEND("beta.example"
  // Partners of beta.example connect here with STARTTLS (RFC 6120, 3.2.1).
  , SRV("_xmpp-server._tcp", 10, 0, 5269, "xmpp.beta.example.", TTL(300))
  // beta.example offers no direct TLS, and says so (RFC 2782).
  , SRV("_xmpps-server._tcp", 0, 0, 0, ".", TTL(300))
  // Address of xmpp.beta.example, which service records name.
  , A("xmpp", "203.0.113.25", TTL(300))
);
