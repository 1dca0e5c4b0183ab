"""Checks that ask a tool: the compiler about headers, clang-format about form."""

from typing import Iterator

from project import INCLUDE_FOLDERS, Project, Source, in_parallel, run

LIBRARIES = ("libcrypto", "openssl", "ldns", "libidn2", "expat", "libconfuse", "jansson", "libcurl", "libseccomp", "cmocka",
             "libxml-2.0")


def headers_compile_alone(project: Project) -> Iterator[str]:
    code, flags = run(["pkg-config", "--cflags", *LIBRARIES])
    if code != 0:
        yield f"pkg-config: {flags}"
        return
    command = ["gcc", "-x", "c", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
               *(f"-I{project.root / folder}" for folder in INCLUDE_FOLDERS), *flags.split(), "-"]

    def compile_header(header: Source) -> Iterator[str]:
        status, words = run(command, f'#include "{project.root / header.path}"\n')
        if status != 0:
            yield f"{header.path}: does not compile alone:\n{words}"

    yield from in_parallel(compile_header, project.headers)


def form(project: Project) -> Iterator[str]:
    """.def tables keep one row on one line and are left alone."""

    def dry_run(source: Source) -> Iterator[str]:
        status, words = run(["clang-format", "--dry-run", "-Werror", "--style=file", project.root / source.path])
        if status != 0:
            yield f"{source.path}: clang-format would change it:\n" + "\n".join(words.splitlines()[:3])

    yield from in_parallel(dry_run, [source for source in project.sources if not source.path.endswith(".def")])


CHECKS = {
    "headers compile alone": headers_compile_alone,
    "form is clang-format's": form,
}
