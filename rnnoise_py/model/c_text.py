"""Numbers and arrays as C text: of generated headers and tables, and of models."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

LINE_WIDTH: Final = 100  #: of generated C


def c_number(value: Any) -> str:
    """Write one number as C: the shortest decimals that give the same bits, ``f`` for binary32."""
    if isinstance(value, np.float32):
        return _with_point(_shortest(value)) + "f"
    if isinstance(value, np.float64 | float):
        return _with_point(repr(float(value)))
    return str(int(value))


def c_value(value: Any) -> str:
    """Write a number, or a tuple of numbers as an initializer list."""
    if isinstance(value, tuple):
        return "{" + ", ".join(c_number(item) for item in value) + "}"
    return c_number(value)


def c_array(declaration: str, values: Sequence[Any], *, indent: str = "    ", width: int = 0, per_row: int = 0) -> str:
    """Define an array, its values in right-aligned columns.

    Parameters
    ----------
    declaration
        All before the ``=``, e.g. ``const float table[3]``.
    values
        Numbers; see :func:`c_number`.
    indent
        In front of each row.
    width
        Of a column; 0 for that of the longest value.
    per_row
        Values in a row; 0 for as many as fit :data:`LINE_WIDTH`.

    Returns
    -------
    str
        The definition, with the end of its last line.
    """
    cells = [c_number(value) for value in values]
    column = width or max(len(cell) for cell in cells)
    count = per_row or max(1, (LINE_WIDTH - len(indent) + 1) // (column + 2))
    rows = [
        indent + ", ".join(cell.rjust(column) for cell in cells[start : start + count])
        for start in range(0, len(cells), count)
    ]
    return f"{declaration} = {{\n" + ",\n".join(rows) + "\n};\n"


def _shortest(value: np.float32) -> str:
    """Shortest decimal that reads back as ``value`` (numpy's own text differs between its versions)."""
    texts = (f"{float(value):.{digits}g}" for digits in range(1, 10))
    return next(text for text in texts if np.float32(text) == value)


def _with_point(digits: str) -> str:
    return digits if "." in digits or "e" in digits or "inf" in digits else digits + ".0"
