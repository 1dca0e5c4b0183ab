"""gatepost check behind a translation of addresses, where the world is not seen as others see it."""

import json

from lab.inside import Inside
from lab.site import READY, Site


def test_nobody_has_looked_from_outside(site: Site) -> None:
    site.start()
    inside = _inside(site)
    report = site.check("--only", "O1", through=inside.entrance)
    report.find("O1", "WARN", "private")
    assert report.status == READY
    assert site.check("--only", "O1").status == READY


def test_own_address_is_out_of_reach_from_inside(site: Site) -> None:
    """That fails here says nothing; what was seen outside decides."""
    site.one_endpoint()
    site.start()
    inside = _inside(site)
    inside.cannot_reach(site.machine.v4)
    report = site.check("--only", "O2,A3", through=inside.entrance)
    report.find("O2", "WARN", site.machine.v4)
    assert (report.verdict, report.ids("UNKNOWN")) == ("UNKNOWN", {"A3"}), str(report)
    file = site.scene.folder / "outside.json"
    file.write_text(json.dumps(site.gateway.json("check")))
    report = site.check("--only", "O1,O2,A3", "--merge", str(file), through=inside.entrance)
    assert report.verdict == "READY", str(report)
    report.find("O1", "PASS", "part of this one")


def _inside(site: Site) -> Inside:
    inside = Inside(site.scene.folder / "inside")
    site.scene.until_end(inside.close)
    return inside
