"""The page of gatepost check --html, as a browser shows it."""

import json
import os
from html.parser import HTMLParser
from pathlib import Path
from typing import Iterator

import pytest
from lab.browser import Browser
from lab.cutover import Cutover
from lab.s2speer import STARTTLS_OFFER, Stream
from lab.site import DEADLINE_S, DIRECT_SRV, STARTTLS_SRV, Site, while_checking
from lab.wire import Tls
from lab.world import Scene, add_home

PHONE, DESK = 360, 1100
# Text whose contrast with the ground behind it is below 4.5 to 1 (WCAG 2.1, 1.4.3; 3 to 1 for large text).
FAINT = """
(() => {
  const rgb = text => { const n = text.match(/[0-9.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                       return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const found = [];
  for (const at of document.querySelectorAll("body *")) {
    const own = [...at.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
    if (!own.length || !at.checkVisibility()) continue;
    let behind = at;
    while (behind && rgb(getComputedStyle(behind).backgroundColor)[3] === 0) behind = behind.parentElement;
    const style = getComputedStyle(at);
    const a = light(rgb(style.color).slice(0, 3));
    const b = behind ? light(rgb(getComputedStyle(behind).backgroundColor).slice(0, 3)) : 1;
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) found.push(own[0].textContent.trim() + " " + ratio.toFixed(2));
  }
  return found;
})()
"""


@pytest.fixture
def browser(scene: Scene) -> Iterator[Browser]:
    browser = Browser(scene.folder / "browser")
    yield browser
    browser.close()


def _page(site: Site) -> Path:
    file = site.scene.folder / "page.html"
    done = site.gateway.command("check", "--html", str(file), deadline_s=DEADLINE_S)
    assert done.stdout and file.is_file(), done.stderr
    return file


def _look(browser: Browser, file: Path, name: str) -> None:
    """On a phone, at a desk, light and dark: nothing sticks out, everything can be read, nothing is complained about."""
    browser.open(file)
    for width, scheme, media in ((PHONE, "light", "screen"), (PHONE, "dark", "screen"), (DESK, "light", "screen"),
                                 (DESK, "dark", "screen"), (DESK, "light", "print")):
        browser.look(width, scheme=scheme, media=media)
        where = f"{name} at {width}, {scheme}, {media}"
        assert browser.evaluate("document.documentElement.scrollWidth") <= width, where
        assert not browser.evaluate(FAINT), f"{where}: {browser.evaluate(FAINT)}"
        verdict = browser.evaluate("(() => { const box = document.querySelector('.verdict').getBoundingClientRect();"
                                   " return [box.top, box.bottom, box.width] })()")
        assert 0 <= verdict[0] < verdict[1] < 400 and verdict[2] > 0, f"{where}: the verdict is at {verdict}"
        if folder := os.environ.get("PICTURES"):
            browser.picture(Path(folder) / f"{name}-{width}-{scheme}-{media}.png")
    assert not browser.complaints, browser.complaints


def _text(browser: Browser, selector: str) -> str:
    return browser.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")


def test_ready(site: Site, browser: Browser) -> None:
    site.start()
    _look(browser, _page(site), "ready")
    assert "READY" in _text(browser, ".verdict") and "NOT" not in _text(browser, ".verdict")
    assert browser.evaluate("document.querySelectorAll('.steps > li').length") == 6
    assert browser.evaluate("document.querySelectorAll('.finding').length") == 0


def test_faults(site: Site, browser: Browser) -> None:
    """A wrong record on one of two servers: the finding with its fix, a link to it, and the table that shows who differs."""
    good = site.records[STARTTLS_SRV]
    site.records[STARTTLS_SRV] = ["SRV 10 0 5299 gw1"]
    site.start()
    site.records[STARTTLS_SRV] = good
    site.publish(on=site.scene.world.hosting[:1])
    _look(browser, _page(site), "faults")
    assert "NOT READY" in _text(browser, ".verdict")
    assert site.domain in browser.evaluate("document.title")
    assert _text(browser, ".finding.fail h3") and _text(browser, ".finding.fail .fixes")
    assert "differs" in _text(browser, ".matrix td.fail")
    dangling = browser.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
                                ".filter(id => !document.getElementById(id))")
    assert not dangling, f"links that lead nowhere: {dangling}"
    headings = browser.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => +h.tagName[1])")
    assert headings[0] == 1 and all(b <= a + 1 for a, b in zip(headings, headings[1:])), "a level is left out"
    assert browser.evaluate("[...document.querySelectorAll('th')].every(th => th.scope)")


