"""Checks that read the C files alone."""

import re
from typing import Iterator

from project import TESTS, Project, layer_of

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
SPDX = "/* SPDX-License-Identifier: BSD-2-Clause */\n"
MAX_LINES = 600

# Functions that overflow, block, keep hidden state or cannot report an error.
BANNED = set("""
    strcpy stpcpy strcat strncpy strncat sprintf vsprintf gets strtok atoi atol atoll atof
    scanf fscanf sscanf vscanf vfscanf vsscanf alloca system popen getaddrinfo gethostbyname gethostbyname2
    gethostbyaddr getnameinfo rand srand random srandom drand48 tmpnam tempnam mktemp setjmp sigsetjmp longjmp
    siglongjmp asctime ctime gmtime localtime strerror_l
""".split())
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")

# Third-party libraries by the name that docs/contributing.md gives them.
LIBRARIES = {
    "ev.h": r"ev\.h",
    "OpenSSL": r"openssl/.*",
    "unbound": r"unbound.*\.h",
    "ldns": r"ldns/.*",
    "libidn2": r"idn2\.h",
    "expat": r"expat.*\.h",
    "libconfuse": r"confuse\.h",
    "jansson": r"jansson.*\.h",
    "libseccomp": r"seccomp\.h",
    "libmicrohttpd": r"microhttpd\.h",
    "libcurl": r"curl/.*",
    "SQLite": r"sqlite3\.h",
}
TEST_LIBRARIES = r"cmocka\.h|libxml/.*"
SYSTEM = re.compile(r"(?:sys|netinet|arpa|net|linux)/\w+\.h|(?:" + "|".join("""
    assert ctype dirent endian errno fcntl float fnmatch grp ifaddrs inttypes limits locale malloc math netdb poll
    pthread pwd sched setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn
    string strings sysexits syslog termios threads time ucontext unistd wchar getopt
""".split()) + r")\.h")


def include_direction(project: Project) -> Iterator[str]:
    """A file includes its own layer and those below it."""
    for source in project.sources:
        layer = source.layer
        for match in INCLUDE.finditer(source.uncommented):
            if not match[1] or layer is None:
                continue
            target = project.find_include(source.path, match[1])
            if target is None:
                yield f'{source.at(match.start())}: "{match[1]}" is no file of the project'
                continue
            above = layer_of(target)
            if above is not None and above.folder not in (layer.folder, *layer.below):
                yield f"{source.at(match.start())}: {layer.folder} must not include {above.folder} ({target})"


def third_party_headers(project: Project) -> Iterator[str]:
    """A library's headers stand only in the files that docs/contributing.md names."""
    permitted = _permitted(project)
    for source in project.sources:
        for match in INCLUDE.finditer(source.uncommented):
            header = match[2]
            if not header or SYSTEM.fullmatch(header):
                continue
            if source.layer is TESTS:
                if not re.fullmatch("|".join([TEST_LIBRARIES, *LIBRARIES.values()]), header):
                    yield f"{source.at(match.start())}: <{header}> belongs to no known library"
                continue
            library = next((name for name, pattern in LIBRARIES.items() if re.fullmatch(pattern, header)), None)
            if library is None:
                yield f"{source.at(match.start())}: <{header}> belongs to no known library"
            elif not any(pattern.fullmatch(source.path) for pattern in permitted.get(library, ())):
                yield f"{source.at(match.start())}: <{header}> is not for this file (docs/contributing.md)"


def _permitted(project: Project) -> dict[str, list[re.Pattern[str]]]:
    """Library to files, out of the sentence "Third-party headers" of the style guide."""
    text = (project.root / "docs/contributing.md").read_text()
    found = re.search(r"\*\*Third-party headers\*\*:(.*?)\n- ", text, re.DOTALL)
    assert found, "docs/contributing.md says nothing of third-party headers"
    permitted: dict[str, list[re.Pattern[str]]] = {}
    for part in found[1].split(";"):
        name, _, files = " ".join(part.replace("`", " ").replace("\n", " ").split()).partition(" in ")
        assert name in LIBRARIES, f"docs/contributing.md names an unknown library: {name}"
        permitted[name] = [re.compile(re.escape(file).replace(r"\*", "[^/]*"))
                           for file in re.split(r"\s*,\s*|\s+and\s+", files.rstrip(" ."))]
    return permitted


