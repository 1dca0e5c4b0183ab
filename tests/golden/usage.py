"""What is said, and with which status, when gatepost is not used as it wants."""

import re
import subprocess
from typing import Iterator

from program import Program
from tap import Tap

Refused = list[tuple[str, list[str], str]]
Accepted = list[tuple[str, list[str]]]

# Arguments, status, what the first words contain.
CASES = [
    ([], 64, "usage: gatepost COMMAND"),
    (["--help"], 0, "usage: gatepost COMMAND"),
    (["-h"], 0, "usage: gatepost COMMAND"),
    (["--version"], 0, "gatepost "),
    (["help"], 0, "usage: gatepost COMMAND"),
    (["help", "export"], 0, "usage: gatepost export"),
    (["help", "exprot"], 64, "no command 'exprot'; did you mean 'export'?"),
    (["export", "--help"], 0, "usage: gatepost export"),
    (["exprot"], 64, "no command 'exprot'; did you mean 'export'?"),
    (["nothing-alike"], 64, "no command 'nothing-alike'\n"),
    (["export", "--jsn"], 64, "wrong option '--jsn'; did you mean '--json'?"),
    (["export", "-x"], 64, "wrong option '-x'"),
    (["export", "--zone"], 64, "'--zone' needs a value"),
    (["export", "more"], 64, "unexpected 'more'"),
    (["export", "--format", "octodn"], 64, "there is no format 'octodn'; did you mean 'octodns'? There are: zone generic"),
    (["export", "--profile", "later"], 64, "there is no profile 'later'; there are: prepare switch steady"),
    (["export", "--file", "poshed"], 64, "there is no file 'poshed'; did you mean 'posh'? There are: posh host-meta.json"),
    (["export", "-c", "/nowhere.conf"], 64, "gatepost: open '/nowhere.conf': No such file or directory\n"),
    (["check", "--public", "--timeline", "x.example"], 64, "nothing is planned"),
    (["check", "--public", "--domain=x.example", "x.example"], 64, "--domain names a domain of the configuration"),
    (["check", "--public", "--phase=gat", "x.example"], 64, "there is no phase 'gat'; did you mean 'gate'?"),
    (["check", "--public", "--phase=tomorrow", "x.example"], 64, "there is no phase 'tomorrow'; phases: prepare, gate, switched"),
    (["check", "--public", "--only=V33", "x.example"], 64, "there is no check or group 'V33'; did you mean 'V3'?"),
    (["check", "--public", "--only=V3,edgee", "x.example"], 64, "there is no check or group 'edgee'; did you mean 'edge'?"),
    (["check", "--public", "--timeout=0", "x.example"], 64, "--timeout=0 is not a number from 1 to 3600"),
    (["check", "--public", "--timeout=3601", "x.example"], 64, "--timeout=3601 is not a number from 1 to 3600"),
    (["check", "--public", "--at=tomorrow", "x.example"], 64, "--at=tomorrow is not a time such as 2026-03-01T12:00:00Z"),
    (["check", "--public", "--merge=/nowhere.json", "x.example"], 64, "open '/nowhere.json': No such file"),
    (["tlsa", "next-key"], 64, "unexpected 'next-key'; there is: new-key"),
    (["tlsa", "--type=rsa"], 64, "--type is for new-key"),
    (["tlsa", "new-key", "x", "--json"], 64, "--json and --at are not for new-key"),
    (["tlsa", "new-key", "x", "--type=dsa"], 64, "there is no type 'dsa'; there are: ec rsa"),
    (["tlsa", "new-key", "x", "-c", "/nowhere.conf"], 64, "open '/nowhere.conf': No such file"),
    (["status", "-c", "/nowhere.conf"], 64, "open '/nowhere.conf'"),
    (["close", "x.example", "--socket=/nowhere"], 1, "gatepost close: the gateway cannot be asked: connect to socket '/nowhere'"),
    (["probe", "x.example", "--socket=/nowhere"], 3, "gatepost probe: the gateway cannot be asked: connect to socket '/nowhere'"),
    (["trace", "x.example", "--socket=/nowhere"], 1, "gatepost trace: the gateway cannot be asked: connect to socket '/nowhere'"),
    (["drain", "--socket=/nowhere"], 1, "gatepost drain: the gateway cannot be asked: connect to socket '/nowhere'"),
    (["reload", f"--socket={'x' * 200}"], 64, "is longer than"),
    (["run", "-c", "/nowhere.conf"], 64, "docs/gatepost.conf.example is one to begin with"),
    (["config"], 64, "is missing"),
    (["config", "chek"], 64, "unexpected 'chek'"),
    (["config", "options", "--format=latin"], 64, "there is no format 'latin'; there are: text markdown man"),
    (["config", "check", "/nowhere.conf"], 64, "open '/nowhere.conf': No such file"),
]

