"""What every step returns besides its own figures."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Result:
    """Base of the results of steps."""

    warnings: tuple[str, ...] = ()  #: what was said as a warning, in order
    incomplete: bool = False  #: done, but inputs were left out, or a check or comparison failed: exit code 1

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON can hold them."""
        return {one.name: _plain(getattr(self, one.name)) for one in dataclasses.fields(self)}


def _plain(value: Any) -> Any:
    from rnnoise_py.names import printable

    if isinstance(value, Path):
        return printable(value)
    if hasattr(value, "as_json"):  # a report
        return value.as_json()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
