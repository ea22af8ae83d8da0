"""Disk space and time in words, and disk space refused when it is not there."""

import math
import shutil
from pathlib import Path

from rnnoise_py.errors import OutputError


def check_space(folder: Path, needed: int, what: str, remedy: str) -> None:
    """Raise :class:`OutputError` unless ``needed`` bytes more fit on the disk of ``folder``, which may be missing yet.

    ``what`` needs the space, ``remedy`` says what to do.
    """
    total, _, free = shutil.disk_usage(existing_parent(folder))
    if needed > free and total:  # /proc and the like have none and will say so themselves
        raise OutputError(f"no space for {what} in {folder}: {size(needed)} needed, {size(free)} free; {remedy}")


def existing_parent(folder: Path) -> Path:
    """Return the folder, or the first above it that is there."""
    return next(place for place in (folder, *folder.absolute().parents) if place.is_dir())


def size(count: float) -> str:
    """Bytes for people, e.g. ``20.9 MB``."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def duration(seconds: float) -> str:
    """Seconds for people, e.g. ``2 min 5 s``."""
    whole = math.ceil(seconds) if seconds >= 1 else 1
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"