# With the first each of the second is refused, in these words: of "gatepost export", ...
RECORDS = ["--zone=x", "--format=zone", "--json", "--rollback", "--diff", "--if-ready", "--offline"]
REFUSED = [
    ("--assume-signed", [""], "--assume-signed is for --offline"),
    ("--link=main", ["", "--file=posh"], "--link is for --inside"),
    ("--domain=x.example", ["", "--inside=prosody"], "--domain is for --file"),
    ("--diff", ["--format=json", "--rollback"], "--diff has a form of its own"),
    ("--diff", ["--offline"], "--diff is about what is published"),
    ("--if-ready", ["--offline", "--diff"], "--if-ready makes the check before"),
    ("--inside=prosody", [*RECORDS, "--profile=steady", "--file=posh"], "--inside prints no records"),
    ("--file=posh", [*RECORDS, "--profile=prepare"], "--file prints no records"),
    ("--json", ["--format=zone", "--format=json"], "--json is a format already"),
    ("--rollback", ["", "--format=zone", "--json"], "--rollback is for the formats nsupdate and knotc"),
    ("--offline", ["--format=nsupdate", "--format=knotc"], "begin with what is published"),
    ("--offline", ["--profile=prepare"], "the profile prepare is about what is published"),
]
# ... and of "gatepost check".
CHECK_REFUSED = [
    ("--json", ["--nagios", "--prometheus"], "--json, --nagios and --prometheus do not go together"),
    ("--nagios", ["--prometheus"], "--json, --nagios and --prometheus do not go together"),
    ("--all", ["--json", "--nagios", "--prometheus"], "--all is for text"),
    ("--timeline", ["--nagios", "--prometheus"], "--timeline is for text and JSON"),
    ("--journal=x", ["--no-journal"], "--journal and --no-journal contradict each other"),
    ("--public", ["", "--json"], "--public needs a DOMAIN"),
    ("--public", ["x.example", "--stdin"], "--public reads no configuration"),
    ("x.example", ["", "--domain=x.example"], "a DOMAIN is for --public"),
    ("", ["--forward=192.0.2.1", "--trust-anchor-file=x", "--root-hints=x", "--ca-file=x"], "are for --public"),
]
# And with the first each of the second is fine: what is complained of is the configuration.
CHECK_ACCEPTED = [
    ("--html=x", ["", "--json", "--nagios", "--prometheus", "--all", "--timeline", "--output=x", "--only=V1"]),
    ("--timeline", ["--json", "--all", "--at=2026-03-01T12:00:00Z"]),
    ("--stdin", ["", "--domain=x.example", "--partners", "--no-journal", "--journal=x"]),
]
ACCEPTED = [
    ("--offline", ["", "--assume-signed", "--json", "--format=zone", "--zone=x", "--profile=switch"]),
    ("--diff", ["", "--json", "--zone=x", "--profile=prepare"]),
    ("--if-ready", ["", "--json", "--format=knotc", "--zone=x", "--profile=prepare"]),
    ("--inside=prosody", ["", "--link=main"]),
    ("--file=posh", ["", "--domain=x.example", "--profile=switch", "--profile=steady"]),
    ("--rollback", ["--format=nsupdate", "--format=knotc"]),
]


def _together(program: Program, command: str, refuses: Refused, accepts: Accepted) -> Iterator[str]:
    refused = [([option, other], words) for option, others, words in refuses for other in others]
    accepted = [([option, other], "open '/nowhere.conf'") for option, others in accepts for other in others]
    for options, words in refused + accepted:
        given = [option for option in options if option]
        yield from _case(program, [command, "-c", "/nowhere.conf", *given], 64, words)


def _case(program: Program, arguments: list[str], status: int, words: str) -> Iterator[str]:
    done = subprocess.run([program.executable, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != status:
        yield f"status {done.returncode}, not {status}"
    if words not in (done.stderr if status else done.stdout):
        yield f"not said: {words}\n{done.stdout}{done.stderr}"
    if re.search(r"^gatepost \w+: $", done.stderr, re.MULTILINE):
        yield f"nothing said: {done.stderr}"
    if status and done.stdout:
        yield f"an error on standard output: {done.stdout}"


def _full_disk(program: Program) -> Iterator[str]:
    with open("/dev/full", "w") as full:
        done = subprocess.run([program.executable, "config", "options"], stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=60)
    if done.returncode != 1 or "No space left" not in done.stderr:
        yield f"status {done.returncode}: {done.stderr}"


def test(program: Program, tap: Tap) -> None:
    for arguments, status, words in CASES:
        tap.report(" ".join(["gatepost", *arguments]), _case(program, arguments, status, words))
    for command, refused, accepted in (("export", REFUSED, ACCEPTED), ("check", CHECK_REFUSED, CHECK_ACCEPTED)):
        tap.report(f"gatepost {command} takes options that go together, and no others",
                   _together(program, command, refused, accepted))
    tap.report("a full disk is no success", _full_disk(program))
