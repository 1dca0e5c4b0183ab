"""What the tests of `gatepost check` have shown is what docs/check-proof.md says. Runs last. --write-proof writes it."""

from pathlib import Path

import pytest

from lab import proof

TELL = "run the tests that changed, and this file, with --write-proof"


def _is_whole(request: pytest.FixtureRequest) -> bool:
    files = {item.path for item in request.session.items}
    chosen = request.config.option.keyword or any("::" in argument for argument in request.config.args)
    return not chosen and files == set(Path(__file__).parent.glob("test_*.py"))


def test_documented_tables_are_what_happened(request: pytest.FixtureRequest, shown: proof.Proof) -> None:
    """With a selection of tests only their rows."""
    is_whole = _is_whole(request)
    if request.config.getoption("--write-proof"):
        assert not request.session.testsfailed, "only what passes may be written down"
        rows = proof.Proof() if is_whole else proof.committed()
        rows.update(shown)
        proof.write(rows)
    committed = proof.committed()
    for key, fault in shown.faults.items():
        assert key in committed.faults, f"not written down: {TELL}"
        assert fault.lasting() == committed.faults[key].lasting(), TELL
    if is_whole:
        assert sorted(committed.faults.keys() - shown.faults.keys()) == [], TELL
        assert shown.holes() == []
        for of_document, of_run in ((committed.zones, shown.zones), (committed.endpoints, shown.endpoints)):
            assert {check: some for check, some in of_document.items() if not some <= of_run.get(check, set())} == {}, TELL
