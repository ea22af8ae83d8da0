"""How many files, hours and bytes a folder has, by format and rate."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnoise_py.audio.files import list_audio_files
from rnnoise_py.dataset.durations import Header, read_header, read_headers
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import MOST_WARNINGS, Progress
from rnnoise_py.runs.words import counted


@dataclass
class FolderStats:
    """The audio of one folder (its sub-folders are counted on their own) or file."""

    path: str
    files: int = 0
    seconds: float = 0.0
    size: int = 0  #: bytes
    kinds: Counter[tuple[str, int, int]] = field(default_factory=Counter)  #: (coding, Hz, channels) → files
    unreadable: list[str] = field(default_factory=list)  #: reasons
    cut_short: list[str] = field(default_factory=list)  #: what is wrong with files that end too early or are damaged

    def add(self, header: Header) -> None:
        """Count one file."""
        self.files += 1
        self.size += header.size
        self.seconds += header.seconds
        if header.problem:
            self.unreadable.append(header.problem)
        else:
            self.kinds[header.coding, header.rate, header.channels] += 1
        if header.shortfall:
            self.cut_short.append(f"{printable(header.path)} {header.shortfall}")

    def join(self, other: "FolderStats") -> None:
        """Count all of another."""
        self.files += other.files
        self.seconds += other.seconds
        self.size += other.size
        self.kinds += other.kinds
        self.unreadable += other.unreadable
        self.cut_short += other.cut_short

    def line(self, width: int) -> str:
        """Return one line of a table."""
        kinds = [
            f"{count} × {coding} {rate} Hz {channels} ch"
            for (coding, rate, channels), count in self.kinds.most_common()
        ]
        if self.unreadable:
            kinds.append(f"{len(self.unreadable)} unreadable")
        if self.cut_short:
            kinds.append(f"{len(self.cut_short)} cut short or damaged")
        hours, megabytes = self.seconds / 3600, self.size / 1e6
        return f"{self.path:{width}} {self.files:8d} {hours:10.3f} {megabytes:12,.1f}  {', '.join(kinds)}"

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {
            "path": self.path,
            "files": self.files,
            "seconds": round(self.seconds, 3),
            "bytes": self.size,
            "kinds": [
                {"coding": coding, "rate": rate, "channels": channels, "files": count}
                for (coding, rate, channels), count in sorted(self.kinds.items())
            ],
            "unreadable": self.unreadable,
            "cut_short": self.cut_short,
        }


@dataclass(frozen=True)
class Stats:
    """Folders and their total."""

    folders: list[FolderStats]
    total: FolderStats

    def lines(self) -> list[str]:
        """Return a table for a terminal."""
        rows = [*self.folders, self.total] if len(self.folders) > 1 else self.folders
        width = max(len(row.path) for row in rows)
        head = f"{'folder':{width}} {'files':>8} {'hours':>10} {'MB':>12}  formats"
        unreadable = self.total.unreadable + self.total.cut_short
        reasons = [f"  {reason}" for reason in unreadable[:MOST_WARNINGS]]
        if len(unreadable) > MOST_WARNINGS:
            reasons.append(f"  and {counted(len(unreadable) - MOST_WARNINGS, 'more file')}: see --json")
        return [head, *(row.line(width) for row in rows), *reasons]

    def as_json(self) -> dict[str, Any]:
        """Return the numbers for JSON."""
        return {"folders": [folder.as_json() for folder in self.folders], "total": self.total.as_json()}


def stats(paths: Sequence[Path]) -> Stats:
    """Count the audio in folders and files, folder by folder, without decoding it.

    Parameters
    ----------
    paths
        Folders, sub-folders included, or files.

    Raises
    ------
    InputError
        When a path does not exist, or there is no audio at all.
    """
    folders: dict[str, FolderStats] = {}
    for path in paths:
        if path.is_dir():
            found = list_audio_files(path)
            with Progress(len(found), "file", f"read {printable(path)}") as progress:
                for header in read_headers(found):
                    name = printable(header.path.parent)
                    folders.setdefault(name, FolderStats(name)).add(header)
                    progress.update(1)
        elif path.exists():
            name = printable(path)
            folders.setdefault(name, FolderStats(name)).add(read_header(path))
        else:
            raise InputError(f"{printable(path)} does not exist: give folders or audio files")
    if not folders:
        raise InputError(f"no audio files in {', '.join(printable(path) for path in paths)}")
    rows = [folders[name] for name in sorted(folders)]
    total = FolderStats("total")
    for row in rows:
        total.join(row)
    return Stats(rows, total)
