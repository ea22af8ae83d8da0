"""What is kept about the files of a folder: nothing is opened twice, and what was written to is looked at again."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.audio import open_pcm, stream
from rnnoise_py.audio.known_files import KnownFiles
from rnnoise_py.audio.spool import Spool

OLD = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One file of each kind, one that is cut short, one that cannot be read; however short it takes, it is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(stream, "WORTH_SECONDS", 0)
    made = tmp_path / "folder"
    made.mkdir()
    noise = np.random.default_rng(1).standard_normal(9_000)
    soundfile.write(made / "a.wav", 0.1 * noise, 48_000)
    soundfile.write(made / "b.flac", 0.1 * noise, 44_100)
    soundfile.write(made / "c.wav", 3 * noise, 48_000, subtype="FLOAT")
    (made / "d.raw").write_bytes(np.arange(700, dtype="<i2").tobytes())
    (made / "e.wav").write_bytes((made / "a.wav").read_bytes()[:9_000])
    (made / "f.wav").write_bytes(b"nothing of the kind")
    for path in made.iterdir():
        os.utime(path, (OLD, OLD))
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were opened to look at them, or decoded."""
    names: list[str] = []

    def spy(where: Any, name: str) -> None:
        original: Callable[..., Any] = getattr(where, name)

        def call(*arguments: Any) -> Any:
            names.append(Path(arguments[-1]).name)
            return original(*arguments)

        monkeypatch.setattr(where, name, call)

    spy(stream, "open_audio")
    spy(Spool, "decode")
    return names


def test_known_files_are_not_opened(folder: Path, opened: list[str]) -> None:
    """The second time the same stream, and only what cannot be read is tried again; decoded is what is read."""
    with open_pcm(folder) as first:
        samples, notes, clipped = first.read(0, first.samples), first.notes, first.clipped
        truncated, skipped = first.truncated, first.skipped
    opened.clear()
    with open_pcm(folder) as second:
        assert opened == ["f.wav"]
        assert (second.samples, second.notes, second.clipped) == (len(samples), notes, clipped)
        assert clipped > 0
        assert (second.truncated, second.skipped) == (truncated, skipped)
        assert [path.name for path in truncated] == ["e.wav"]
        assert np.array_equal(second.read(9_100, 500), samples[9_100:9_600])
        assert opened == ["f.wav", "b.flac"]
        assert np.array_equal(second.read(0, len(samples)), samples)
        assert opened.count("b.flac") == opened.count("c.wav") == 1


def test_digests_are_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the first run are those of the second, which reads nothing; one of a changed file is made again."""
    with open_pcm(folder) as first:
        expected = first.sources
    read: list[str] = []
    original = stream.describe_source
    monkeypatch.setattr(stream, "describe_source", lambda path: (read.append(path.name), original(path))[1])
    with open_pcm(folder) as second:
        assert second.sources == expected
    assert read == []
    changed = (folder / "d.raw").read_bytes()[::-1]
    (folder / "d.raw").write_bytes(changed)
    with open_pcm(folder) as third:
        assert [one["sha256"] for one in third.sources] != [one["sha256"] for one in expected]
    assert read == ["d.raw"]


def test_what_changed_is_looked_at_again(folder: Path, opened: list[str]) -> None:
    """A file that was written to, one that came, one that went; one changed a moment ago is not remembered."""
    open_pcm(folder).close()
    soundfile.write(folder / "a.wav", np.zeros(600), 48_000)
    (folder / "c.wav").unlink()
    (folder / "g.raw").write_bytes(bytes(960))
    for _ in range(2):
        opened.clear()
        with open_pcm(folder) as found:
            assert not found.read(0, 600).any()
            assert [path.name for path in found.files] == ["a.wav", "b.flac", "d.raw", "e.wav", "g.raw"]
        assert [name for name in opened if name in {"a.wav", "b.flac", "g.raw"}][:2] == ["a.wav", "g.raw"]


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"version": 1}', "nothing"])
def test_damaged_notes_are_not_believed(folder: Path, tmp_path: Path, opened: list[str], content: str) -> None:
    """A torn or foreign file in the cache is as good as none."""
    open_pcm(folder).close()
    (kept,) = (tmp_path / "cache/rnnoise-py/audio").iterdir()
    sound = json.loads(kept.read_text())
    kept.write_text(content)
    opened.clear()
    open_pcm(folder).close()
    assert "a.wav" in opened
    for bad in (-1, "1", None, 1.5):
        sound["files"]["a.wav"][1] = bad
        kept.write_text(json.dumps(sound))
        opened.clear()
        open_pcm(folder).close()
        assert "a.wav" in opened


def test_what_is_beside_an_output_serves_other_machines(
    folder: Path, tmp_path: Path, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine with another cache opens nothing that the first one knows."""
    with open_pcm(folder) as first:
        first.keep(tmp_path / "known")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    opened.clear()
    open_pcm(folder, known=tmp_path / "known").close()
    assert opened == ["f.wav"]


def test_without_a_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home: all is looked at every time."""
    monkeypatch.setattr("rnnoise_py.audio.known_files.user_cache", lambda: None)
    for _ in range(2):
        with open_pcm(folder) as found:
            assert found.samples > 0


def test_few_folders_are_remembered(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten."""
    monkeypatch.setattr("rnnoise_py.audio.known_files.MOST_FOLDERS", 2)
    for number in range(4):
        (tmp_path / f"copy{number}").symlink_to(folder)
        known = KnownFiles(tmp_path / f"copy{number}" / ".")
        known.grown = True
        known._cached = tmp_path / "cache/rnnoise-py/audio" / f"{number}.json"
        known.save()
        os.utime(known._cached, (OLD + number, OLD + number))
    assert {path.name for path in (tmp_path / "cache/rnnoise-py/audio").iterdir()} <= {"1.json", "2.json", "3.json"}
