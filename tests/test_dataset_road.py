"""The first half in one go: a corpus as found → balance → synthesize → check → merge → training rows."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from rnnoise_py.audio import open_pcm
from rnnoise_py.rows import training_rows
from tests.dataset_tree import LANGUAGES, add_bad_files, add_formats, write_config, write_tree

REPOSITORY = Path(__file__).parent.parent


def test_from_a_found_corpus_to_training_rows(tmp_path: Path) -> None:
    """Languages, noise categories, every format and every kind of bad file go through all the commands."""

    def run(*options: str | Path, code: int | None) -> str:
        command = [sys.executable, "-m", "rnnoise_py", "dataset", *map(str, options)]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode in ({0, 1} if code is None else {code}), done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    tree = write_tree(tmp_path / "tree")
    add_formats(tree / "speech" / "polish" / "more")
    add_bad_files(tree / "speech" / "dutch")
    add_bad_files(tree / "noise" / "street")

    options = ("--speech", ",".join(LANGUAGES), "-o", tmp_path / "balanced", "--json")
    balanced = json.loads(run("balance", tree / "speech", *options, code=1))
    kept = [language["kept_seconds"] for language in balanced["languages"]]
    shortest = min(language["seconds"] for language in balanced["languages"])
    assert all(shortest - 4 < seconds <= shortest for seconds in kept)

    config = write_config(tmp_path / "a.cfg", tree, tmp_path / "out", speech_dir=tmp_path / "balanced")
    summary = json.loads(run("synthesize", config, "--workers", "2", "--json", code=1))
    assert summary["clips"] == 7

    run("stats", tmp_path / "out", code=0)
    both = ("--clean", tmp_path / "out/clean", "--noise", tmp_path / "out/noise")
    run("check", *both, "--json", code=None)
    merged = tmp_path / "merged"
    run("merge", *both, "-o", merged, code=0)
    with open_pcm(merged / "all_clean.raw") as clean, open_pcm(merged / "all_noise.raw") as noise:
        assert clean.samples == noise.samples == 7 * 96_000
        rows = training_rows(clean, noise, 200)
    with open_pcm(tmp_path / "out/clean") as clean, open_pcm(tmp_path / "out/noise") as noise:
        assert np.array_equal(rows.view(np.uint32), training_rows(clean, noise, 200).view(np.uint32))
    assert rows.shape[0] == 200
    assert np.isfinite(rows).all()
