"""Counts in words."""


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, e.g. ``1 file``, ``1,200 files``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
