"""The script that measures a GPU: it runs where there is none, so that it runs where there is one."""

import json
from pathlib import Path

import pytest

pytest.importorskip("tensorflow", reason="it measures TensorFlow")

from benchmarks.bench_gpu import Case, main, run, table


@pytest.mark.slow
def test_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both engines, with XLA and without, agree; the table and the JSON name every case."""
    assert main(["--dry-run", "--json", str(tmp_path / "cases.json")]) == 0
    cases = json.loads((tmp_path / "cases.json").read_text())
    assert [(case["engine"], case["batch"]) for case in cases] == [
        (name, batch) for batch in (2, 4) for name in ("numba", "tensorflow", "tensorflow, XLA")
    ]
    assert all(case["steps"] and case["steps_per_second"] > 0 for case in cases if not case["skipped"])
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(cases)


def test_what_was_not_measured_is_said() -> None:
    """Without time nothing is made up."""
    assert "not measured: no time" in table([Case("numba", 32, 2000, skipped="no time")])


@pytest.mark.slow
def test_the_time_is_kept() -> None:
    """No case is begun that would not end in time."""
    first, *others = run((2,), 60, 0.0)
    assert first.steps > 0
    assert all(case.skipped for case in others)
