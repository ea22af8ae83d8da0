"""What a merge has put into its two streams: one row a file, and the sums."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from rnnoise_py.dataset.decoded import Decoded
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.words import counted
from rnnoise_py.spec.constants import PCM_BYTES, SAMPLE_RATE

COLUMNS: Final = (
    "stream",
    "path",
    "start_seconds",
    "seconds",
    "rate",
    "channels",
    "coding",
    "size",
    "sha256",
    "clipped",
    "rms_dbfs",
    "peak_dbfs",
    "silence",
    "above_8k",
    "shortfall",
)
#: what a row has beside its id, stream and path
_KINDS: Final[dict[str, Any]] = {
    "samples": int,
    "seconds": float,
    "rate": int,
    "channels": int,
    "coding": str,
    "size": int,
    "sha256": str,
    "clipped": int,
    "rms": float,
    "peak": float,
    "silence": float,
    "shortfall": str,
    "narrow": bool,
    "stream_sha256": str,
}

Row = dict[str, Any]


def file_row(number: int, name: str, path: Path, result: Decoded | InputError, stream_sha256: str) -> Row:
    """Describe one file of a stream, as JSON can hold it; a file that was left out has a ``reason``.

    ``stream_sha256`` is the digest of the stream up to the end of this file.
    """
    row: Row = {"id": number, "stream": name, "path": printable(path)}
    if isinstance(result, InputError):
        return {**row, "reason": str(result)}
    measures = result.measures
    return {
        **row,
        "samples": result.samples,
        "seconds": measures.seconds,
        "rate": result.rate,
        "channels": result.channels,
        "coding": result.coding,
        "size": path.stat().st_size,
        "sha256": result.sha256,
        "clipped": result.clipped,
        "rms": measures.rms,
        "peak": measures.peak,
        "silence": measures.silence,
        "above_8k": measures.above_8k,
        "shortfall": result.shortfall,
        "narrow": result.rate >= SAMPLE_RATE and measures.narrow,
        "stream_sha256": stream_sha256,
    }


def is_file_row(row: Any) -> bool:
    """Tell whether an object has all that :func:`file_row` returns."""
    if not isinstance(row, dict) or not isinstance(row.get("id"), int):
        return False
    if not all(isinstance(row.get(name), str) for name in ("stream", "path")):
        return False
    if "reason" in row:
        return isinstance(row["reason"], str)
    return all(isinstance(row.get(name), kind) for name, kind in _KINDS.items()) and isinstance(
        row.get("above_8k", 0), (float, type(None))
    )


@dataclass
class StreamReport:
    """What went into one of the two streams."""

    path: Path
    files: int = 0
    samples: int = 0
    clipped: int = 0  #: samples saturated in conversion
    resampled: int = 0  #: files
    downmixed: int = 0  #: files
    truncated: int = 0  #: files that are cut short or damaged; what is there is taken
    narrow: int = 0  #: 48 kHz files with nothing above 8 kHz
    silent: float = 0.0  #: seconds
    sha256: str = ""
    skipped: list[tuple[str, str]] = field(default_factory=list)  #: (path, reason)

    @property
    def seconds(self) -> float:
        """Length of the stream."""
        return self.samples / SAMPLE_RATE

    @property
    def tried(self) -> int:
        """Files, those that were left out too."""
        return self.files + len(self.skipped)

    def count(self, row: Row) -> None:
        """Add one file."""
        if "reason" in row:
            self.skipped.append((row["path"], row["reason"]))
            return
        self.files += 1
        self.samples += row["samples"]
        self.clipped += row["clipped"]
        self.resampled += row["rate"] != SAMPLE_RATE
        self.truncated += bool(row["shortfall"])
        self.downmixed += row["channels"] != 1
        self.narrow += row["narrow"]
        self.silent += row["silence"] * row["seconds"]
        self.sha256 = row["stream_sha256"]

    def as_json(self) -> dict[str, Any]:
        """Return the report for manifests."""
        return {
            "path": self.path.name,
            "files": self.files,
            "samples": self.samples,
            "seconds": round(self.seconds, 3),
            "clipped": self.clipped,
            "resampled_files": self.resampled,
            "downmixed_files": self.downmixed,
            "truncated_files": self.truncated,
            "narrow_files": self.narrow,
            "silent_seconds": round(self.silent, 2),
            "sha256": self.sha256,
            "skipped": [list(item) for item in self.skipped],
        }

    def read_json(self, content: dict[str, Any]) -> None:
        """Take what :meth:`as_json` returned.

        Raises
        ------
        KeyError, TypeError, ValueError
            When it is something else.
        """
        self.files, self.samples = int(content["files"]), int(content["samples"])
        self.clipped, self.resampled = int(content["clipped"]), int(content["resampled_files"])
        self.downmixed, self.truncated = int(content["downmixed_files"]), int(content["truncated_files"])
        self.narrow, self.silent = int(content["narrow_files"]), float(content["silent_seconds"])
        self.sha256 = str(content["sha256"])
        self.skipped = [(str(path), str(reason)) for path, reason in content["skipped"]]

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        size = self.samples * PCM_BYTES
        out = [f"{printable(self.path)}: {counted(self.files, 'file')}, {self.seconds / 3600:.3f} h, {size:,} bytes"]
        for count, noun, what in (
            (self.resampled, "file", "resampled to 48 kHz"),
            (self.downmixed, "file", "averaged to mono"),
            (self.truncated, "file", "cut short or damaged"),
            (self.clipped, "sample", "clipped in conversion"),
            (self.narrow, "file", "at 48 kHz with nothing above 8 kHz (upsampled?)"),
            (len(self.skipped), "file", "skipped"),
        ):
            if count:
                out.append(f"  {counted(count, noun)} {what}")
        if self.seconds:
            out.append(f"  {100 * self.silent / self.seconds:.1f} % silence")
        return out


class MergeReport(NamedTuple):
    """The two streams of a merge."""

    clean: StreamReport
    noise: StreamReport

    @property
    def files(self) -> int:
        """Files that are in the two streams."""
        return self.clean.files + self.noise.files

    @property
    def skipped(self) -> list[tuple[str, str]]:
        """Path and reason of each file that was left out."""
        return [*self.clean.skipped, *self.noise.skipped]

    def lines(self) -> list[str]:
        """Return the report for a terminal."""
        return [*self.clean.lines(), *self.noise.lines()]

    def as_json(self) -> dict[str, Any]:
        """Return the reports for JSON."""
        return {"clean": self.clean.as_json(), "noise": self.noise.as_json()}


def table_rows(rows: Iterable[Row]) -> Iterable[list[Any]]:
    """Yield the lines of ``files.csv``; files that were left out have none."""
    starts: dict[str, int] = {}
    for row in rows:
        if "reason" in row:
            continue
        name = row["stream"]
        start = starts.get(name, 0)
        starts[name] = start + row["samples"]
        yield [
            name,
            row["path"],
            f"{start / SAMPLE_RATE:.6f}",
            f"{row['seconds']:.6f}",
            row["rate"],
            row["channels"],
            row["coding"],
            row["size"],
            row["sha256"],
            row["clipped"],
            f"{row['rms']:.1f}",
            f"{row['peak']:.2f}",
            f"{row['silence']:.4f}",
            "" if row["above_8k"] is None else f"{row['above_8k']:.3g}",
            row["shortfall"],
        ]
