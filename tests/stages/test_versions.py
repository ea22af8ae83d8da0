"""A step whose result changes gets another VERSION: it is part of the keys by which recipes find what is there.

Recorded artefacts, by step and version. Where one differs, the step makes something else than the same settings made
before: raise the step's ``VERSION`` and record the new digest beside the old one, or find out why it changed.
"""

import hashlib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from rnnoise_py.model import write_model
from rnnoise_py.stages import balance, convert, denoise, export, features, merge, synthesize, train
from tests.conftest import DATA
from tests.model_samples import synthetic

CLEAN, NOISE = DATA / "clean.flac", DATA / "noise.flac"

#: digests of what :data:`MAKERS` make, by step and version
RECORDED: Final[dict[tuple[str, int], str]] = {
    ("features", 1): "3e164741260780e991ac27fe8db7dd38",
    ("convert", 1): "56436962c9540e2ca5e8080aa4269d6a",
    ("train", 1): "1f15985a2c4c40fe43958900ef2157d1",
    ("export", 1): "b1c9f3c67d92ac2d01e6aaa4568f817f",
    ("merge", 1): "bdd418a639df5261feee954a002a0d46",
    ("balance", 1): "cb5f527f08f3199fa2b96f9311d1220a",
    ("synthesize", 1): "f6aa037ae5e08c3ad9e8e1f61d0754df",
    ("denoise", 1): "23fe30ac01f6486a5b8dbfa8251df0ce",
}


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


def _folders(folder: Path) -> tuple[Path, Path]:
    """A folder of clean and one of noise, two files in each."""
    for kind, source in (("clean", CLEAN), ("noise", NOISE)):
        (folder / kind).mkdir()
        for number in range(2):
            (folder / kind / f"{kind}_{number}.flac").symlink_to(source)
    return folder / "clean", folder / "noise"


def _features(folder: Path) -> str:
    made = features.run(features.Settings(clean=CLEAN, noise=NOISE, output=folder / "rows.f32", count=3000, seed=5))
    return made.digests[0][:32]


def _convert(folder: Path) -> str:
    rows = folder / "rows.f32"
    features.run(features.Settings(clean=CLEAN, noise=NOISE, output=rows, count=500))
    convert.run(convert.Settings(rows=rows, output=folder / "rows.h5"))
    convert.run(convert.Settings(rows=folder / "rows.h5", output=folder / "again.f32"))
    assert (folder / "again.f32").read_bytes() == rows.read_bytes()
    return _digest(rows)


def _train(folder: Path) -> str:
    rows = folder / "rows.h5"
    features.run(features.Settings(clean=CLEAN, noise=NOISE, output=rows, count=1200))
    settings = train.Settings(
        rows=(rows,), output=folder / "w.hdf5", epochs=2, window=100, batch=4, engine="numba", tensorboard=False
    )
    return train.run(settings).digest[:32]


def _export(folder: Path) -> str:

    weights = folder / "a.rnnn"
    write_model(synthetic("synthetic_a"), weights, "text")
    made = export.run(export.Settings(weights=weights, output=folder / "out", formats=("text", "packed")))
    return _digest(made.folder / "model.rnnn", made.folder / "model.rnn")


def _merge(folder: Path) -> str:
    clean, noise = _folders(folder)
    made = merge.run(merge.Settings(clean=(clean,), noise=(noise,), output=folder / "out"))
    return _digest(made.clean, made.noise)


def _balance(folder: Path) -> str:
    _folders(folder)
    made = balance.run(balance.Settings(root=folder, speech=("clean", "noise"), output=folder / "out"))
    assert not made.incomplete
    return hashlib.sha256(repr(sorted(p.name for p in (folder / "out").rglob("*.flac"))).encode()).hexdigest()[:32]


def _synthesize(folder: Path) -> str:
    clean, noise = _folders(folder)
    keys = {"speech_dir": str(clean), "noise_dir": str(noise), "total_hours": "0.004", "audio_length": "5"}
    made = synthesize.run(synthesize.Settings(overrides=keys, output=folder / "out", seed=3))
    return _digest(*(path for kind in (made.clean, made.noise, made.noisy) for path in sorted(kind.iterdir())))


def _denoise(folder: Path) -> str:
    out = folder / "out.wav"
    denoise.run(denoise.Settings(inputs=(DATA / "noisy.flac",), output=out, model=Path("synthetic"), backend="numba"))
    return _digest(out)


MAKERS: Final[dict[str, Callable[[Path], str]]] = {
    "features": _features,
    "convert": _convert,
    "train": _train,
    "export": _export,
    "merge": _merge,
    "balance": _balance,
    "synthesize": _synthesize,
    "denoise": _denoise,
}


@pytest.mark.parametrize("step", MAKERS)
def test_the_same_version_makes_the_same(step: str, tmp_path: Path) -> None:
    """What a step makes has the recorded digest of its version."""
    version = import_module(f"rnnoise_py.stages.{step}").VERSION
    assert MAKERS[step](tmp_path) == RECORDED.get((step, version)), f"raise VERSION of stages/{step}.py"
