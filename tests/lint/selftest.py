"""Plants violations in a small project and looks whether the checks find them, and nothing else."""

import json
import tempfile
from pathlib import Path
from typing import Callable, Iterator

import check_documents
import check_objects
import check_packages
import check_sources
import check_tools
from project import Project, run
from tap import Tap

SPDX = check_sources.SPDX

# A project without fault.
CLEAN = {
    "docs/contributing.md": "- **Third-party headers**: `ev.h` in `src/base/loop.c`;\n"
                            "  OpenSSL in `src/base/digest.c` and `federation/tls_*.c`.\n- **Style**\n",
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 4\n",
    "src/base/err.h": SPDX + "#ifndef ERR_H\n#define ERR_H\n\n/* Says what. */\nint gp_err_code(int x);\n\n#endif\n",
    "src/base/err.c": SPDX + '#include "base/err.h"\n\nstatic const char *const words[] = {"a", "b"};\n\n'
                             "/* strcpy(a, b) in a comment */\n"
                             'int gp_err_code(int x) { return words[x & 1][0] + (int)sizeof("strcpy(a, b)"); }\n',
    "dns/name.h": SPDX + '#include "base/err.h"\n\n/* A group. */\nint dns_name_a(void);\nint dns_name_b(void);\n',
    "federation/tls_ctx.c": SPDX + '#include <openssl/ssl.h>\n\n#include "dns/name.h"\n',
    "docs/threats.md": "| id | tests |\n| --- | --- |\n| T1 | `T1-*.play` `test_a.c:bounds_hold` |\n",
    "docs/faults.md": "| id | tests |\n| --- | --- |\n| F1 | `test_faults.py:test_killed` |\n",
    "tests/daemon/test_faults.py": "def test_killed() -> None:\n    pass\n",
    "docs/conformance.md": "| section | what | tests |\n| --- | --- | --- |\n| 1 | does | `test_a.c:bounds_hold` |\n"
                           "| 2 | does not: reason | left out |\n\n"
                           "| name | advised | here | from | why |\n| --- | --- | --- | --- | --- |\n"
                           "| a | 5 ms | 5 ms | `a` |  |\n",
    "tests/replay/T1-flood.play": "in starttls\n",
    "tests/unit/test_a.c": SPDX + "int a(void);\nint a(void) { return cmocka_unit_test(bounds_hold); }\n",
    "src/main.c": SPDX + "int main(void) { return 0; }\n",
    "tools/demo.py": "import sys\nfrom lab import net\nfrom lab.world import World\n",
    "tests/daemon/lab/net.py": "import ctypes\n",
    "tests/daemon/lab/world.py": "import dns.name\nfrom . import net\nfrom .net import Network\n",
    "packages.txt": "[demo]\npython3-dnspython\n\n[test]\npython3-pytest\n",
    "federation/limits.def": SPDX + 'FED_LIMIT(a_ms, "a", MS, 5, 1, 9, "help")\n',
}

