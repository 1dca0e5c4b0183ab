"""Servers that count how much is asked of them at a time."""

import asyncio
import threading
from pathlib import Path
from typing import Any, Coroutine, cast

from .dnsserver import NameServer
from .net import Machine

LATENCY_S = 0.02  # of each answer, which is the simulated thing itself: nothing waits for it to be over
PORT = 53


class Count:
    """How many there are at a time."""

    def __init__(self) -> None:
        self.now = self.most = self.total = 0

    def __enter__(self) -> None:
        self.now += 1
        self.total += 1
        self.most = max(self.most, self.now)

    def __exit__(self, *_: object) -> None:
        self.now -= 1


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


class CountingEndpoint:
    """Takes connections, holds each for a moment, and ends it."""

    def __init__(self, address: str, port: int) -> None:
        self.connections = Count()
        self._loop = _Loop()
        self._server = self._loop.run(self._listen(address, port))

    async def _listen(self, address: str, port: int) -> asyncio.AbstractServer:
        return await asyncio.start_server(self._on_connection, address, port)

    async def _on_connection(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self.connections:
            await asyncio.sleep(LATENCY_S)  # the way to the server and back
            writer.close()

    def close(self) -> None:
        self._loop.run(self._end())
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()


class _Questions(asyncio.DatagramProtocol):
    """UDP, one address: each question goes on to the server behind, each answer comes back."""

    def __init__(self, count: Count, behind: str) -> None:
        self._count = count
        self._behind = behind
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        task = asyncio.get_running_loop().create_task(self._pass_on(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, question: bytes, asker: Any) -> None:
        with self._count:
            await asyncio.sleep(LATENCY_S)  # the way to the server and back
            answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _Answer(answer), remote_addr=(self._behind, PORT))
            transport.sendto(question)
            try:
                self._transport.sendto(await answer, asker)
            finally:
                transport.close()


class _Answer(asyncio.DatagramProtocol):
    def __init__(self, into: asyncio.Future[bytes]) -> None:
        self._into = into

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self._into.done():
            self._into.set_result(data)


class CountingNameServer:
    """A name server in front of another, which has the zones. One count for each of its addresses, UDP and TCP together:
    questions over UDP that have no answer yet, and connections over TCP."""

    def __init__(self, name: str, machine: Machine, behind: NameServer) -> None:
        self.name = name
        self.machine = machine
        self.counts = {address: Count() for address in (machine.v4, machine.v6)}
        self._behind = behind
        self._loop = _Loop()
        self._ends = [self._loop.run(self._listen(address)) for address in self.counts]

    @property
    def addresses(self) -> tuple[str, str]:
        return (self.machine.v4, self.machine.v6)

    @property
    def zones(self) -> dict[str, Path]:
        return self._behind.zones

    def start(self) -> None:
        self._behind.start()

    def stop(self) -> None:
        self._behind.stop()

    def serve(self, zone: str, file: Path, serial: int) -> None:
        self._behind.serve(zone, file, serial)

    async def _listen(self, address: str) -> tuple[asyncio.BaseTransport, asyncio.AbstractServer]:
        count = self.counts[address]

        async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with count:
                await asyncio.sleep(LATENCY_S)  # the way to the server and back
                there, onward = await asyncio.open_connection(self._behind.machine.v4, PORT)
                await asyncio.gather(_copy(reader, onward), _copy(there, writer))

        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Questions(count, self._behind.machine.v4), local_addr=(address, PORT))
        return transport, await asyncio.start_server(on_connection, address, PORT)

    def close(self) -> None:
        self._loop.run(self._end())
        self._loop.close()

    async def _end(self) -> None:
        for transport, server in self._ends:
            transport.close()
            server.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
    except ConnectionError:
        pass
    sink.close()
