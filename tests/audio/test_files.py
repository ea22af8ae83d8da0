"""Which files of a folder are taken, and in which order."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.audio import list_audio_files, open_audio
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from tests.command_line import run_here


def _touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def _names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in list_audio_files(root)]


def test_numbers_after_the_last_underscore_rule_when_every_name_has_one(tmp_path: Path) -> None:
    """clean_fileid_10 comes after clean_fileid_9, whatever the folder."""
    _touch(tmp_path, "b/x_fileid_2.wav", "a/y_fileid_10.wav", "z_1.flac", "a/z_9.WAV")
    assert _names(tmp_path) == ["z_1.flac", "b/x_fileid_2.wav", "a/z_9.WAV", "a/y_fileid_10.wav"]


def test_natural_order_when_one_name_has_no_number(tmp_path: Path) -> None:
    """One name without a number and all are sorted by path, digits as numbers."""
    _touch(tmp_path, "a10_1.wav", "a9_2.wav", "b.wav", "a/10.wav", "a/9.wav")
    assert _names(tmp_path) == ["a/9.wav", "a/10.wav", "a9_2.wav", "a10_1.wav", "b.wav"]


def test_equal_numbers_follow_the_path(tmp_path: Path) -> None:
    """Equal numbers, also with leading zeros, follow the natural order of their paths."""
    _touch(tmp_path, "b_1.wav", "a_1.wav", "a_01.wav")
    assert _names(tmp_path) == ["a_01.wav", "a_1.wav", "b_1.wav"]


def test_other_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    """Texts, hidden names (also of a Mac) and hidden folders are not taken."""
    _touch(tmp_path, "a.wav", "readme.txt", "._a.wav", ".cache/b.wav", "c.RAW", "d.mp3.txt")
    assert _names(tmp_path) == ["a.wav", "c.RAW"]


def test_link_loops_end(tmp_path: Path) -> None:
    """A folder that links to its parent is listed once; a dangling link stays in the list."""
    _touch(tmp_path, "a/x.wav", "b/y.wav")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    (tmp_path / "b" / "dangling.wav").symlink_to(tmp_path / "nowhere.wav")
    found = list_audio_files(tmp_path)
    assert sorted(path.name for path in found) == ["dangling.wav", "x.wav", "y.wav"]


def test_names_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    """Any bytes in a name are listed and shown."""
    name = os.fsdecode(b"caf\xe9_\xff.wav")
    try:
        (tmp_path / name).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (found,) = list_audio_files(tmp_path)
    assert printable(found).endswith("caf\\xe9_\\xff.wav")
    printable("Straße 日本.wav").encode()


def test_missing_folder(tmp_path: Path) -> None:
    """A missing folder is an error that names it."""
    with pytest.raises(InputError, match="nowhere"):
        list_audio_files(tmp_path / "nowhere")


def test_flac_without_its_length(tmp_path: Path, capfdbinary: Any) -> None:
    """Written to a pipe it says zero samples, which libsndfile takes for 2⁶³ − 1; its frames tell."""
    path = tmp_path / "piped.flac"
    pcm = np.random.default_rng(4).integers(-9_000, 9_000, 48_000).astype(np.int16)
    soundfile.write(path, pcm, 48_000)
    content = bytearray(path.read_bytes())
    content[21] &= 0xF0  # the last 36 bits before the checksum of STREAMINFO: samples
    content[22:26] = bytes(4)
    path.write_bytes(content)
    with open_audio(path) as audio:
        assert (audio.frames, audio.shortfall) == (48_000, "")
        assert np.array_equal(audio.read_int16(-1)[:, 0], pcm)
    done = run_here(capfdbinary, "dataset", "stats", "--json", tmp_path)
    assert (done.code, json.loads(done.out)["total"]["seconds"]) == (0, 1)


def test_a_file_is_no_missing_folder(tmp_path: Path, capfdbinary: Any) -> None:
    """What is there, but no folder, is called a file."""
    path = tmp_path / "n.wav"
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"n\.wav is a file: give a folder"):
        list_audio_files(path)
    (tmp_path / "empty.cfg").write_text("[noisy_speech]\n")
    for command in (
        ["dataset", "merge", "--clean", path, "--noise", path],
        ["dataset", "balance", tmp_path, "--speech", "n.wav"],
        ["dataset", "synthesize", tmp_path / "empty.cfg", "--set", f"speech_dir={path}"],
    ):
        done = run_here(capfdbinary, *command, "-o", tmp_path / "out")
        assert (done.code, "n.wav is a file: " in done.err) == (2, True), done.err
