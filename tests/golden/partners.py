"""gatepost partners: what is imported from the lists of another gateway, and what is listed."""

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

from program import Program, differences
from tap import Tap

# Each input of tests/golden/partners, and the status. Beside it stand what is printed, and the report.
INPUTS = {"list.txt": 1, "one.json": 0, "array.json": 1, "twice.txt": 1, "injection.txt": 0, "plain.txt": 0}

# New-CsXmppAllowedPartner and Set-CsXmppGatewayConfiguration, without the switches that every cmdlet has.
PARTNER = ("Identity", "Domain", "AdditionalDomains", "ConnectionLimit", "Description", "EnableKeepAlive", "PartnerType",
           "ProxyFqdn", "SaslNegotiation", "TlsNegotiation", "SupportDialbackNegotiation")
GATEWAY = ("ConnectionLimit", "PartnerConnectionLimit", "StreamEstablishmentTimeout", "StreamInactivityTimeout",
           "KeepAliveInterval", "SubscriptionRefreshInterval", "DialbackPassphrase", "EnableLoggingAllMessageBodies")

# What cannot be read: bytes, what is said. Nothing is printed then, and the status is 64.
BROKEN = {
    "empty": (b" \r\n", "it is empty"),
    "truncated JSON": (b'[ { "Domain": "beta.example", "Descr', "not JSON: "),
    "JSON that goes on": (b'{ "Domain": "beta.example" } ]', "not JSON: end of file expected"),
    "a number in the array": (b'[ { "Domain": "beta.example" }, 5 ]', "element 2 of the array is no object"),
    "a key twice": (b'{ "Domain": "a.example", "Domain": "b.example" }', "duplicate object key"),
    "another cmdlet": (b"Identity : Global\r\nAllowFederatedUsers : True\r\n", ": record 1 is of neither "),
    "a table": (b"Identity Domain\n-------- ------\nbeta     beta.example\n", "line 1: it is not \"Name : value\""),
    "a prompt": (b"PS C:\\> Get-CsXmppAllowedPartner\n\nDomain : beta.example\n", "line 1: it is not"),
    "Latin 1": (b"Domain : b\xfccher.example\n", "neither UTF-8 nor UTF-16"),
    "half a character of UTF-16": (b"\xff\xfeD\0o\0\x3d\xd8", "neither UTF-8 nor UTF-16"),
    "half a unit of UTF-16": (b"\xff\xfeD\0o", "neither UTF-8 nor UTF-16"),
    "a zero byte": (b"Domain : beta.example\0\n", "neither UTF-8 nor UTF-16"),
    "too big": (b"Domain : beta.example\n" * 200000, "more than 4194304 bytes"),
}


def _import(program: Program, *paths: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program.executable, "partners", "import", *paths], capture_output=True, text=True, timeout=60)


def _folder(program: Program) -> Path:
    return program.root / "tests/golden/partners"


def update(program: Program) -> None:
    for name in INPUTS:
        path = _folder(program) / name
        done = _import(program, path)
        path.with_suffix(".conf").write_text(done.stdout)
        path.with_suffix(".report").write_text(done.stderr)


def _check(program: Program, folder: Path, partners: str) -> str:
    """What is imported stands in a configuration and loads."""
    examples = program.root / "zones/examples"
    (folder / "c.pem").write_bytes((examples / "alpha.pem").read_bytes())
    key = folder / "k.key"
    key.touch(0o600)
    key.write_bytes((examples / "alpha.key").read_bytes())
    (folder / "gatepost.conf").write_text(
        partners + 'inside "echo" { kind = echo }\ndomain "alpha.example" { certificate = c.pem key = k.key '
        'inside = echo host "gw1.alpha.example" { address = 192.0.2.1 } }\n')
    return program.run("config", "check", str(folder / "gatepost.conf"))


def _golden(program: Program, name: str, status: int) -> Iterator[str]:
    path = _folder(program) / name
    done = _import(program, path)
    if done.returncode != status:
        yield f"status {done.returncode}, not {status}"
    yield from differences(path.with_suffix(".conf").read_text(), done.stdout, f"{path.stem}.conf")
    yield from differences(path.with_suffix(".report").read_text(), done.stderr, f"{path.stem}.report")
    with tempfile.TemporaryDirectory() as folder:
        _check(program, Path(folder), done.stdout)
    if re.search("s3cret", done.stdout + done.stderr):
        yield "a passphrase is printed"


def _encodings(program: Program) -> Iterator[str]:
    text = (_folder(program) / "list.txt").read_text()
    expected = _import(program, _folder(program) / "list.txt")
    forms = {"CRLF": text.replace("\n", "\r\n").encode(), "UTF-8 with a mark": b"\xef\xbb\xbf" + text.encode(),
             "UTF-16LE": b"\xff\xfe" + text.replace("\n", "\r\n").encode("utf-16-le"),
             "UTF-16BE": b"\xfe\xff" + text.encode("utf-16-be")}
    for form, data in forms.items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            done = _import(program, Path(file.name))
            if (done.stdout, done.stderr) != (expected.stdout, expected.stderr):
                yield f"{form}: {done.stderr}"


