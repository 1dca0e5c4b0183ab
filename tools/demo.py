"""What ./quickstart shows once gatepost is built. Uses the servers and the private network of the test lab.

demo.py [--once] GATEPOST
"""

import os
import re
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/daemon"))

from lab import net  # noqa: E402
from lab.dnsserver import Nsd  # noqa: E402
from lab.gatepost import BINARY, Gatepost  # noqa: E402
from lab.world import Scene, World  # noqa: E402
from lab.zones import parse  # noqa: E402

HOME = "alpha.example"
PARTNER = "beta.example"
LOG_LINES = 40
EXIT_UNAVAILABLE = 69
EXIT_INTERRUPTED = 130


class Failed(Exception):
    """The demonstration did not show what it promised; in words."""


def step(text: str) -> None:
    print(f"\n==> {text}", flush=True)


def show(text: str) -> None:
    print("".join(f"    {line}\n" for line in text.splitlines()), end="", flush=True)


def command(gateway: Gatepost, name: str, good: tuple[int, ...] = (0,)) -> str:
    """Runs a command of gatepost and shows it with what it prints."""
    show(f"$ gatepost {name} -c {gateway.file}")
    done = gateway.command(name)
    show(done.stdout + done.stderr)
    if done.returncode not in good:
        raise Failed(f"gatepost {name} ended with {done.returncode}")
    return done.stdout


def demonstrate(scene: Scene) -> Gatepost:
    world = scene.world

    step(f"gatepost exports the records that {HOME} needs, from its configuration and its certificate")
    world.publish(HOME, {})
    gateway = scene.gatepost_domain(HOME, [PARTNER], publish=False, start=False)
    gateway.write()
    gateway.state.mkdir()
    exported = command(gateway, "export")
    step(f"The owner of {HOME} puts exactly these into the signed zone")
    world.publish(HOME, parse(exported, f"{HOME}."))
    show(f"name servers {', '.join(server.name for server in world.hosting)}; root key in {world.dns.trust_anchor}")

    step("gatepost starts")
    gateway.start()
    show(f"log: {gateway.process.folder}/output.log")

    step(f"A partner: Prosody serves {PARTNER}, found through its own signed zone")
    partner = scene.prosody_domain(PARTNER, tlsa=True)
    user = scene.user(partner)
    show(f"{user.jid} is online")

    step(f"{user.jid} writes to {HOME}, through the federation")
    user.send_message(f"anybody@{HOME}", "Hello, is anybody there?")
    show(f"{user.jid}: Hello, is anybody there?")
    reply = user.await_message()
    show(f"{reply.sender}: {reply.body}")
    if reply.sender.split("/")[0] != f"anybody@{HOME}":
        raise Failed(f"the reply came from {reply.sender}")

    step("The gateway about itself")
    command(gateway, "status")

    step("Is it ready to take over the domain?")
    if not re.search(r"^READY\b", command(gateway, "check"), re.MULTILINE):
        raise Failed("the report does not say READY")
    return gateway


def make_desk(world: World, gateway: Gatepost) -> Path:
    """A folder with a gatepost in it that knows this world: commands work as the documents have them."""
    desk = world.folder / "bin"
    desk.mkdir()
    program = desk / "gatepost"
    program.write_text(f"""#!/bin/sh
case " $* " in
*" --public "*) set -- "$@" --root-hints={world.dns.root_hints} --trust-anchor-file={world.dns.trust_anchor} \\
    --ca-file={world.ca_file} ;;
"  " | *" -c "* | *" --help "* | *" --version "* | " help "* | *" import "* | *" options "*) ;;
*) set -- "$@" -c {gateway.file} ;;
esac
exec {os.environ[BINARY]} "$@"
""")
    program.chmod(0o755)
    return desk


def keep_running(world: World, gateway: Gatepost) -> None:
    step("The gateway keeps running. Interrupt (Ctrl-C) ends it")
    show(f"To look around:  {net.entrance()} env PATH={make_desk(world, gateway)}:$PATH bash\n"
         f"and in there:    gatepost status\n"
         f"                 gatepost resolve {PARTNER}; gatepost probe {PARTNER}; gatepost check --all")
    try:
        code = gateway.process.wait(None)
    except KeyboardInterrupt:
        print()
        return
    raise Failed(f"gatepost ended by itself, with {code}")


def on_terminate(*_) -> None:
    raise KeyboardInterrupt


def run(folder: Path, is_once: bool) -> None:
    """Failed, or whatever else went wrong, with the servers' last words shown."""
    step("A network of its own, with a DNS root, a top-level domain and name servers, all signed")
    with ExitStack() as stack:
        world = World(folder, hosting=(Nsd, Nsd))
        stack.callback(world.close)
        show(f"folder {folder}, root server {world.dns.root.machine.v4}")
        scene = Scene(world, folder / "scene")
        stack.callback(scene.close)
        try:
            gateway = demonstrate(scene)
            if not is_once:
                keep_running(world, gateway)
            step("Stop")
            gateway.stop()
        except Exception:
            for name, lines in scene.logs():
                step(f"Last words of {name}")
                show("\n".join(lines[-LOG_LINES:]))
            raise


def main(arguments: list[str]) -> int:
    is_once = "--once" in arguments
    os.environ[BINARY] = os.path.abspath(arguments[-1])
    if not net.is_possible():
        print("This user may not make a network namespace. Start again as root.", file=sys.stderr)
        return EXIT_UNAVAILABLE
    net.enter()
    signal.signal(signal.SIGTERM, on_terminate)
    folder = Path(tempfile.mkdtemp(prefix="gatepost-quickstart-"))
    try:
        run(folder, is_once)
    except KeyboardInterrupt:
        print("\nInterrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:  # the verdict is the last thing that is printed, whatever it was
        print(f"\nFAILED: {error}")
        return 1
    finally:
        shutil.rmtree(folder)
    print(f"\nOK: {PARTNER} and {HOME} federate, and gatepost check says READY.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