# Check, file, its text, words of the finding.
PLANTED: list[tuple[Callable[[Project], Iterator[str]], str, str, str]] = [
    (check_sources.include_direction, "dns/up.c",
     '#include "federation/x.h"\n', "is no file"),
    (check_sources.include_direction, "src/base/up.c",
     '#include "dns/name.h"\n', "src/base must not include dns"),
    (check_sources.include_direction, "zones/side.c",
     '#include "federation/limits.def"\n', "must not include federation"),
    (check_sources.third_party_headers, "dns/tls.c",
     "#include <openssl/ssl.h>\n", "not for this file"),
    (check_sources.third_party_headers, "federation/deep/tls_x.c",
     "#include <openssl/ssl.h>\n", "not for this file"),
    (check_sources.third_party_headers, "dns/new.c",
     "#include <glib.h>\n", "no known library"),
    (check_sources.licence_line, "dns/bare.c",
     "int x;\n", "first line"),
    (check_sources.file_length, "dns/long.c",
     "\n" * 700, "lines"),
    (check_sources.banned_functions, "dns/copy.c",
     "void f(char *a) { strcpy (a, a); }\n", "strcpy() is banned"),
    (check_sources.banned_functions, "tests/unit/test_x.c",
     'int f(void) { return atoi("\\"/*"); }\n', "atoi() is banned"),
    (check_sources.commented_declarations, "dns/bare.h",
     "/* Above. */\n\nint dns_bare(void);\n", "dns_bare() has no comment"),
    (check_sources.commented_declarations, "dns/wide.h",
     "struct a {\n    int x;\n};\n\nint dns_wide(int a,\n             int b)\n    __attribute__((pure));\n",
     "dns_wide() has no comment"),
    (check_sources.tables, "federation/twice.def",
     'FED_LIMIT(a_ms, "b", MS, 5, 1, 9, "help")\n', "twice"),
    (check_sources.tables, "federation/far.def",
     'FED_LIMIT(b_ms, "b", MS, 10, 1, 9, "help")\n', "outside of its bounds"),
    (check_sources.tables, "federation/odd.def",
     'FED_CLOSE(FED_X, "words", "no-such-error", US, NEXT, TIMEOUT, LEFT)\n', "no stream error"),
    (check_sources.tables, "federation/torn.def",
     'FED_LIMIT(b_ms, "b")\n', "usual form"),
    (check_tools.headers_compile_alone, "dns/lonely.h",
     "int dns_lonely(size_t x);\n", "does not compile alone"),
    (check_tools.form, "dns/ugly.c",
     "int  dns_ugly ;\n", "would change it"),
    (check_documents.threats_are_tested, "docs/threats.md",
     "| T1 | `T1-*.play` `test_a.c:bounds` |\n", "T1 names test_a.c:bounds"),
    (check_documents.threats_are_tested, "docs/threats.md",
     "| T1 | `T1-*.play` |\n| T2 | - |\n", "T2 has no test"),
    (check_documents.threats_are_tested, "docs/threats.md",
     "| T1 | `test_a.c:bounds_hold` |\n", "T1 leaves T1-flood.play out"),
    (check_documents.threats_are_tested, "docs/threats.md",
     "| T9 | `test_a.c:bounds_hold` |\n", "no row for T1-flood.play"),
    (check_documents.faults_are_tested, "docs/faults.md",
     "| F1 | `test_faults.py:test_killed` |\n| F2 | `test_faults.py:test_cut` |\n", "F2 names test_faults.py:test_cut"),
    (check_documents.faults_are_tested, "tests/daemon/test_faults.py",
     "def test_killed() -> None:\n    pass\n\n\ndef test_cut() -> None:\n    pass\n", "test_cut stands in no row"),
    (check_documents.conformance_is_tested, "docs/conformance.md",
     "| 1 | does | `test_a.c:bounds` |\n", "names test_a.c:bounds"),
    (check_documents.conformance_is_tested, "docs/conformance.md",
     "| 1 | does | - |\n", "has no test"),
    (check_documents.conformance_is_tested, "docs/conformance.md",
     "words\n", "has no table"),
    (check_documents.defaults_are_told, "docs/conformance.md",
     "| a | 6 ms | 6 ms | `a` |  |\n", "a is 5, not 6 ms"),
    (check_documents.defaults_are_told, "docs/conformance.md",
     "| a | 6 ms | 5 ms | `a` |  |\n", "does not say why"),
    (check_documents.defaults_are_told, "docs/conformance.md",
     "words\n", "leaves the limit a out"),
    (check_documents.defaults_are_told, "docs/conformance.md",
     "| a | 5 ms | 5 ms | `a` |  |\n| b | 1 | 1 | `src/main.c:B` |  |\n", "there is no src/main.c:B"),
    (check_packages.demonstration_has_its_modules, "tests/daemon/lab/net.py",
     "def f() -> None:\n    import pytest.fixtures\n", "pytest, of no package"),
    (check_packages.demonstration_has_its_modules, "tests/daemon/lab/world.py",
     "from nobody.knows import x\n", "nobody, of no package"),
    (check_objects.writable_data, "dns/state.c",
     "int dns_state = 1;\n", ".data"),
    (check_objects.writable_data, "dns/zero.c",
     "static int zero;\nint dns_zero(void) { return zero++; }\n", ".bss"),
    (check_objects.writable_data, "dns/thread.c",
     "static _Thread_local int t;\nint dns_thread(void) { return t++; }\n", ".tbss"),
    (check_objects.exported_names, "dns/name.c",
     "int name_b(void) { return 0; }\n", "exports name_b"),
    (check_objects.exported_names, "dns/main.c",
     "int main(void) { return 0; }\n", "exports main"),
]


def run_all(tap: Tap) -> None:
    everything = {**check_sources.CHECKS, **check_tools.CHECKS, **check_documents.CHECKS,
                  **check_packages.CHECKS, **check_objects.CHECKS}
    for name, check in everything.items():
        tap.report(f"a clean project passes: {name}", _findings(check, {}))
    for check, path, text, words in PLANTED:
        tap.report(f"{check.__name__} finds {path}", _complaint(check, path, text, words))
    planted = {check for check, *_ in PLANTED}
    tap.report("every check has its planted fault",
               [name for name, check in everything.items() if check not in planted])


def _complaint(check: Callable[[Project], Iterator[str]], path: str, text: str, words: str) -> Iterator[str]:
    has_licence = path.endswith((".c", ".h", ".def")) and check is not check_sources.licence_line
    found = _findings(check, {path: SPDX + text if has_licence else text})
    if len(found) != 1 or words not in found[0] or not found[0].startswith(path):
        yield f"one finding with '{words}' was awaited, not {found}"


def _findings(check: Callable[[Project], Iterator[str]], more: dict[str, str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text in {**CLEAN, **more}.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        project = Project(root, root)
        if check in check_objects.CHECKS.values():
            _compile(project)
        return list(check(project))


def _compile(project: Project) -> None:
    """Objects and their list, as a build leaves them: a source that the build made itself stands first."""
    commands = [{"directory": str(project.root), "file": str(project.root.parent / "made.c"), "output": "made.o",
                 "command": "gcc -c made.c"}]
    for source in project.product:
        if not source.path.endswith(".c"):
            continue
        output = source.path.replace("/", "_") + ".o"
        command = ["gcc", "-fPIE", "-O1", "-I.", "-Isrc", "-c", source.path, "-o", output]
        status, words = run(["env", "-C", project.root, *command])
        assert status == 0, words
        commands.append({"directory": str(project.root), "file": source.path, "output": output,
                         "command": " ".join(command)})
    (project.root / "compile_commands.json").write_text(json.dumps(commands))