def _broken(program: Program) -> Iterator[str]:
    for name, (data, words) in BROKEN.items():
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            done = _import(program, Path(file.name))
        if done.returncode != 64 or done.stdout or words not in done.stderr:
            yield f"{name}: status {done.returncode}: {done.stdout}{done.stderr}"


def _any_beginning(program: Program) -> Iterator[str]:
    """Cut anywhere, it is read or refused."""
    for name in ("list.txt", "array.json"):
        data = (_folder(program) / name).read_bytes()
        for end in range(0, len(data), 97):
            with tempfile.NamedTemporaryFile() as file:
                file.write(data[:end])
                file.flush()
                if (status := _import(program, Path(file.name)).returncode) not in (0, 1, 64):
                    yield f"{name}, {end} bytes: status {status}"


def _several_files(program: Program) -> Iterator[str]:
    done = _import(program, _folder(program) / "plain.txt", _folder(program) / "plain.txt")
    if done.returncode != 1 or "plain.example is there twice" not in done.stderr:
        yield done.stderr
    # records are counted anew in each file
    with tempfile.NamedTemporaryFile() as file:
        file.write(BROKEN["another cmdlet"][0])
        file.flush()
        done = _import(program, _folder(program) / "plain.txt", Path(file.name))
    if done.returncode != 64 or f"{file.name}: record 1 is of neither" not in done.stderr:
        yield done.stderr


def _every_setting(program: Program) -> Iterator[str]:
    """Is told of in each report, and stands in the guide."""
    report = _import(program, _folder(program) / "plain.txt").stderr
    guide = (program.root / "docs/partners.md").read_text()
    for subject, settings in (("plain.example", PARTNER), ("gateway", GATEWAY)):
        for setting in settings:
            if not re.search(rf"^{subject}: {setting} .*: (mapped|better here|not carried)", report, re.MULTILINE):
                yield f"{subject}: {setting} is not told of"
            if not re.search(rf"^\| `{setting}`", guide, re.MULTILINE):
                yield f"docs/partners.md has no row for {setting}"


LISTED = """
partner "beta.example" { additional-domains = chat.beta.example description = "Beta" sasl = required }
partner "gamma.example" { dialback = allowed tls = optional route = "gw.gamma.example:5299"
    description = "seen \u202e from the right" }
"""


def _list(program: Program) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        _check(program, Path(name), LISTED)
        config = f"--config={name}/gatepost.conf"
        lines = program.run("partners", "list", config).splitlines()
        if [line.split()[:4] for line in lines[1:]] != [["beta.example", "ok", "required", "required"],
                                                        ["+", "chat.beta.example"],
                                                        ["gamma.example", "warning", "optional", "optional"]]:
            yield "\n".join(lines)
        listed = json.loads(program.run("partners", "list", "--json", config))
        beta, gamma = listed["partners"]
        if beta["additional-domains"] != ["chat.beta.example"] or beta["sasl"] != "required" or beta["route"] is not None:
            yield str(beta)
        if gamma["route"] != {"host": "gw.gamma.example", "port": 5299, "tls": "starttls"} or gamma["verdict"] != "warning":
            yield str(gamma)
        if listed["schema"] != 1 or listed["stranger"] is not None or gamma["connection-limit"] != 20:
            yield str(listed)
        if "\u202e" in "\n".join(lines) or not lines[-1].endswith("seen \\xe2\\x80\\xae from the right"):
            yield f"the description is not escaped: {lines[-1]!a}"
        shown = program.run("partners", "show", "chat.beta.example", config)
        if not shown.startswith('partner "beta.example" {\n') or "\n# ok: " not in shown:
            yield shown
        if json.loads(program.run("partners", "show", "--json", "beta.example", config))["partner"] != beta:
            yield "show and list differ"
        program.run("partners", "show", "delta.example", config, status=1)
        program.run("partners", "show", "delta..example", config, status=64)
        opened = 'federation = open\n' + LISTED
        _check(program, Path(name), opened)
        if "stranger {" not in program.run("partners", "show", "delta.example", config):
            yield "strangers have no record"
        if json.loads(program.run("partners", "list", "--json", config))["stranger"]["dialback"] != "refused":
            yield "strangers are not listed"


def test(program: Program, tap: Tap) -> None:
    for name, status in INPUTS.items():
        tap.report(f"import of {name}", _golden(program, name, status))
    tap.report("each encoding means the same", _encodings(program))
    tap.report("what is broken is explained", _broken(program))
    tap.report("any beginning of a file is survived", _any_beginning(program))
    tap.report("several files are one list", _several_files(program))
    tap.report("every setting is told of", _every_setting(program))
    tap.report("partners are listed", _list(program))
