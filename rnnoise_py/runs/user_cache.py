"""The user's own folder for what can be made again: built libraries, and which of them this user made."""

import os
import stat
from pathlib import Path


def user_cache() -> Path | None:
    """Return ``$XDG_CACHE_HOME/rnnoise-py``, else ``~/.cache/rnnoise-py``; None for a user without a home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # what the XDG specification asks for
        return Path(given) / "rnnoise-py"
    try:
        return Path.home() / ".cache" / "rnnoise-py"
    except RuntimeError:  # no HOME, and a user without an account
        return None


def is_private(path: Path) -> bool:
    """Whether a file or folder is this user's (or root's), and nobody else can write to it; False when missing."""
    try:
        found = path.stat()
    except OSError:
        return False
    if not hasattr(os, "geteuid"):
        return True
    return found.st_uid in {os.geteuid(), 0} and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
