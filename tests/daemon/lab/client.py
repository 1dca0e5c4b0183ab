"""XMPP entities that a test drives: users of a server, and components. slixmpp speaks, in a thread of its own; the test
sends and waits."""

import asyncio
import logging
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Coroutine, TypeVar
from xml.etree import ElementTree

# It complains, once it is imported, of being slow.
logging.getLogger("slixmpp.stringprep").setLevel(logging.ERROR)

from slixmpp import ClientXMPP, ComponentXMPP  # noqa: E402
from slixmpp.exceptions import IqError  # noqa: E402
from slixmpp.xmlstream import XMLStream  # noqa: E402
from slixmpp.xmlstream.handler import Callback  # noqa: E402
from slixmpp.xmlstream.matcher import MatchXPath  # noqa: E402

from .wait import DEADLINE_S, Late  # noqa: E402


T = TypeVar("T")


class StanzaError(Exception):
    """An iq was answered with an error."""

    def __init__(self, condition: str, kind: str, text: str) -> None:
        super().__init__(f"{condition} ({kind}): {text}")
        self.condition = condition
        self.kind = kind


@dataclass(frozen=True)
class Received:
    """A stanza that came in."""

    name: str  # "message", "presence"
    sender: str
    kind: str
    body: str
    condition: str  # of an error, else ""
    id: str
    xml: str


def _condition(xml: ElementTree.Element) -> str:
    """The condition of a stanza error (RFC 6120, 8.3.2). slixmpp's own reading knows only the clients' namespace."""
    prefix = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
    return next((child.tag[len(prefix):] for child in xml.iterfind("{*}error/*")
                 if child.tag.startswith(prefix) and child.tag != f"{prefix}text"), "")


def _received(stanza: Any) -> Received:
    name = stanza.name
    error = _condition(stanza.xml) if stanza["type"] == "error" else ""
    body = stanza["body"] if name == "message" else ""
    return Received(name, str(stanza["from"]), stanza["type"], body, error, stanza["id"], str(stanza))


