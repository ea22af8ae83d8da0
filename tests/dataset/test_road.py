"""The first half in one go: a corpus as found → balance → synthesize → check → merge → training rows."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from rnnoise_py.spec.layout import ROW_SIZE
from tests.dataset_tree import LANGUAGES, add_bad_files, add_formats, write_config, write_tree

REPOSITORY = Path(__file__).parents[2]


def test_from_a_found_corpus_to_training_rows(tmp_path: Path) -> None:
    """Languages, noise categories, every format and every kind of bad file go through all the commands."""

    def run(*options: str | Path, code: int | None = 0) -> str:
        command = [sys.executable, "-m", "rnnoise_py", *map(str, options)]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode in ({0, 1} if code is None else {code}), done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    tree = write_tree(tmp_path / "tree")
    add_formats(tree / "speech" / "polish" / "more")
    add_bad_files(tree / "speech" / "dutch")
    add_bad_files(tree / "noise" / "street")

    options = ("--speech", ",".join(LANGUAGES), "-o", tmp_path / "balanced", "--json")
    balanced = json.loads(run("dataset", "balance", tree / "speech", *options, code=1))
    kept = [language["kept_seconds"] for language in balanced["languages"]]
    shortest = min(language["seconds"] for language in balanced["languages"])
    assert all(shortest - 4 < seconds <= shortest for seconds in kept)

    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", speech_dir=tmp_path / "balanced")
    summary = json.loads(run("dataset", "synthesize", config, "--workers", "2", "--json", code=None))
    assert summary["clips"] == 7

    run("dataset", "stats", tmp_path / "out")
    both = ("--clean", tmp_path / "out/clean", "--noise", tmp_path / "out/noise")
    run("dataset", "check", *both, "--json", code=None)
    merged = tmp_path / "merged"
    run("dataset", "merge", *both, "-o", merged)
    count = 300
    run("features", merged / "all_clean.raw", merged / "all_noise.raw", "-n", str(count), "-o", tmp_path / "a.f32")
    run("features", tmp_path / "out/clean", tmp_path / "out/noise", "-n", str(count), "-o", tmp_path / "b.f32")
    rows = np.fromfile(tmp_path / "a.f32", "<f4").reshape(count, ROW_SIZE)
    assert np.isfinite(rows).all()
    assert (tmp_path / "a.f32").read_bytes() == (tmp_path / "b.f32").read_bytes()
