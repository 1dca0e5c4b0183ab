"""A scripted server-to-server peer, for what no real server does. Each step is a call of the test: it can stop
anywhere, say anything, and sees exactly what comes back."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Mapping
from xml.sax.saxutils import quoteattr

from lxml import etree

from .wait import DEADLINE_S
from .wire import End, Ended, Listener, Tls, Wire

STREAM = "http://etherx.jabber.org/streams"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
DIALBACK = "jabber:server:dialback"
SERVER = "jabber:server"

EXTERNAL_OFFER = f"<mechanisms xmlns='{SASL}'><mechanism>EXTERNAL</mechanism></mechanisms>"
STARTTLS_OFFER = f"<starttls xmlns='{TLS}'><required/></starttls>"
DIALBACK_OFFER = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"


class Unexpected(AssertionError):
    """Something else came than the test awaited."""


@dataclass(frozen=True)
class Header:
    """A stream header that came in: its attributes."""

    attributes: Mapping[str, str]


class StreamEnd:
    """The closing tag of their stream."""


Element = etree._Element
Item = Header | Element | StreamEnd | End


def describe(item: Item) -> str:
    return etree.tostring(item, encoding="unicode") if isinstance(item, Element) else str(item)


def dialback_key(secret: str, receiver: str, originator: str, stream_id: str) -> str:
    """XEP-0185."""
    key = hashlib.sha256(secret.encode()).hexdigest()
    return hmac.new(key.encode(), f"{receiver} {originator} {stream_id}".encode(), hashlib.sha256).hexdigest()


class Stream:
    """One connection with its XML stream, seen from our side."""

    def __init__(self, wire: Wire, domain: str, remote: str, is_initiator: bool) -> None:
        self.wire = wire
        self.domain = domain  # ours
        self.remote = remote
        self.is_initiator = is_initiator
        self.remote_header: Header | None = None
        self._end: Ended | None = None
        self.restart()

    # What we say.

    def restart(self) -> None:
        """Forgets what was read: the next thing to come is a stream header."""
        # libxml2, not expat: Debian's expat holds back what comes in small pieces, and Python cannot tell it not to.
        self._parser = etree.XMLPullParser(("start", "end"), resolve_entities=False, no_network=True, huge_tree=True)
        self._depth = 0
        self._items: list[Item] = []

    def send(self, xml: str | bytes, piece: int = 0) -> None:
        self.wire.send(xml.encode() if isinstance(xml, str) else xml, piece)

    def header(self, **changes: str | None) -> str:
        """A right stream header; changes replace attributes, None leaves one out."""
        attributes: dict[str, str | None] = {
            "xmlns": SERVER, "xmlns:stream": STREAM, "xmlns:db": DIALBACK, "from": self.domain, "to": self.remote,
            "version": "1.0"}
        if not self.is_initiator:
            attributes["id"] = secrets.token_urlsafe(16)
        attributes.update({name.rstrip("_"): value for name, value in changes.items()})
        text = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None)
        return f"<?xml version='1.0'?><stream:stream{text}>"

    def send_header(self, **changes: str | None) -> None:
        self.send(self.header(**changes))

    def send_features(self, *features: str) -> None:
        self.send(f"<stream:features>{''.join(features)}</stream:features>")

    def send_end(self) -> None:
        self.send("</stream:stream>")

    def close(self) -> None:
        self.wire.close()

    # What we hear.

    def next(self, deadline_s: float = DEADLINE_S) -> Item:
        """The next header, first-level element, or the end of stream or connection."""
        while not self._items:
            if self._end:
                return self._end.how
            try:
                self._parser.feed(self.wire.receive(deadline_s))
                self._collect()
            except Ended as end:
                self._end = end
            except etree.XMLSyntaxError as error:
                raise Unexpected(f"what came is not XML: {error}") from None
        return self._items.pop(0)

    def _collect(self) -> None:
        for event, element in self._parser.read_events():
            if event == "start":
                self._depth += 1
                if self._depth == 1:
                    self.remote_header = Header(dict(element.attrib))
                    self._items.append(self.remote_header)
            else:
                self._depth -= 1
                if self._depth == 1:
                    self._items.append(element)
                elif self._depth == 0:
                    self._items.append(StreamEnd())

    def expect_header(self, deadline_s: float = DEADLINE_S) -> Header:
        item = self.next(deadline_s)
        if not isinstance(item, Header):
            raise Unexpected(f"a stream header was awaited, not {describe(item)}")
        return item

    def expect(self, namespace: str, name: str, deadline_s: float = DEADLINE_S) -> Element:
        item = self.next(deadline_s)
        if not isinstance(item, Element) or item.tag != f"{{{namespace}}}{name}":
            raise Unexpected(f"<{name} xmlns='{namespace}'> was awaited, not {describe(item)}")
        return item

    def expect_features(self) -> Element:
        return self.expect(STREAM, "features")

    def expect_stream_error(self, condition: str, deadline_s: float = DEADLINE_S) -> Element:
        """The stream error, and then the end of the stream."""
        error = self.expect(STREAM, "error", deadline_s)
        if error.find(f"{{{STREAM_ERRORS}}}{condition}") is None:
            raise Unexpected(f"stream error {condition} was awaited, not {describe(error)}")
        return error

    def expect_end(self, *ways: End, deadline_s: float = DEADLINE_S) -> End:
        """The end of the connection, with or without a closing tag, in one of these ways (any, when none is named)."""
        item = self.next(deadline_s)
        if isinstance(item, StreamEnd):
            item = self.next(deadline_s)
        if not isinstance(item, End) or (ways and item not in ways):
            raise Unexpected(f"the end was awaited, not {describe(item)} ({self._end})")
        return item

    # Usual ways through the negotiation.

    def open(self) -> Element:
        """Header, header, features: as the initiating entity."""
        self.restart()
        self.send_header()
        self.expect_header()
        return self.expect_features()

    def starttls(self, tls: Tls) -> None:
        """From the features that offer it to the end of the handshake: as the initiating entity."""
        self.send(f"<starttls xmlns='{TLS}'/>")
        self.expect(TLS, "proceed")
        self.wire.start_tls(tls, is_server=False)

    def login(self) -> None:
        """SASL EXTERNAL as the initiating entity; a header comes next."""
        self.send(f"<auth xmlns='{SASL}' mechanism='EXTERNAL'>{base64.b64encode(self.domain.encode()).decode()}</auth>")
        self.expect(SASL, "success")
        self.restart()

    def authenticate(self) -> Element:
        """The same; returns the features behind it."""
        self.login()
        return self.open()

    def serve(self, *features: str, **header: str | None) -> Header:
        """Their header, ours, features: as the receiving entity."""
        self.restart()
        theirs = self.expect_header()
        self.send_header(**header)
        self.send_features(*features)
        return theirs

    def serve_starttls(self, tls: Tls) -> None:
        """As the receiving entity, behind features that offered it."""
        self.expect(TLS, "starttls")
        self.send(f"<proceed xmlns='{TLS}'/>")
        self.wire.start_tls(tls, is_server=True)

    def serve_authentication(self) -> str:
        """SASL EXTERNAL as the receiving entity: takes any; returns the identity that was asked for."""
        auth = self.expect(SASL, "auth")
        self.send(f"<success xmlns='{SASL}'/>")
        return "" if auth.text in (None, "=") else base64.b64decode(auth.text).decode()

    def answer_verify(self, kind: str = "valid") -> Element:
        """As the authoritative server: takes a db:verify and judges it."""
        question = self.expect(DIALBACK, "verify")
        self.send(f"<db:verify from={quoteattr(question.attrib['to'])} to={quoteattr(question.attrib['from'])}"
                  f" id={quoteattr(question.attrib['id'])} type='{kind}'/>")
        return question

    def answer_result(self, kind: str = "valid") -> Element:
        """As the receiving server: takes a db:result and judges it, without asking anybody."""
        claim = self.expect(DIALBACK, "result")
        self.send(f"<db:result from={quoteattr(claim.attrib['to'])} to={quoteattr(claim.attrib['from'])}"
                  f" type='{kind}'/>")
        return claim

    def send_result(self, key: str) -> None:
        """As the originating server: claims the pair."""
        self.send(f"<db:result from={quoteattr(self.domain)} to={quoteattr(self.remote)}>{key}</db:result>")


def initiate(domain: str, remote: str, address: str, port: int, direct: Tls | None = None) -> Stream:
    """Connects; with `direct`, through direct TLS (XEP-0368)."""
    wire = Wire.connect(address, port)
    if direct:
        wire.start_tls(direct, is_server=False)
    return Stream(wire, domain, remote, is_initiator=True)


def receive(listener: Listener, domain: str, remote: str, direct: Tls | None = None,
            deadline_s: float = DEADLINE_S) -> Stream:
    """Takes the next connection."""
    wire = listener.accept(deadline_s)
    if direct:
        wire.start_tls(direct, is_server=True)
    return Stream(wire, domain, remote, is_initiator=False)
