"""Several vectors as one value: what the inner loop of a matrix product holds in registers.

A block is a tuple of vectors (:mod:`rnnoise_py.lanes.vectors`); how many is the *length* of a tuple, ``count``,
``rows`` or ``columns``, as the number of lanes is. In plain Python all of this is numpy; compiled, it is
:mod:`rnnoise_py.lanes.block_code`. Products are rounded before they are added, except in kernels that may fuse the two
(:func:`rnnoise_py.lanes.jit.training_kernel`).
"""

from typing import Any

from rnnoise_py.lanes.vectors import load, splat, store, total


def load_block(array: Any, index: Any, step: Any, lanes: Any, count: Any) -> Any:
    """Read ``len(count)`` vectors; the first begins at ``array[index]``, each of the others ``step`` further on."""
    return tuple([load(array, index + number * step, lanes) for number in range(len(count))])


def store_block(array: Any, index: Any, step: Any, block: Any) -> None:
    """Write what :func:`load_block` reads."""
    for number, vector in enumerate(block):
        store(array, index + number * step, vector)


def zero_block(lanes: Any, rows: Any, columns: Any) -> Any:
    """Make ``len(rows)·len(columns)`` vectors of zeros."""
    return tuple([splat(0, lanes) for _ in range(len(rows) * len(columns))])


def add_scaled(block: Any, array: Any, index: Any, vector: Any) -> Any:
    """Add to each vector of a block the given one, times one float32 each: those from ``array[index]`` on."""
    return tuple([sums + array[index + number] * vector for number, sums in enumerate(block)])


def add_products(block: Any, left: Any, right: Any) -> Any:
    """Add, lane by lane, the products of each vector of ``left`` with each of ``right``, in this order."""
    products = [one * other for one in left for other in right]
    return tuple([sums + product for sums, product in zip(block, products, strict=True)])


def add_totals(array: Any, index: Any, step: Any, block: Any, columns: Any) -> None:
    """Add the total of each vector to a matrix of float32 whose rows are ``step`` apart, ``len(columns)`` in a row."""
    for number, vector in enumerate(block):
        row, column = divmod(number, len(columns))
        array[index + row * step + column] += total(vector)
