"""A file that is replaced hands its permissions on, in every command: what was private stays private."""

import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rnnoise_py.model import write_model
from tests.command_line import run_here
from tests.model_samples import synthetic

PRIVATE, USUAL = 0o600, 0o640


def mode(path: Path) -> int:
    """Permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clean and a noise folder of a second, a model, and nothing else."""
    rng = np.random.default_rng(4)
    for name in ("clean", "noise"):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "a.wav", rng.normal(0, 0.05, 48_000), 48_000)
    write_model(synthetic("synthetic_a"), tmp_path / "model.rnnn", "text")
    return tmp_path


@pytest.mark.parametrize("permissions", [PRIVATE, USUAL], ids=oct)
@pytest.mark.parametrize(
    ("made", "arguments"),
    [
        (["rows.h5"], "features clean noise -n 600 -o rows.h5"),
        (["rows.f32"], "features clean noise -n 600 -o rows.f32"),
        (["out.wav", "v.csv"], "denoise clean/a.wav out.wav --model model.rnnn --vad v.csv"),
        (["m/all_clean.raw", "m/all_noise.raw", "m/files.csv"], "dataset merge --clean clean --noise noise -o m"),
        (["e/model.rnn", "e/rnn_data.c", "e/Makefile"], "export model.rnnn -o e"),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_permissions_are_kept(
    folder: Path,
    made: list[str],
    arguments: str,
    permissions: int,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """With ``--force``, and nobody else could read the new content on the way."""
    monkeypatch.chdir(folder)
    for name in made:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"")
        Path(name).chmod(permissions)
    done = run_here(capfdbinary, *arguments.split(), "--force")
    assert done.code == 0, done.err
    assert [mode(folder / name) for name in made] == [permissions] * len(made)
    assert all((folder / name).stat().st_size for name in made)
