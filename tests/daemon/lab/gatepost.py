"""gatepost itself: its configuration as data, the running gateway, and its other commands."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any, Mapping, Sequence

from .process import Process
from .wait import DEADLINE_S

Value = str | int | bool | Sequence[str]
Options = dict[str, Value]

BINARY = "GATEPOST"
COMPONENT_SECRET = "component-secret-of-the-lab"
PLAIN_BINARY = "GATEPOST_PLAIN"
SANITIZER = re.compile(r"(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:)")
SANITIZER_ENV = {"ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
                 "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


def _program(variable: str) -> Path:
    path = Path(os.environ.get(variable, ""))
    assert path.is_file(), f"{variable} must name the program under test; ./runtests does that"
    return path.resolve()


def binary() -> Path:
    return _program(BINARY)


def plain_binary() -> Path:
    """The program as it is shipped, for what a sanitizer changes."""
    return _program(PLAIN_BINARY)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "{" + ", ".join(_text(one) for one in value) + "}"


def _event(line: str) -> dict[str, str] | None:
    return json.loads(line) if line.startswith("{") else None


class Section:
    """A configuration section: options, and sections inside it. The outermost one is the whole file."""

    def __init__(self, **options: Value) -> None:
        self.options: Options = {}
        self.set(**options)
        self.sections: dict[tuple[str, str | int | None], "Section"] = {}

    def set(self, **options: Value) -> "Section":
        """Option names with "_" for "-"."""
        self.options.update({name.replace("_", "-"): value for name, value in options.items()})
        return self

    def section(self, kind: str, title: str | int | None = None, /, **options: Value) -> "Section":
        """The section of this kind and title, made when there is none, with these options set. A number tells sections
        apart that have no title."""
        return self.sections.setdefault((kind, title), Section()).set(**options)

    def drop(self, kind: str, title: str | int | None = None) -> None:
        del self.sections[kind, title]

    def text(self, indent: str = "") -> str:
        lines = [f"{indent}{name} = {_text(value)}\n" for name, value in self.options.items()]
        for (kind, title), section in self.sections.items():
            head = f'{kind} "{title}"' if isinstance(title, str) else kind
            lines.append(f"{indent}{head} {{\n{section.text(indent + '    ')}{indent}}}\n")
        return "".join(lines)


class Gatepost:
    """The gateway. `config` may be changed until it is started."""

    def __init__(self, folder: Path, config: Section) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.file = folder / "gatepost.conf"
        self.state = folder / "state"  # made by whoever wants something to be kept
        config.set(state_directory=str(self.state))
        config.section("control", socket=str(folder / "control.sock"))
        config.section("log", level="debug", format="json")
        self._is_started = False
        self.process = Process("gatepost", folder, [binary(), "run", "-c", self.file], SANITIZER_ENV)

    def use(self, program: Path) -> None:
        """Runs this one instead. Only before it is started."""
        self.process.command[0] = str(program)

    def serve_by_component(self, address: str, *domains: str) -> None:
        """Instead of the echo, components (XEP-0114) serve these domains, and those that name the inside link "service"
        themselves; they connect to this address."""
        secret = self.file.parent / "component.secret"
        secret.write_text(COMPONENT_SECRET + "\n")
        secret.chmod(0o600)
        self.config.drop("inside", "echo")
        self.config.section("inside", "service", kind="component", listen=f"{address}:5347", secret_file=str(secret))
        for domain in domains:
            self.config.section("domain", domain).set(inside="service")

    def start(self) -> None:
        self.write()
        self.process.start()
        self._is_started = True
        self.await_event("ready")

    def write(self) -> None:
        self.file.write_text(self.config.text())

    def stop(self, deadline_s: float = DEADLINE_S) -> None:
        """A clean stop on SIGTERM: exit code 0, and no complaint of a sanitizer ever since the start. Fails when it has
        ended by itself before."""
        is_running = self.process.is_running
        if is_running:
            self.process.signal(signal.SIGTERM)
        self.await_end(deadline_s)
        assert is_running, "gatepost had ended by itself"

    def await_end(self, deadline_s: float = DEADLINE_S) -> None:
        """It ends because it was asked to: exit code 0, and no complaint of a sanitizer ever since the start."""
        self._is_started = False
        code = self.process.wait(deadline_s)
        reports = [line for line in self.process.output.lines() if SANITIZER.search(line)]
        assert not reports, f"a sanitizer complained: {reports}"
        assert code == 0, f"gatepost ended with {code}"

    def kill(self) -> None:
        self._is_started = False
        self.process.kill()

    def end(self) -> None:
        """The end of a scene: a gateway that the test has not ended itself must stop cleanly."""
        if self._is_started:
            self.stop()

    # The log.

    def mark(self) -> int:
        return self.process.output.mark()

    def events(self, name: str | None = None, since: int = 0, **fields: str) -> list[dict[str, str]]:
        """The log lines with this event name and these fields."""
        events = filter(None, map(_event, self.process.output.lines(since)))
        return [event for event in events if name in (None, event["event"]) and fields.items() <= event.items()]

    def await_event(self, name: str, since: int = 0, deadline_s: float = DEADLINE_S, **fields: str) -> dict[str, str]:
        """The first such line, now or to come."""

        def matches(line: str) -> dict[str, str] | None:
            event = _event(line)
            return event if event and event["event"] == name and fields.items() <= event.items() else None

        return self.process.output.wait(f"log event {name} {fields or ''}", matches, since, deadline_s)

    # The other commands.

    def run(self, *arguments: str, input_text: str | None = None, deadline_s: float = DEADLINE_S,
            through: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, through another one if given; no sanitizer may complain."""
        done = subprocess.run([*through, binary(), *arguments], cwd=self.process.folder, text=True, capture_output=True,
                              input=input_text, timeout=deadline_s, env={**os.environ, **SANITIZER_ENV})
        assert not SANITIZER.search(done.stderr), done.stderr
        return done

    def command(self, name: str, *arguments: str, deadline_s: float = DEADLINE_S,
                through: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """A command that reads the configuration."""
        return self.run(name, "-c", str(self.file), *arguments, deadline_s=deadline_s, through=through)

    def json(self, name: str, *arguments: str, deadline_s: float = DEADLINE_S) -> Any:
        """What a command says with --json, whatever its exit code."""
        done = self.command(name, "--json", *arguments, deadline_s=deadline_s)
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    def status(self) -> Mapping[str, Any]:
        return self.json("status")
