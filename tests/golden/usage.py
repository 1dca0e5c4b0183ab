"""What is said, and with which status, when gatepost is not used as it wants."""

import subprocess
from typing import Iterator

from program import Program
from tap import Tap

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
    (["check", "--journal=x", "--no-journal"], 64, "--journal and --no-journal contradict each other"),
    (["check", "--json", "--nagios"], 64, "--json, --nagios and --prometheus do not go together"),
    (["check", "--all", "--json"], 64, "--all is for text"),
    (["check", "--timeline", "--nagios"], 64, "--timeline is for text and JSON"),
    (["check", "--timeline", "--public", "x.example"], 64, "nothing is planned"),
    (["tlsa", "next-key"], 64, "unexpected 'next-key'; there is: new-key"),
    (["tlsa", "--type=rsa"], 64, "--type is for new-key"),
    (["tlsa", "new-key", "x", "--json"], 64, "--json and --at are not for new-key"),
    (["tlsa", "new-key", "x", "--type=dsa"], 64, "there is no type 'dsa'; there are: ec rsa"),
    (["tlsa", "new-key", "x", "-c", "/nowhere.conf"], 64, "open '/nowhere.conf': No such file"),
    (["run", "-c", "/nowhere.conf"], 64, "docs/gatepost.conf.example is one to begin with"),
    (["config"], 64, "is missing"),
    (["config", "chek"], 64, "unexpected 'chek'"),
    (["config", "options", "--format=latin"], 64, "there is no format 'latin'; there are: text markdown man"),
    (["config", "check", "/nowhere.conf"], 64, "open '/nowhere.conf': No such file"),
]

# Options of "gatepost export": with the first each of the second is refused, in these words.
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
# And with the first each of the second is fine: what is complained of is the configuration.
ACCEPTED = [
    ("--offline", ["", "--assume-signed", "--json", "--format=zone", "--zone=x", "--profile=switch"]),
    ("--diff", ["", "--json", "--zone=x", "--profile=prepare"]),
    ("--if-ready", ["", "--json", "--format=knotc", "--zone=x", "--profile=prepare"]),
    ("--inside=prosody", ["", "--link=main"]),
    ("--file=posh", ["", "--domain=x.example", "--profile=switch", "--profile=steady"]),
    ("--rollback", ["--format=nsupdate", "--format=knotc"]),
]


def _together(program: Program) -> Iterator[str]:
    refused = [([option, other], words) for option, others, words in REFUSED for other in others]
    accepted = [([option, other], "open '/nowhere.conf'") for option, others in ACCEPTED for other in others]
    for options, words in refused + accepted:
        given = [option for option in options if option]
        yield from _case(program, ["export", "-c", "/nowhere.conf", *given], 64, words)


def _case(program: Program, arguments: list[str], status: int, words: str) -> Iterator[str]:
    done = subprocess.run([program.executable, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != status:
        yield f"status {done.returncode}, not {status}"
    if words not in (done.stderr if status else done.stdout):
        yield f"not said: {words}\n{done.stdout}{done.stderr}"
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
    tap.report("gatepost export takes options that go together, and no others", _together(program))
    tap.report("a full disk is no success", _full_disk(program))
