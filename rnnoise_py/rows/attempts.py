"""Attempts at one file of rows: a worker that is thought to be dead may be alive, and another has its shard by now.

Each attempt gathers rows under a name of its own in the folder ``.OUT.tries``. It goes on with what the one before it
left: it takes that file over by renaming it, which only one can do, and the one before notices. Whatever that one still
writes are the same bytes in the same places, for rows are what inputs, seed and row number make them.
"""

import contextlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError, OutputError
from rnnoise_py.rows.checkpoint import discard, load_checkpoint, part_path, state_path

_ROWS: Final = ".rows"
_STATE: Final = ".state"


def tries_folder(out: Path) -> Path:
    """Folder of the attempts at a file."""
    return out.with_name(f".{out.name}.tries")


def new_attempt(out: Path) -> str:
    """Return a name that no other attempt at ``out`` has, on whatever machine; its folder is made."""
    try:
        tries_folder(out).mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror}") from error
    return secrets.token_hex(8)


def attempt_paths(out: Path, attempt: str) -> tuple[Path, Path]:
    """Rows and checkpoint of an attempt; those of a plain run when it has no name."""
    if not attempt:
        return part_path(out), state_path(out)
    folder = tries_folder(out)
    return folder / f"{attempt}{_ROWS}", folder / f"{attempt}{_STATE}"


def take_over(out: Path, attempt: str) -> bool:
    """Let an attempt, or a plain run where ``attempt`` is empty, have the furthest that there is; whether there is one.

    Those that are not as far are left where they are.
    """
    ranked: list[tuple[int, Path, Path]] = []
    for rows, state in _found(out):
        with contextlib.suppress(InputError):  # of another version, or gone by now
            checkpoint = load_checkpoint(state)
            if checkpoint is not None and rows.exists():
                ranked.append((checkpoint.rows, rows, state))
    to_rows, to_state = attempt_paths(out, attempt)
    for _, rows, state in sorted(ranked, reverse=True):
        if rows == to_rows:
            return True
        try:
            os.replace(rows, to_rows)
        except FileNotFoundError:  # another attempt was quicker, or the file is finished
            continue
        shutil.copyfile(state, to_state)  # its owner may be writing it still
        with contextlib.suppress(FileNotFoundError):
            state.unlink()
        return True
    return False


def _found(out: Path) -> list[tuple[Path, Path]]:
    pairs = [(part_path(out), state_path(out))]
    with contextlib.suppress(FileNotFoundError), os.scandir(tries_folder(out)) as entries:
        names = sorted(entry.name for entry in entries if entry.name.endswith(_STATE))
        pairs += [attempt_paths(out, name.removesuffix(_STATE)) for name in names if not name.startswith(".")]
    return pairs


def end_tries(out: Path, *, keep: bool) -> None:
    """Remove the attempts at a file; with ``keep`` the furthest becomes an unfinished plain run."""
    if not tries_folder(out).exists():
        return
    if keep:
        take_over(out, "")
    shutil.rmtree(tries_folder(out), ignore_errors=True)


def discard_all(out: Path) -> None:
    """Remove whatever unfinished runs and attempts left."""
    end_tries(out, keep=False)
    discard(out)