def test_timeline(site: Site, browser: Browser) -> None:
    """Before a switch: each step in words, with a strip whose bar ends where the words say; the line for now is at one place
    in all of them."""
    old = site.scene.machine(f"old of {site.domain}")
    site.home.section("legacy", host=[f"old.{site.domain}:5269"], address=[old.v4])
    site.records["old"] = [f"A {old.v4}"]
    site.records[STARTTLS_SRV] = ["SRV 10 0 5269 old"]
    del site.records[DIRECT_SRV]
    site.start()
    _look(browser, _page(site), "timeline")
    assert "Lower the TTL" in _text(browser, ".timeline .due h3")
    assert "to come" in _text(browser, ".timeline .later .status")
    assert browser.evaluate("[...document.querySelectorAll('.timeline li:not(.axis)')].every(li =>"
                            " li.querySelector('.why').innerText.length > 10)")
    lines = browser.evaluate("[...document.querySelectorAll('.strip line.now')].map(l => l.getBoundingClientRect().x)")
    assert len(lines) > 5 and max(lines) - min(lines) < 1
    ends = browser.evaluate("[...document.querySelectorAll('.strip .bar')].map(bar => [bar, bar.parentElement].map("
                            "e => e.getBoundingClientRect()).map(box => [box.left, box.right]))")
    assert ends and all(outer[0] - 2 <= bar[0] < bar[1] <= outer[1] + 2 for bar, outer in ends)


def test_waiting(cutover: Cutover, browser: Browser) -> None:
    """A TTL was lowered a moment ago: the verdict says until when."""
    site = cutover.site
    cutover.start_legacy()
    site.publish(ttl_s=3600)
    site.gateway.start()
    site.check()
    site.publish(ttl_s=300)
    file = _page(site)
    _look(browser, file, "waiting")
    until = site.check().safe_at
    assert until and until[:16].replace("T", " ") in _text(browser, ".verdict")
    assert "Lower the TTL" in _text(browser, ".timeline .done h3")


def test_several_domains(site: Site, browser: Browser) -> None:
    """On a phone a short domain stands on one line beside its verdict, and what is wrong with it below."""
    for other in ("x.example", "page-of-a-rather-long-name.example"):
        add_home(site.gateway.config, other, site.machine, site.scene.credential(other).write(site.scene.folder, other),
                 inside="echo")
    site.start()
    file = _page(site)
    _look(browser, file, "several")
    browser.look(PHONE)
    rows = browser.evaluate("[...document.querySelectorAll('.domains tbody tr')].map(row => [...row.children].map("
                            "e => e.getBoundingClientRect()).map(box => [box.left, box.top, box.height]))")
    assert len(rows) == 3
    for domain, verdict, why in rows:
        assert domain[2] < 40, "it is broken"
        assert why[0] == domain[0] and why[1] >= verdict[1] + verdict[2]
    assert any(domain[0] < verdict[0] and verdict[1] < domain[1] + domain[2] for domain, verdict, _ in rows)


HOSTILE = "&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(2)&lt;/script&gt;\"'&lt;/title&gt;&lt;/style&gt;"


class _Tags(HTMLParser):
    """The elements of a page, and how often."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)


def test_a_peer_puts_no_markup_in(site: Site, browser: Browser) -> None:
    """What an endpoint says in its stream error is shown, and is text."""
    def script(stream: Stream) -> None:
        stream.serve(STARTTLS_OFFER)
        stream.serve_starttls(Tls(site.credential))
        stream.restart()
        stream.expect_header()
        stream.send_header()
        stream.send("<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                    f"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{HOSTILE}</text></stream:error></stream:stream>")

    file = site.scene.folder / "page.html"
    while_checking(site, script, "--html", str(file))
    page = file.read_text()
    assert "&lt;img src=x" in page, "the peer's words are shown"
    assert not _Tags(page).names & {"img", "script", "link", "iframe", "object", "base", "form"}
    _look(browser, file, "hostile")
    assert "<script>" in browser.evaluate("document.body.innerText")
