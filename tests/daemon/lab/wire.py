"""A TCP connection with or without TLS, driven step by step, which tells apart the ways in which it can end."""

import socket
import time
from dataclasses import dataclass
from enum import Enum
from typing import Sequence

from OpenSSL import SSL, crypto

from .pki import Credential
from .wait import DEADLINE_S, Late

CHUNK = 65536


class End(Enum):
    """How the other side ended a connection."""

    FIN = "closed"  # in clear
    CLOSE_NOTIFY = "closed in TLS"
    TRUNCATED = "closed without close_notify"
    RESET = "reset"
    TLS_FAILED = "TLS failure"


class Ended(Exception):
    def __init__(self, how: End, detail: str = "") -> None:
        super().__init__(f"{how.value} {detail}".strip())
        self.how = how


@dataclass(frozen=True)
class Tls:
    """One side of a handshake. Nothing is judged here: the other side's certificate is taken as it comes, and asked
    for when we are the server."""

    credential: Credential | None = None
    sni: str | None = None
    alpn: Sequence[str] = ()
    version: int | None = None  # SSL.TLS1_2_VERSION ...: only this one
    asks_certificate: bool = True

    def context(self, is_server: bool) -> SSL.Context:
        context = SSL.Context(SSL.TLS_METHOD)
        if self.credential:
            context.use_certificate(crypto.X509.from_cryptography(self.credential.certificate))
            for certificate in self.credential.above:
                context.add_extra_chain_cert(crypto.X509.from_cryptography(certificate))
            context.use_privatekey(crypto.PKey.from_cryptography_key(self.credential.key))
        if self.asks_certificate or not is_server:
            context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        if self.version:
            context.set_min_proto_version(self.version)
            context.set_max_proto_version(self.version)
        protocols = [name.encode() for name in self.alpn]
        if protocols and is_server:
            context.set_alpn_select_callback(
                lambda _, offered: next((name for name in protocols if name in offered), SSL.NO_OVERLAPPING_PROTOCOLS))
        elif protocols:
            context.set_alpn_protos(protocols)
        return context


class Wire:
    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls: SSL.Connection | None = None

    @classmethod
    def connect(cls, address: str, port: int, source: str | None = None) -> "Wire":
        return cls(socket.create_connection((address, port), DEADLINE_S, (source, 0) if source else None))

    def close(self) -> None:
        if self.tls:
            try:
                self.tls.shutdown()
                self._flush()
            except (SSL.Error, OSError):
                pass
        self.socket.close()

    def reset(self) -> None:
        """Ends the connection without a word."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, data: bytes, piece: int = 0) -> None:
        """In pieces of so many bytes, each a write of its own; 0: in one. What the other side no longer takes is
        its answer; the next read tells."""
        step = piece or max(len(data), 1)
        for start in range(0, len(data), step):
            try:
                if self.tls:
                    self.tls.sendall(data[start:start + step])
                    self._flush()
                else:
                    self.socket.sendall(data[start:start + step])
            except (BrokenPipeError, ConnectionResetError):
                return

    def receive(self, deadline_s: float = DEADLINE_S) -> bytes:
        """The next bytes, at least one. Ended when there are none to come, Late when none came in time."""
        end = time.monotonic() + deadline_s
        if self.tls is None:
            return self._receive_raw(end)
        while True:
            try:
                return self.tls.recv(CHUNK)
            except SSL.WantReadError:
                self._feed(end)
            except SSL.ZeroReturnError:
                raise Ended(End.CLOSE_NOTIFY) from None
            except SSL.Error as error:
                raise Ended(End.TLS_FAILED, str(error)) from None

    def start_tls(self, tls: Tls, is_server: bool, deadline_s: float = DEADLINE_S) -> None:
        """Handshake. Ended when the other side refuses it."""
        self.tls = SSL.Connection(tls.context(is_server), None)
        if is_server:
            self.tls.set_accept_state()
        else:
            self.tls.set_connect_state()
            if tls.sni:
                self.tls.set_tlsext_host_name(tls.sni.encode())
        end = time.monotonic() + deadline_s
        while True:
            try:
                self.tls.do_handshake()
                self._flush()
                return
            except SSL.WantReadError:
                self._flush()
                self._feed(end)
            except SSL.Error as error:
                self._flush()
                raise Ended(End.TLS_FAILED, str(error)) from None

    @property
    def peer_certificate(self):
        """The other side's leaf; None when it showed none."""
        assert self.tls
        certificate = self.tls.get_peer_certificate()
        return certificate.to_cryptography() if certificate else None

    @property
    def sni(self) -> str | None:
        """What the client asked for."""
        assert self.tls
        name = self.tls.get_servername()
        return name.decode() if name else None

    @property
    def alpn(self) -> str:
        assert self.tls
        return self.tls.get_alpn_proto_negotiated().decode()

    def _receive_raw(self, end: float) -> bytes:
        self.socket.settimeout(max(end - time.monotonic(), 0.001))
        try:
            data = self.socket.recv(CHUNK)
        except socket.timeout:
            raise Late("no bytes came in time") from None
        except ConnectionResetError:
            raise Ended(End.RESET) from None
        if not data:
            raise Ended(End.TRUNCATED if self.tls else End.FIN)
        return data

    def _feed(self, end: float) -> None:
        assert self.tls
        self.tls.bio_write(self._receive_raw(end))

    def _flush(self) -> None:
        assert self.tls
        while True:
            try:
                data = self.tls.bio_read(CHUNK)
            except SSL.WantReadError:
                return
            try:
                self.socket.sendall(data)
            except (BrokenPipeError, ConnectionResetError):
                return


class Listener:
    """Takes connections one at a time, when the test asks for them."""

    def __init__(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.create_server((address, port), family=family, backlog=16)

    def accept(self, deadline_s: float = DEADLINE_S) -> Wire:
        self._socket.settimeout(deadline_s)
        try:
            return Wire(self._socket.accept()[0])
        except socket.timeout:
            raise Late(f"nobody connected to {self._socket.getsockname()} within {deadline_s:g} s") from None

    def close(self) -> None:
        self._socket.close()


class BlackHole:
    """An address that takes no connection and refuses none: its queue is full, so that further SYNs are dropped."""

    def __init__(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family, backlog=0)
        self._fillers = [socket.socket(family) for _ in range(4)]
        for filler in self._fillers:
            filler.setblocking(False)
            filler.connect_ex((address, port))

    def close(self) -> None:
        for filler in (*self._fillers, self._listener):
            filler.close()
