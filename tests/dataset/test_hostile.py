"""Whatever lies where a manifest, a log, a table or a config is read: one line, exit code 2, nothing changed."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.errors import InputError
from rnnoise_py.runs.provenance import parse_json, read_manifest
from tests.command_line import run_here
from tests.killed import contents

HOSTILE = {
    "nested lists": b"[" * 200_000,
    "nested objects": b'{"a":' * 200_000,
    "closed lists": b"[" * 100_000 + b"]" * 100_000,
    "a huge number": b'{"id": ' + b"9" * 5_000 + b"}",
    "a huge seed": b'{"stage": "balance", "files": [], "seed": ' + b"9" * 5_000 + b"}",
    "null": b"null",
    "no text": b"\xff\xfe\x00\x01",
    "nothing": b"",
    "half": b'{"stage": "quarantine"',
    "other types": b'{"stage": "quarantine", "moves": {"from": 1}, "folders": 5, "files": 3, "run": []}',
    "wrong entries": b'{"stage": "quarantine", "moves": [null, 1, "x", {}], "folders": [null, 1]}',
    "zero bytes": b'{"stage": "quarantine", "folders": ["/"], "moves": [{"from": "/a\\u0000b", "to": "/c"}]}',
    "control": b'{"stage": "\x1b]0;x\x07\xe2\x80\xae"}',
}


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A second of hiss in each of two folders."""
    for seed, kind in enumerate(("clean", "noise")):
        (tmp_path / kind).mkdir()
        hiss = 0.1 * np.random.default_rng(seed).standard_normal(48_000)
        soundfile.write(tmp_path / kind / f"{kind}.wav", hiss, 48_000)
    return tmp_path


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_manifests(folders: Path, content: bytes, capfdbinary: Any) -> None:
    """In every place where the dataset commands read JSON."""
    both = ("--clean", folders / "clean", "--noise", folders / "noise")
    config = folders / "a.cfg"
    config.write_text(f"[noisy_speech]\nspeech_dir: {folders / 'clean'}\nnoise_dir: {folders / 'noise'}\n")
    small = ("--set", "audio_length=1", "--set", "total_hours=0.0003", "--set", "clean_activity_threshold=0")
    cases = {
        "undo/undo.json": ("check", "--undo", folders / "undo" / "undo.json"),
        "balanced/manifest.json": ("balance", folders, "--speech", "clean", "-o", folders / "balanced", "--force"),
        "sampled/manifest.json": ("sample", folders / "clean", "-n", 1, "-o", folders / "sampled", "--resume"),
        "merged/manifest.json": ("merge", *both, "-o", folders / "merged", "--resume"),
        "begun/.merge.jsonl": ("merge", *both, "-o", folders / "begun", "--resume"),
        "out/logs/clips.jsonl": ("synthesize", config, *small, "-o", folders / "out", "--resume"),
    }
    for name, command in cases.items():
        path = folders / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content + (b"\n" if name.endswith("jsonl") and content else b""))
        before = contents(path.parent)
        done = run_here(capfdbinary, "dataset", *command, "-q")
        if name.endswith("jsonl") and content == b"":
            assert done.code == 0  # an empty log is one that was never begun
            continue
        assert (done.code, len(done.error_lines), "Traceback" in done.err) == (2, 1, False), (name, done.err)
        assert "\x1b" not in done.err
        assert contents(path.parent) == before, name


@pytest.mark.parametrize(
    "content",
    [b"[noisy_speech]\nseed: ${seed}\n", b"[noisy_speech]\na: ${b}\nb: ${a}\n", b"[noisy_speech]\n\x00: \x00\n", b"["],
)
def test_hostile_configs(folders: Path, content: bytes, capfdbinary: Any) -> None:
    """Keys that name each other, zero bytes, half a section."""
    path = folders / "a.cfg"
    path.write_bytes(content)
    done = run_here(capfdbinary, "dataset", "synthesize", path, "-o", folders / "out", "-q")
    assert (done.code, len(done.error_lines), "Traceback" in done.err) == (2, 1, False), done.err
    assert not (folders / "out").exists()


@pytest.mark.parametrize(
    ("key", "content"),
    [
        ("speech_csv", b"filename\n" + b"x" * 200_000),
        ("speech_csv", b'filename\n"' + b"x\n" * 100),
        ("noise_csv", b"filename\n\xff\n"),
        ("rir_table_csv", b"a,b,c,d,e\nr.wav,inf,0.5,1,1\n"),
        ("rir_table_csv", b"a,b,c,d,e\nr.wav,1e400,0.5,1,1\n"),
        ("rir_table_csv", b"a,b\nr.wav\n"),
    ],
)
def test_hostile_tables(folders: Path, key: str, content: bytes, capfdbinary: Any) -> None:
    """Long fields, open quotes, no text, numbers that are none."""
    table = folders / "table.csv"
    table.write_bytes(content)
    config = folders / "a.cfg"
    config.write_text(
        f"[noisy_speech]\nspeech_dir: {folders / 'clean'}\nnoise_dir: {folders / 'noise'}\n{key}: {table}\n"
        f"rir_probability: {int(key.startswith('rir'))}\naudio_length: 1\ntotal_hours: 0.0003\n"
    )
    done = run_here(capfdbinary, "dataset", "synthesize", config, "-o", folders / "out", "-q")
    assert (done.code, len(done.error_lines), "Traceback" in done.err) == (2, 1, False), done.err


def test_the_reader_of_manifests_names_the_trouble(tmp_path: Path) -> None:
    """Depth, digits, text, JSON, an object."""
    path = tmp_path / "a.json"
    for name, words in (
        ("nested lists", "nested too deeply"),
        ("a huge number", "too many digits"),
        ("no text", "no UTF-8 text|not UTF-8 text"),
        ("half", "is not JSON"),
        ("null", "holds no JSON object"),
    ):
        path.write_bytes(HOSTILE[name])
        with pytest.raises(InputError, match=words):
            read_manifest(path)
    with pytest.raises(InputError, match="cannot read"):
        read_manifest(tmp_path / "none.json")
    assert parse_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
