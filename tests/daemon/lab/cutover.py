"""A gateway beside the server that it replaces."""

from . import pki
from .prosody import S2S_PORT, Prosody
from .site import DIRECT_SRV, STARTTLS_SRV, Site


class Cutover:
    """A site beside the server that it replaces; the service records lead to that one at first. The check keeps a
    journal."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.machine = site.scene.machine(f"legacy of {site.domain}")
        self.credential = site.scene.world.authority.for_domain(site.domain, validity=pki.Validity(-10, 300))
        self.host = f"old.{site.domain}"
        site.home.section("legacy", host=[f"{self.host}:{S2S_PORT}"], address=[self.machine.v4, self.machine.v6])
        site.records["old"] = [f"A {self.machine.v4}", f"AAAA {self.machine.v6}"]
        self.planned = {owner: site.records[owner] for owner in (STARTTLS_SRV, DIRECT_SRV)}
        self.secret = site.share_secret()
        site.gateway.state.mkdir(mode=0o700)
        self.lead_back()

    def lead_back(self) -> None:
        """The legacy server has no direct TLS in DNS."""
        self.site.records[STARTTLS_SRV] = [f"SRV 10 0 {S2S_PORT} old"]
        self.site.records.pop(DIRECT_SRV, None)

    def switch(self, *owners: str) -> None:
        for owner in owners or self.planned:
            self.site.records[owner] = self.planned[owner]

    def start_legacy(self) -> Prosody:
        """It knows the gateway's dialback secret, and hears the check, which has no certificate."""
        secret = f'dialback_secret = "{self.secret}"'
        return self.site.scene.prosody(self.site.domain, self.machine, self.credential, folder="legacy", more=secret + """
s2s_insecure_domains = { "gatepost-check.invalid" }
""")
