"""Steps on a cluster of processes of this machine: the bytes of a plain run."""

import json
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rnnoise_py.errors import OutputError
from rnnoise_py.rows.job import RowsJob
from rnnoise_py.runs.cluster import opened_cluster
from rnnoise_py.runs.lock import locked
from rnnoise_py.runs.progress import Reporter
from rnnoise_py.stages import check, compare, features, synthesize
from tests.command_line import run_apart
from tests.dataset_tree import write_config, write_tree
from tests.killed import contents

COUNT = 3000


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    """Two worker processes."""
    pytest.importorskip("distributed")
    with opened_cluster("local:2") as opened:
        assert opened is not None
        yield opened


def _settings(data: Path, out: Path, **more: Any) -> features.Settings:
    given = {"count": COUNT, "shards": 3, "workers": 1, **more}
    return features.Settings(clean=data / "clean.flac", noise=data / "noise.flac", output=out, **given)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a plain run gives."""
    folder = tmp_path_factory.mktemp("whole")
    features.run(_settings(data, folder / "rows.h5"))
    return contents(folder)


def test_rows_of_a_cluster(tmp_path: Path, data: Path, whole: dict[str, bytes], executor: Executor) -> None:
    """All files, the manifest too."""
    result = features.run(_settings(data, tmp_path / "rows.h5"), executor=executor)
    assert result.rows == 3 * COUNT
    assert contents(tmp_path) == whole


def test_rows_of_the_command(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """``--cluster local:1``, folders relative to where it is called; no word of Dask's on the terminal."""
    pytest.importorskip("distributed")
    words = ["features", data / "clean.flac", data / "noise.flac", "-n", COUNT, "--shards", 3, "-o", "rows.h5"]
    done = run_apart(*words, "-q", "--cluster", "local:1", cwd=tmp_path)
    assert (done.code, done.out, done.err) == (0, b"", "")
    assert contents(tmp_path) == whole


def test_rows_on_any_executor(tmp_path: Path, data: Path, whole: dict[str, bytes]) -> None:
    """A pool of Python's own."""
    with ThreadPoolExecutor(2) as pool:
        features.run(_settings(data, tmp_path / "rows.h5"), executor=pool)
    assert contents(tmp_path) == whole


def test_a_cluster_goes_on_with_a_plain_run(
    tmp_path: Path, data: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted in its second shard; and a plain run with what a cluster left."""

    class Interrupting(Reporter):
        def advance(self, progress: Any, units: int) -> None:
            if progress.unit == "row" and progress.done > 4000:
                raise KeyboardInterrupt

    settings = _settings(data, tmp_path / "rows.h5", block_rows=500)
    with pytest.raises(KeyboardInterrupt):
        features.run(settings, Interrupting())
    again = features.Settings(**{**vars(settings), "resume": True})
    plain = RowsJob.run

    def half(self: RowsJob, *arguments: Any, **named: Any) -> None:
        steps = self.steps(lambda rows: None, block_rows=500)
        for _ in zip(range(2), steps, strict=False):
            pass
        steps.close()
        raise OutputError("the disk is full")

    monkeypatch.setattr(RowsJob, "run", half)
    monkeypatch.setattr("rnnoise_py.runs.driver.FIRST_PAUSE", 0.01)
    with ThreadPoolExecutor(1) as pool, pytest.raises(OutputError, match="the disk is full"):
        features.run(again, executor=pool)
    monkeypatch.setattr(RowsJob, "run", plain)
    features.run(again)
    assert contents(tmp_path) == whole


def test_two_drivers_of_one_output(tmp_path: Path, data: Path) -> None:
    """The second is refused, a plain run too; what a killed one left does not matter."""
    settings = _settings(data, tmp_path / "rows.h5")
    driver = tmp_path / ".rows.json.driver"
    with ThreadPoolExecutor(1) as pool:
        with locked(driver, tmp_path / "rows.json"):
            for engine in (pool, None):
                with pytest.raises(OutputError, match=r"rows\.json is being written by another run"):
                    features.run(settings, executor=engine)
        assert driver.exists()
        features.run(settings, executor=pool)
    assert not driver.exists()


def test_clips_of_a_cluster(tmp_path: Path, executor: Executor) -> None:
    """Clips, logs and manifest."""
    tree = write_tree(tmp_path / "tree")
    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "unused")
    for name, engine in (("plain", None), ("cluster", executor)):
        synthesize.run(synthesize.Settings(config=config, output=tmp_path / name, workers=1, seed=3), executor=engine)
    assert contents(tmp_path / "cluster") == contents(tmp_path / "plain")


def test_findings_of_a_cluster(tmp_path: Path, executor: Executor) -> None:
    """The whole report."""
    tree = write_tree(tmp_path / "tree")
    settings = check.Settings(clean=(tree / "speech",), noise=(tree / "noise",), workers=1)
    plain, spread = check.run(settings), check.run(settings, executor=executor)
    assert plain.report is not None
    assert spread.report is not None
    assert spread.report.as_json() == plain.report.as_json()


@pytest.mark.slow
def test_a_report_of_a_cluster(tmp_path: Path, data: Path, executor: Executor) -> None:
    """All but the times."""
    pytest.importorskip("jinja2")
    settings: dict[str, Any] = {"inputs": (data / "noisy.flac",), "models": ("default",), "dnsmos": False}
    found = []
    for name, engine in (("plain", None), ("cluster", executor)):
        compare.run(compare.Settings(output=tmp_path / name, workers=1, **settings), executor=engine)
        (recording,) = json.loads((tmp_path / name / "report.json").read_text())["recordings"]
        for values in recording["values"].values():
            values.pop("rtf", None)
            values.pop("rtf_buffer", None)
        found.append(recording)
    assert found[0] == found[1]
