"""Libraries that this user built: only those, and the ones that are named, are ever loaded.

A library that lies beside a model may be anyone's: a model file is data and must never cause code to run. So
``rnnoise-py build`` records the digest of what it makes in the user's cache folder, one small file a library, and a
library that is found beside a model is used only while its bytes are the recorded ones.
"""

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

from rnnoise_py.errors import OutputError
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.provenance import file_sha256
from rnnoise_py.runs.user_cache import is_private, user_cache

_FOLDER: Final = "built"


def record_built(path: Path) -> bool:
    """Record that this user has just built the library at ``path``; links are followed.

    To be called once a build (or a copy of it) is finished. A record replaces the one before.

    Returns
    -------
    Whether it could be recorded; a user without a home or with a full disk has a library that must be named.

    Raises
    ------
    OSError
        When the library cannot be read.
    """
    record = _record(path)
    digest = file_sha256(path)
    if record is None:
        return False
    try:
        record.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(record, f"{digest} {os.fspath(path.resolve())}\n")
        os.chmod(record, 0o600)
    except (OSError, OutputError):
        return False
    return True


def is_ours(path: Path) -> bool:
    """Whether this user built the library at ``path``, and its bytes are still the same; False when it is missing."""
    record = _record(path)
    if record is None or not is_private(record) or not is_private(record.parent):
        return False
    with contextlib.suppress(OSError):
        return record.read_text().partition(" ")[0] == file_sha256(path)
    return False


def _record(path: Path) -> Path | None:
    """Return the file that holds what is known of a library."""
    cache = user_cache()
    if cache is None:
        return None
    name = hashlib.sha256(os.fsencode(path.resolve())).hexdigest()
    return cache / _FOLDER / name
