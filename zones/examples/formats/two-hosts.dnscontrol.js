// Records of an XMPP federation endpoint
// gatepost VERSION, configuration DIGEST
// Profile switch: the new records, with the low TTL
//
// For each name and type below, replace what the zone holds by what stands here;
// leave everything else in the zone as it is:
// it belongs behind the domain's own D(), which must hold none of these names and types any more.

// Zone alpha.example (signed)
D_EXTEND("alpha.example"
  // Partners of alpha.example connect here with STARTTLS (RFC 6120, 3.2.1).
  , SRV("_xmpp-server._tcp", 10, 0, 5269, "gw1.alpha.example.", TTL(300))
  // Partners of alpha.example connect here with STARTTLS (RFC 6120, 3.2.1).
  , SRV("_xmpp-server._tcp", 20, 0, 15269, "gw2.alpha.example.", TTL(300))
  // Partners of alpha.example connect here with direct TLS (XEP-0368).
  , SRV("_xmpps-server._tcp", 10, 0, 5270, "gw1.alpha.example.", TTL(300))
  // Address of gw1.alpha.example, which service records name.
  , A("gw1", "192.0.2.1", TTL(300))
  // Address of gw1.alpha.example, which service records name.
  , AAAA("gw1", "2001:db8::1", TTL(300))
  // Address of gw2.alpha.example, which service records name.
  , A("gw2", "198.51.100.2", TTL(300))
  // Address of gw2.alpha.example, which service records name.
  , A("gw2", "198.51.100.3", TTL(300))
  // Key of the certificate for alpha.example on port 5269 (RFC 7671, 5.1).
  , TLSA("_5269._tcp.gw1", 3, 1, 1, "6a26c00419833168cf8e7a79bb657691fc3aef8a8b80fe75eed8498ad50aef6f", TTL(300))
  // Key of the certificate for alpha.example on port 5270 (RFC 7671, 5.1).
  , TLSA("_5270._tcp.gw1", 3, 1, 1, "6a26c00419833168cf8e7a79bb657691fc3aef8a8b80fe75eed8498ad50aef6f", TTL(300))
  // Key of the certificate for alpha.example on port 15269 (RFC 7671, 5.1).
  , TLSA("_15269._tcp.gw2", 3, 1, 1, "6a26c00419833168cf8e7a79bb657691fc3aef8a8b80fe75eed8498ad50aef6f", TTL(300))
);
