"""Pack a folder into one archive: the same files give the same bytes."""

import contextlib
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from rnnoise_py.audio.files import walk_files
from rnnoise_py.errors import DependencyError, InputError, OutputError
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import atomic_path, check_new
from rnnoise_py.runs.outputs import check_outputs
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.skipped import Skipped
from rnnoise_py.runs.words import counted

_DATE: Final = (1980, 1, 1, 0, 0, 0)  # of every entry: the archive depends on names and contents alone
_BLOCK: Final = 1 << 20
#: suffix → how; audio hardly shrinks in zip and gz, so the defaults are quick ones
FORMATS: Final = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")


@dataclass(frozen=True)
class PackReport:
    """What went into an archive."""

    archive: Path
    files: int
    size: int  #: bytes of the archive
    skipped: list[tuple[str, str]]  #: (path, reason)

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        return [f"{printable(self.archive)}: {counted(self.files, 'file')}, {self.size:,} bytes"]

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {
            "archive": printable(self.archive),
            "files": self.files,
            "bytes": self.size,
            "skipped": [list(item) for item in self.skipped],
        }


def pack(folder: Path, archive: Path, *, follow_links: bool = False, force: bool = False) -> int:
    """Pack a folder as :func:`pack_folder` does and return the number of files."""
    return pack_folder(folder, archive, follow_links=follow_links, force=force).files


def pack_folder(folder: Path, archive: Path, *, follow_links: bool = False, force: bool = False) -> PackReport:
    """Pack every file of a folder (hidden ones left out) into an archive.

    Parameters
    ----------
    folder
        What to pack; names in the archive start with the folder's own.
    archive
        ``.zip``, ``.tar``, ``.tar.gz``, ``.tgz``, ``.tar.bz2``, ``.tar.xz`` or ``.tar.zst`` by its name.
    follow_links
        Pack what links out of the folder point to; else such files are left out, with a warning.
    force
        Replace an archive that is there.

    Raises
    ------
    InputError
        When the folder is missing or has nothing to pack, or the format is unknown.
    OutputError
        When the archive is there already, is one of the files, or cannot be written.
    DependencyError
        When ``.tar.zst`` is asked for and there is no ``zstd``.
    """
    name = archive.name.lower()
    suffix = next((suffix for suffix in FORMATS if name.endswith(suffix)), None)
    if suffix is None:
        raise InputError(f"{printable(archive)}: unknown archive format, use one of {' '.join(FORMATS)}")
    skipped = Skipped("the names above")
    paths = _files(folder, archive, skipped, follow_links=follow_links)
    check_new(archive, force=force)
    check_outputs([archive], paths)
    writer = _zip if suffix == ".zip" else _tar
    root = folder.resolve()
    with atomic_path(archive) as temporary, Progress(len(paths), "file", "pack") as progress:
        add: Callable[[Path, str], None]
        with writer(temporary, suffix) as add:
            for path in paths:
                add(path, f"{root.name}/{path.relative_to(folder).as_posix()}")
                progress.update(1)
    return PackReport(archive, len(paths), archive.stat().st_size, skipped.items)


def _files(folder: Path, archive: Path, skipped: Skipped, *, follow_links: bool) -> list[Path]:
    """List what is packed; links out of the folder are left out unless they are followed."""
    root, own = folder.resolve(), archive.parent.resolve() / archive.name
    paths = []
    for path in walk_files(folder):
        if not path.is_file() or path.parent.resolve() / path.name == own:
            continue
        if follow_links or path.resolve().is_relative_to(root):
            paths.append(path)
        else:
            skipped.add(path, f"{printable(path)} leads out of the folder, to {printable(path.resolve())}")
    skipped.finish()
    if not paths:
        remedy = ": add --follow-links to pack what its links point to" if skipped.items else ""
        raise InputError(f"folder {printable(folder)} holds no files to pack{remedy}")
    return paths


@contextlib.contextmanager
def _zip(target: Path, suffix: str) -> Iterator[Callable[[Path, str], None]]:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def add(path: Path, name: str) -> None:
            entry = zipfile.ZipInfo(printable(name), _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as out:
                shutil.copyfileobj(source, out, _BLOCK)

        yield add


@contextlib.contextmanager
def _tar(target: Path, suffix: str) -> Iterator[Callable[[Path, str], None]]:
    with _compressor(target, suffix) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:

        def add(path: Path, name: str) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = path.stat().st_size
            entry.mode = 0o644
            with path.open("rb") as source:
                archive.addfile(entry, source)

        yield add


@contextlib.contextmanager
def _compressor(target: Path, suffix: str) -> Iterator[IO[bytes]]:
    with target.open("wb") as raw:
        stream: Any
        if suffix in {".tar.gz", ".tgz"}:
            import gzip

            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as stream:
                yield stream
        elif suffix == ".tar.bz2":
            import bz2

            with bz2.open(raw, "wb") as stream:
                yield stream
        elif suffix == ".tar.xz":
            import lzma

            with lzma.open(raw, "wb", preset=1) as stream:
                yield stream
        elif suffix == ".tar.zst":
            with _zstd(raw) as stream:
                yield stream
        else:
            yield raw


@contextlib.contextmanager
def _zstd(raw: IO[bytes]) -> Iterator[IO[bytes]]:
    program = shutil.which("zstd")
    if program is None:
        raise DependencyError("packing .tar.zst needs the program zstd: install it, or choose .tar.gz")
    with subprocess.Popen([program, "-q", "-T1", "-c"], stdin=subprocess.PIPE, stdout=raw) as process:
        assert process.stdin is not None
        try:
            yield process.stdin
            process.stdin.close()
        except BaseException:
            process.kill()
            raise
        if process.wait():
            raise OutputError(f"zstd failed with code {process.returncode}: is the disk full?")
