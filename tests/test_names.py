"""Names that are no UTF-8, and names with control characters: every command takes them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset.moving import quarantine, undo_quarantine
from rnnoise_py.model import read_float_model
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.progress import note, warn
from rnnoise_py.runs.provenance import describe_source, read_manifest, write_manifest
from rnnoise_py.training.config import CONFIG_NAME, TrainingConfig, load_config
from tests.command_line import REPOSITORY, run_here
from tests.training_samples import random_rows, write_rows

LATIN = os.fsdecode(b"caf\xe9")


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    """Make a folder whose name is no UTF-8, with a second of hiss in it."""
    folder = tmp_path / LATIN
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    for kind in ("speech", "noise"):
        (folder / kind).mkdir()
        hiss = 0.1 * np.random.default_rng(1).standard_normal(48_000)
        soundfile.write(os.fsencode(folder / kind / f"{LATIN}.wav"), hiss, 48_000)
    return folder


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (b"caf\xe9", "caf\\xe9"),
        (b"a\nb", "a\\nb"),
        (b"a\tb\x1b[31m", "a\\tb\\x1b[31m"),
        (b"\x7f", "\\x7f"),
        ("\x85\u2028Straße".encode(), "\\x85\\u2028Straße"),
        ("gnp\u202eabc\u2069\u200f\u061c".encode(), "gnp\\u202eabc\\u2069\\u200f\\u061c"),
        ("שלום नमस्ते 👩\u200d🚀".encode(), "שלום नमस्ते 👩\u200d🚀"),
    ],
)
def test_printable_is_one_line_of_text(name: bytes, expected: str) -> None:
    """Bytes that are no text and control characters are escaped, everything else stays."""
    assert printable(os.fsdecode(name)) == expected
    assert len(printable(os.fsdecode(name)).splitlines()) == 1


def test_manifests_hold_any_name(tmp_path: Path) -> None:
    """What is written is UTF-8 and gives the same name back; sources are described by text."""
    write_manifest(tmp_path / "manifest.json", {"name": LATIN, "text": "Straße"})
    assert "Straße" in (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert read_manifest(tmp_path / "manifest.json")["name"] == LATIN
    write_text(tmp_path / LATIN, "content")
    assert describe_source(tmp_path / LATIN)["path"].endswith("caf\\xe9")


def test_quarantine_of_any_name(latin: Path, tmp_path: Path) -> None:
    """There and back."""
    sound = latin / "noise" / f"{LATIN}.wav"
    undo = quarantine([sound], tmp_path / "away")
    assert not sound.exists()
    assert undo_quarantine(undo) == 1
    assert sound.is_file()


def test_lists_and_warnings_keep_their_lines(tmp_path: Path, capfdbinary: Any) -> None:
    """A name with a tab, a newline and an escape is one field of one line."""
    bad = tmp_path / "folder" / "a\tb\nc\x1b.wav"
    bad.parent.mkdir()
    bad.write_bytes(b"no sound")
    listing = tmp_path / "list.tsv"
    assert run_here(capfdbinary, "dataset", "check", "--noise", bad.parent, "--list", listing).code == 1
    (line,) = listing.read_text().splitlines()
    assert line.split("\t")[0].endswith("a\\tb\\nc\\x1b.wav")
    done = run_here(capfdbinary, "train", bad)
    assert (done.code, done.err.count("\n"), "\x1b" in done.err) == (2, 1, False)
    warn(f"{bad} is bad")
    assert capfdbinary.readouterr().err.count(b"\n") == 1
    note("first \u202e\x1b line\nsecond")
    assert capfdbinary.readouterr().err == b"first \\u202e\\x1b line\nsecond\n"


def test_rows_of_any_name(latin: Path, capfdbinary: Any) -> None:
    """Features with shards, convert of a bare file, a bare file of any name."""
    sources = (latin / "speech", latin / "noise")
    shards = latin / f"{LATIN}.h5"
    assert run_here(capfdbinary, "features", *sources, "-n", 50, "--shards", 2, "-o", shards).code == 0
    names = [entry["name"] for entry in read_manifest(latin / f"{LATIN}.json")["files"]]
    assert names == [f"{LATIN}.1-of-2.h5", f"{LATIN}.2-of-2.h5"]
    bare = write_rows(latin / f"{LATIN}.f32", random_rows(1, 50))
    assert run_here(capfdbinary, "convert", bare, latin / "converted.h5").code == 0


def test_training_with_any_name(latin: Path, capfdbinary: Any) -> None:
    """Rows, output, initial model, run folder: trained, recorded, resumed from the record alone."""
    rows, first, second = latin / f"{LATIN}.h5", latin / "first.hdf5", latin / f"{LATIN}.hdf5"
    write_rows(rows, random_rows(4, 20))
    common = ("--epochs", 1, "--window", 20, "--batch", 2, "--engine", "numba", "--no-tensorboard", "--workers", 1)
    assert run_here(capfdbinary, "train", rows, "-o", first, *common).code == 0
    done = run_here(capfdbinary, "train", rows, "-o", second, "--init", first, *common)
    assert (done.code, done.out) == (0, os.fsencode(second) + b"\n"), done.err
    run_folder = second.with_suffix(".run")
    assert load_config(run_folder / CONFIG_NAME).initial == first
    assert read_manifest(run_folder / "run.json")["initial"]["path"] == printable(first)
    assert run_here(capfdbinary, "train", "--resume", "-o", second, "--epochs", 2).code == 0
    assert read_float_model(second).weights


def test_configurations_hold_any_name(tmp_path: Path) -> None:
    """Whatever bytes a name has, TOML gives it back."""
    name = os.fsdecode(bytes([*range(1, 47), *range(48, 256)]))
    config = TrainingConfig(rows=(Path(name), Path("Straße")), output=Path(f"{name}.hdf5"))
    write_text(tmp_path / CONFIG_NAME, config.to_toml())
    assert load_config(tmp_path / CONFIG_NAME) == config


def test_synthesis_from_any_name(latin: Path, tmp_path: Path, capfdbinary: Any) -> None:
    """Folders of speech, of noise categories and of results; tables and manifest are UTF-8."""
    (tmp_path / "synthesizer.cfg").write_text("[noisy_speech]\n")
    out = latin / "out"
    settings = {
        "speech_dir": latin / "speech",
        "noise_dir": latin,
        "audio_length": 1,
        "total_hours": 1 / 3600,
        "clean_activity_threshold": 0,
    }
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    done = run_here(capfdbinary, "dataset", "synthesize", tmp_path / "synthesizer.cfg", "-o", tmp_path / "o", *sets)
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "o" / "logs" / "manifest.json").read_text(encoding="utf-8"))["clips"] == 1
    assert "caf\\xe9" in (tmp_path / "o" / "logs" / "clips.csv").read_text(encoding="utf-8")
    done = run_here(
        capfdbinary,
        "dataset",
        "synthesize",
        tmp_path / "synthesizer.cfg",
        "-o",
        out,
        *sets,
        "--set",
        f"noise_dir={latin / 'noise'}",
    )
    assert done.code == 0, done.err


def test_denoising_and_lossless_copies_of_any_name(latin: Path) -> None:
    """The library gets the bytes of the name."""
    from rnnoise_py.denoiser import Controls, open_engine
    from rnnoise_py.denoiser.file import denoise_file
    from rnnoise_py.report.sound import write_flac

    source = latin / "speech" / f"{LATIN}.wav"
    target = latin / f"{LATIN}.flac"
    assert denoise_file(source, target, open_engine(backend="numba"), Controls()).seconds == 1
    write_flac(target, np.zeros(480, np.int16))
    assert target.is_file()


def test_comparing_with_any_name(latin: Path, capfdbinary: Any) -> None:
    """Recordings, title, folder of the report, lossless copies: nothing fails after the work."""
    for package in ("jinja2", "PIL", "pystoi"):
        pytest.importorskip(package, reason=f"no {package}: pip install rnnoise-py[report]")
    done = run_here(
        capfdbinary,
        "compare",
        latin / "speech",
        "--model",
        "default",
        "--lossless",
        "-o",
        latin / "out",
        "--title",
        LATIN,
    )
    assert done.code == 0, done.err
    assert "caf\\xe9" in (latin / "out" / "index.html").read_text(encoding="utf-8")
    assert len(list((latin / "out" / "audio").iterdir())) == 2


def test_printable_does_not_depend_on_the_locale() -> None:
    """Titles and commands are no names of files: an ASCII locale has no letters for them."""
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    program = r"from rnnoise_py.names import printable; print(printable('Stra\u00dfe').encode())"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, env=environment, capture_output=True, check=True, text=True
    )
    assert done.stdout == f"{'Straße'.encode()!r}\n"


def test_messages_install_what_is_on_an_index() -> None:
    """The package itself is on none: messages name the packages that are missing."""
    for path in sorted((REPOSITORY / "rnnoise_py").rglob("*.py")):
        assert "pip install 'rnnoise-py" not in path.read_text(), path
