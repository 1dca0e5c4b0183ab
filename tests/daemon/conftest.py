"""Puts the whole run into its own network, and gives tests their world."""

import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lab import interop, net, proof  # noqa: E402
from lab.cutover import Cutover  # noqa: E402
from lab.dnsserver import Bind, NameServer  # noqa: E402
from lab.site import Site  # noqa: E402
from lab.world import Scene, World  # noqa: E402

LOG_LINES = 120
SHOWN: pytest.StashKey[proof.Proof] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    for name in ("interop", "proof"):
        parser.addoption(f"--write-{name}", action="store_true",
                         help=f"write the tables of {name} into docs instead of comparing them")


def pytest_configure(config: pytest.Config) -> None:
    if config.option.collectonly or config.option.help:
        return
    net.enter()
    # Who is told to end cleans up first, as on the interrupt key.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What looks back at the run comes last."""
    items.sort(key=lambda item: item.path.name == "test_proof.py")


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    folder = Path(tempfile.mkdtemp(prefix="gatepost-lab-"))
    world = World(folder)
    yield world
    world.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def bind(world: World) -> NameServer:
    """The make that the hosting servers are not of."""
    return world.name_server(Bind, "ns3.example.")


@pytest.fixture(scope="session")
def shown(request: pytest.FixtureRequest) -> proof.Proof:
    """What the run has shown so far."""
    return request.config.stash.setdefault(SHOWN, proof.Proof())


def _scene(world: World, shown: proof.Proof, request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = Scene(world, Path(tempfile.mkdtemp(prefix="scene-", dir=world.folder)), request.node.name, shown)
    request.node.scene = scene
    yield scene
    scene.close()


@pytest.fixture
def scene(world: World, shown: proof.Proof, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The servers of one test."""
    yield from _scene(world, shown, request)


@pytest.fixture
def site(scene: Scene, request: pytest.FixtureRequest) -> Site:
    """A gateway that the check finds ready, under a domain named after the test."""
    name = request.node.name.removeprefix("test_").translate(str.maketrans("[]_", "---")).strip("-")
    domain = f"{name[:50].strip('-').lower()}.example"
    return Site(scene, domain, scene.credential(domain))


@pytest.fixture
def cutover(site: Site) -> Cutover:
    return Cutover(site)


@pytest.fixture(scope="module")
def shared_scene(world: World, shown: proof.Proof, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """The servers that all tests of a file use."""
    yield from _scene(world, shown, request)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """A failed test shows the last words of its servers."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for node in (item, item.getparent(pytest.Module)):
        scene = getattr(node, "scene", None)
        for name, lines in scene.logs() if scene else ():
            report.sections.append((f"log of {name}", "\n".join(lines[-LOG_LINES:])))


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    rows = config.stash.get(interop.ROWS, {})
    if rows:
        terminalreporter.section("who gatepost federates with")
        terminalreporter.write(interop.render({table: list(some.values()) for table, some in rows.items()}))
    shown = config.stash.get(SHOWN, proof.Proof())
    if shown.faults:
        terminalreporter.section("what proves the checks")
        terminalreporter.write(shown.render())