class Entity:
    """What users and components have in common."""

    def __init__(self, make: Callable[[], XMLStream], connect: Callable[[XMLStream], None]) -> None:
        self._loop = asyncio.new_event_loop()
        self._changed = threading.Condition()
        self._stanzas: list[Received] = []
        self._state = "connecting"
        self._thread = threading.Thread(target=self._run, args=(make, connect), daemon=True)
        self._thread.start()
        self._await_state("online")

    def _run(self, make: Callable[[], XMLStream], connect: Callable[[XMLStream], None]) -> None:
        asyncio.set_event_loop(self._loop)
        self._stream = make()
        self._stream.loop = self._loop
        self._stream.register_plugin("xep_0199")
        self._stream.auto_authorize = None  # subscriptions are the test's affair
        for name in ("message", "presence"):
            matcher = MatchXPath(f"{{{self._stream.default_ns}}}{name}")
            self._stream.register_handler(Callback(f"lab {name}", matcher, self._on_stanza))
        self._stream.add_event_handler("session_start", lambda _: self._set_state("online"))
        self._stream.add_event_handler("disconnected", lambda _: self._set_state("offline"))
        for event in ("failed_auth", "stream_error"):
            self._stream.add_event_handler(event, lambda what: self._set_state(f"failed: {what}"))
        connect(self._stream)
        try:
            self._loop.run_forever()
        finally:
            self._end_tasks()

    def _end_tasks(self) -> None:
        """What slixmpp leaves running."""
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def _on_stanza(self, stanza: Any) -> None:
        with self._changed:
            self._stanzas.append(_received(stanza))
            self._changed.notify_all()

    def _set_state(self, state: str) -> None:
        with self._changed:
            if not self._state.startswith("failed"):  # the reason is worth more than the disconnection after it
                self._state = state
            self._changed.notify_all()

    def _await_state(self, wanted: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._state not in ("connecting", "online") or self._state == wanted,
                                   DEADLINE_S)
            if self._state != wanted:
                raise Late(f"{wanted} was awaited, but it is {self._state}")

    def _do(self, work: Callable[[], T]) -> T:
        """Runs work in the thread of the loop."""

        async def call() -> T:
            return work()

        return self._await(call())

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEADLINE_S)

    def send_xml(self, xml: str) -> None:
        """Puts bytes on the stream as they are."""
        self._do(lambda: self._stream.send_raw(xml))

    def send_message(self, to: str, body: str, **attributes: str) -> None:
        self._do(lambda: self._stream.send_message(mto=to, mbody=body, mtype="chat", **attributes))

    def send_presence(self, to: str, kind: str | None = None, **attributes: str) -> None:
        self._do(lambda: self._stream.send_presence(pto=to, ptype=kind, **attributes))

    def await_stanza(self, what: str, matches: Callable[[Received], bool], deadline_s: float = DEADLINE_S) -> Received:
        """The first stanza that matches; it is taken, so that the next wait sees the next one."""
        end = time.monotonic() + deadline_s
        with self._changed:
            while True:
                found = next((stanza for stanza in self._stanzas if matches(stanza)), None)
                if found:
                    self._stanzas.remove(found)
                    return found
                if not self._changed.wait(end - time.monotonic()) and time.monotonic() >= end:
                    seen = "\n".join(stanza.xml for stanza in self._stanzas)
                    raise Late(f"{what}: not within {deadline_s:g} s; came instead:\n{seen}")

    def await_message(self, body: str | None = None, sender: str | None = None,
                      deadline_s: float = DEADLINE_S) -> Received:
        """An ordinary message, with this body, from this bare or full address."""
        return self.await_stanza(
            f"message {body or ''} from {sender or 'anybody'}",
            lambda it: it.name == "message" and it.kind != "error" and body in (None, it.body)
            and (sender is None or it.sender == sender or it.sender.split("/")[0] == sender), deadline_s)

    def received(self, name: str, sender: str | None = None) -> list[Received]:
        """What has come in of this kind and was not awaited yet, from this full address."""
        with self._changed:
            return [stanza for stanza in self._stanzas if stanza.name == name and sender in (None, stanza.sender)]

    def await_error(self, condition: str | None = None, deadline_s: float = DEADLINE_S) -> Received:
        """The error that answers a message or presence."""
        return self.await_stanza(f"error {condition or ''}", lambda it: it.kind == "error"
                                 and condition in (None, it.condition), deadline_s)

    def await_presence(self, kind: str, sender: str, deadline_s: float = DEADLINE_S) -> Received:
        return self.await_stanza(
            f"presence {kind} from {sender}",
            lambda it: it.name == "presence" and it.kind == kind and it.sender.split("/")[0] == sender, deadline_s)

    def request(self, to: str, payload: str, kind: str = "get", deadline_s: float = DEADLINE_S,
                **attributes: str) -> ElementTree.Element:
        """Sends an iq; its result as an element. StanzaError when the answer is one."""

        async def ask() -> ElementTree.Element:
            iq = self._stream.make_iq(ito=to, itype=kind, **attributes)
            iq.append(ElementTree.fromstring(payload))
            try:
                return (await iq.send(timeout=deadline_s)).xml
            except IqError as error:
                raise StanzaError(error.condition, error.etype, error.text) from None

        return self._await(ask())

    def ping(self, to: str, **attributes: str) -> None:
        """XEP-0199."""
        self.request(to, "<ping xmlns='urn:xmpp:ping'/>", **attributes)

    @property
    def full_jid(self) -> str:
        """With the resource that the server gave it."""
        return str(self._stream.boundjid)

    def abort(self) -> None:
        """The connection ends as if the program were killed: no closing tag, and nothing more is read."""
        self._do(self._stream.abort)

    def close(self) -> None:
        if not self._thread.is_alive():
            return

        async def leave() -> None:
            await self._stream.disconnect(wait=1)

        try:
            self._await(leave())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(DEADLINE_S)


class User(Entity):
    """A client of a server, over plain TCP inside the lab; available once it is made."""

    def __init__(self, jid: str, password: str, address: str, port: int = 5222) -> None:
        def make() -> XMLStream:
            return ClientXMPP(jid, password, plugin_config={"feature_mechanisms": {"unencrypted_plain": True}})

        self.jid = jid
        super().__init__(make, lambda stream: stream.connect(address=(address, port), disable_starttls=True,
                                                             use_ssl=False))
        self._do(self._stream.send_presence)
        # The server's own copy tells that it has been taken in.
        self.await_stanza("own presence", lambda it: it.name == "presence" and it.sender.startswith(jid))


class Component(Entity):
    """A service that connects as a whole domain (XEP-0114)."""

    def __init__(self, domain: str, secret: str, address: str, port: int = 5347) -> None:
        self.domain = domain
        self.address = address
        super().__init__(lambda: ComponentXMPP(domain, secret, address, port), lambda stream: stream.connect())
