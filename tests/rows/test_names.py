"""The names of the room."""

import subprocess
import sys

import pytest

from rnnoise_py import rows
from tests.command_line import environment


@pytest.mark.parametrize("name", rows.__all__)
def test_every_name_is_there(name: str) -> None:
    """What the room offers is what its modules define."""
    assert getattr(rows, name).__name__ == name
    assert name in dir(rows)


def test_other_names_are_not() -> None:
    """With the usual error."""
    with pytest.raises(AttributeError, match="has no attribute 'rows_of_another'"):
        _ = rows.rows_of_another  # type: ignore[attr-defined]


def test_naming_the_room_loads_nothing() -> None:
    """Numba comes with the first name that needs it."""
    code = (
        "import rnnoise_py.rows, rnnoise_py.stages.features, sys\n"
        "print(*[name for name in ('numba', 'h5py', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
