"""Files that are not what their names promise are named for what they are, with what to do."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from rnnoise_py.audio import open_audio, open_pcm
from rnnoise_py.contents import content_of
from rnnoise_py.errors import InputError
from tests.audio_files import pcm, written

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 960044\n"


def _zip(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.wav", content)
    return stream.getvalue()


def _tar(content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo("a.wav")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


WAV = written(pcm(4_800), "WAV", "PCM_16")
MISTAKEN: dict[str, tuple[bytes, str]] = {
    "Git LFS": (LFS, r"is a Git LFS pointer, not the file itself.*: fetch it in its repository: git lfs pull"),
    "HTML": (b"<!DOCTYPE html>\n<html></html>\n", r"is a web page \(HTML\).*: download it again"),
    "HTML, of old": (b"\xef\xbb\xbf \r\n<HTML><head>", r"is a web page \(HTML\)"),
    "XML": (
        b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "is an XML document.*: download it again",
    ),
    "gzip": (gzip.compress(WAV), r"is compressed \(gzip\).*: unpack it first: gunzip .*"),
    "xz": (lzma.compress(WAV), r"is compressed \(xz\).*: unxz"),
    "bzip2": (bz2.compress(WAV), r"is compressed \(bzip2\).*: bunzip2"),
    "zip": (_zip(WAV), "is a ZIP archive.*: unzip"),
    "tar": (_tar(WAV), "is a tar archive.*: tar -xf"),
    "PDF": (b"%PDF-1.7\n", "is a PDF document"),
    "MIDI": (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk", "is MIDI, notes and no audio"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "is an HDF5 file"),
}


@pytest.mark.parametrize("kind", MISTAKEN)
@pytest.mark.parametrize("name", ["a.wav", "a.raw", "a.flac"])
def test_audio_that_is_none(kind: str, name: str, tmp_path: Path) -> None:
    """Named for what it is, whatever suffix it has; bare PCM takes any bytes, but not these."""
    content, words = MISTAKEN[kind]
    path = tmp_path / name
    path.write_bytes(content + bytes(len(content) % 2))
    for reader in (open_audio, open_pcm):
        with pytest.raises(InputError, match=words) as caught:
            reader(path)
        assert str(caught.value).startswith(str(path))
        assert "\n" not in str(caught.value)


def test_a_folder_names_each_that_is_left_out(tmp_path: Path) -> None:
    """The notes of a folder say what its odd files are."""
    (tmp_path / "a.wav").write_bytes(WAV)
    (tmp_path / "b.wav").write_bytes(LFS)
    (tmp_path / "c.wav").write_bytes(b"")
    with open_pcm(tmp_path) as stream:
        assert [path.name for path, _ in stream.skipped] == ["b.wav", "c.wav"]
        assert "git lfs pull" in stream.notes[0]
        assert "is empty (0 bytes)" in stream.notes[1]


@pytest.mark.parametrize(
    "head", [b"", b"RIFF", b"rnnoise-nu model file version 1\n", b"fLaC", bytes(512), b"BZ", b"\x1f"]
)
def test_what_may_be_right(head: bytes) -> None:
    """Anything else has no such name."""
    assert content_of(head, "x") is None
