"""What a file really is, by its first bytes, when it is not what its name promises; and what to do about it."""

from typing import Final, NamedTuple

HEAD_BYTES: Final = 512  #: enough to tell

_LFS: Final = b"version https://git-lfs.github.com/spec/"
_MAGIC: Final = (
    (b"\x1f\x8b", "compressed (gzip)", "unpack it first: gunzip {name}"),
    (b"\xfd7zXZ\0", "compressed (xz)", "unpack it first: unxz {name}"),
    (b"BZh", "compressed (bzip2)", "unpack it first: bunzip2 {name}"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", "unpack it first: unzstd {name}"),
    (b"PK\x03\x04", "a ZIP archive", "unpack it first: unzip {name}"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "unpack it first: 7z x {name}"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first: unrar x {name}"),
    (b"%PDF", "a PDF document", "give the right file"),
    (b"\x89PNG", "a picture (PNG)", "give the right file"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "give the right file"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "give the right file"),
    (b"\x93NUMPY", "a numpy array", "give the right file"),
    (b"MThd", "MIDI, notes and no audio", "give a recording of it"),
    (b"\x7fELF", "a program or a library", "give the right file"),
)
_TAR_AT: Final = 257
_PAGES: Final = (b"<!doctype html", b"<html", b"<head", b"<!doctype")


class Content(NamedTuple):
    """What a file is, and what to do."""

    what: str  #: to follow "is"
    remedy: str


def content_of(head: bytes, name: str) -> Content | None:
    """Name what begins with ``head`` (up to 512 bytes), when it is one of the things that files are mistaken for.

    Parameters
    ----------
    head
        First bytes of the file.
    name
        Of the file, as it may be printed, for the remedy.
    """
    if head.startswith(_LFS):
        return Content("a Git LFS pointer, not the file itself", "fetch it in its repository: git lfs pull")
    for magic, what, remedy in _MAGIC:
        if head.startswith(magic):
            return Content(what, remedy.format(name=name))
    if head[_TAR_AT : _TAR_AT + 5] == b"ustar":
        return Content("a tar archive", f"unpack it first: tar -xf {name}")
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_PAGES):
        return Content("a web page (HTML)", "download it again, from the link to the file itself")
    if text.startswith(b"<?xml"):
        return Content("an XML document, perhaps a server's error", "download it again")
    return None
