"""Is this the run that lies there half done? One comparison and one wording for all that can be resumed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError

LONGEST: Final = 60  # characters of a value in a message


def difference(now: Mapping[str, Any], then: Mapping[str, Any]) -> str:
    """Say what differs first between two descriptions of a run; empty when nothing does.

    Parameters
    ----------
    now, then
        Values by name, in the words of a message (``"seed"``, ``"number of input files"``). The names of ``now`` count.
    """
    for name, value in now.items():
        if name not in then:
            return f"its {name} is not recorded, now it is {_shown(value)}"
        if value != then[name]:
            return f"its {name} was {_shown(then[name])}, now it is {_shown(value)}"
    return ""


def check_same(where: Path | str, now: Mapping[str, Any], then: Mapping[str, Any]) -> None:
    """Raise :class:`InputError` unless ``then``, which lies at ``where``, is a part of the run ``now``."""
    reason = difference(now, then)
    if reason:
        raise cannot_resume(where, reason)


def cannot_resume(where: Path | str, reason: str) -> InputError:
    """Return the error of a run that cannot go on; ``reason`` says why."""
    return InputError(f"{where} cannot be resumed: {reason}; call it as before, or start over without --resume")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