def licence_line(project: Project) -> Iterator[str]:
    for source in project.sources:
        if not source.text.startswith(SPDX):
            yield f"{source.path}:1: the first line must be {SPDX.strip()}"


def file_length(project: Project) -> Iterator[str]:
    for source in project.sources:
        lines = source.text.count("\n")
        if lines > MAX_LINES:
            yield f"{source.path}: {lines} lines; one subject fits into {MAX_LINES}"


def banned_functions(project: Project) -> Iterator[str]:
    for source in project.sources:
        for match in CALL.finditer(source.code):
            if match[1] in BANNED:
                yield f"{source.at(match.start())}: {match[1]}() is banned"


PROTOTYPE = re.compile(r"^(?!typedef\b|static\b|#)[A-Za-z_][^;{}=#]*?\b([a-z_]\w*)\s*\([^;{}]*\)"
                       r"[^;{}()]*(?:\([^;{}]*\))?;", re.MULTILINE | re.DOTALL)
# What these mean is said once, in docs/contributing.md.
CONVENTIONAL = re.compile(r"_(init|finish|destroy|text)$|^_Static_assert$")
PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*\n)+")


def commented_declarations(project: Project) -> Iterator[str]:
    """Each function of a header has a comment above it, or stands in a group (no blank line between) that has one."""
    for header in project.headers:
        if header.layer is TESTS:
            continue
        for paragraph in PARAGRAPH.finditer(header.text):
            code = _outside_braces(header.code[paragraph.start():paragraph.end()])
            has_comment = header.uncommented[paragraph.start():paragraph.end()] != paragraph[0]
            for match in PROTOTYPE.finditer(code):
                if not has_comment and not CONVENTIONAL.search(match[1]):
                    yield f"{header.at(paragraph.start() + match.start())}: {match[1]}() has no comment"


def _outside_braces(code: str) -> str:
    """The code with the inside of braces blanked out: members of structs are no functions."""
    kept, depth = [], 0
    for char in code:
        depth -= char == "}"
        kept.append(char if depth <= 0 or char == "\n" else " ")
        depth += char == "{"
    return "".join(kept)


LIMIT = re.compile(r'^FED_LIMIT\((\w+), "([^"]+)", (MS|BYTES|COUNT), (\d+), (\d+), (\d+), "([^"]+)"\)$', re.MULTILINE)
CLOSE = re.compile(
    r'^FED_CLOSE\((\w+), "([^"]+)", "([^"]*)", (\w+), (\w+), (\w+), (TAKEN|LEFT)\)$', re.MULTILINE)
# RFC 6120, 4.9.3.
STREAM_ERRORS = set("""
    bad-format bad-namespace-prefix conflict connection-timeout host-gone host-unknown improper-addressing
    internal-server-error invalid-from invalid-namespace invalid-xml not-authorized not-well-formed policy-violation
    remote-connection-failed reset resource-constraint restricted-xml see-other-host system-shutdown
    undefined-condition unsupported-encoding unsupported-feature unsupported-stanza-type unsupported-version
""".split())


def tables(project: Project) -> Iterator[str]:
    """Rows of the limits and of the close reasons are whole, different, and within their own bounds."""
    seen: set[str] = set()
    for source in project.product:
        if not source.path.endswith(".def"):
            continue
        for macro, row in (("FED_LIMIT(", LIMIT), ("FED_CLOSE(", CLOSE)):
            rows = list(row.finditer(source.text))
            lines = re.findall(rf"^{re.escape(macro)}", source.text, re.MULTILINE)
            if len(rows) != len(lines):
                yield f"{source.path}: {len(lines) - len(rows)} rows of {macro[:-1]} are not of the usual form"
            for match in rows:
                if match[1] in seen:
                    yield f"{source.at(match.start())}: {match[1]} stands there twice"
                seen.add(match[1])
                if row is LIMIT and not int(match[5]) <= int(match[4]) <= int(match[6]):
                    yield f"{source.at(match.start())}: {match[2]}: the default is outside of its bounds"
                if row is CLOSE and match[3] and match[3] not in STREAM_ERRORS:
                    yield f"{source.at(match.start())}: {match[3]} is no stream error (RFC 6120, 4.9.3)"


CHECKS = {
    "layers include downward only": include_direction,
    "third-party headers only where they may be": third_party_headers,
    "licence line first": licence_line,
    "no file is too long": file_length,
    "no banned function": banned_functions,
    "declarations are commented": commented_declarations,
    "tables are sound": tables,
}
