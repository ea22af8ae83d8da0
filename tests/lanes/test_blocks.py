"""Blocks of vectors: compiled and plain, R lanes and one."""

from typing import Any

import numba
import numpy as np
import pytest

from rnnoise_py.lanes.blocks import add_products, add_scaled, add_totals, load_block, store_block, zero_block
from rnnoise_py.lanes.vectors import load
from tests.bits import assert_bit_identical
from tests.lane_arrays import F

ROWS, COLUMNS = (0,) * 3, (0,) * 2


def _scaled(x: Any, y: Any, lanes: Any) -> None:
    R = len(lanes)
    block = load_block(x, 1, 2 * R, lanes, ROWS)
    for i in range(4):
        block = add_scaled(block, x, 5 * i, load(x, i, lanes))
    store_block(y, 2, R + 1, block)


def _products(x: Any, y: Any, lanes: Any) -> None:
    R = len(lanes)
    block = zero_block(lanes, ROWS, COLUMNS)
    for i in range(4):
        left, right = load_block(x, i, R, lanes, ROWS), load_block(x, 2 * i + 1, 1, lanes, COLUMNS)
        block = add_products(block, left, right)
    add_totals(y, 1, 5, block, COLUMNS)


@pytest.mark.parametrize("work", [_scaled, _products])
@pytest.mark.parametrize("lanes", [(0,) * 16, (0,) * 4, (0,)], ids=["sixteen", "four", "one"])
def test_compiled_blocks_are_plain_ones(work: Any, lanes: tuple[int, ...]) -> None:
    """Every operation gives the bits of the array operation: each product and each sum is rounded once."""
    x = np.random.default_rng(1).standard_normal(100).astype(F)
    plain, own = np.full(70, F(0.5)), np.full(70, F(0.5))
    work(x, plain, lanes)
    numba.njit(work)(x, own, lanes)
    assert_bit_identical(own, plain)
    assert (plain != F(0.5)).sum() == (3 * len(lanes) if work is _scaled else 6)


def test_wrong_blocks_are_refused() -> None:
    """A number of products that is not that of the sums, and arrays of another type."""

    def uneven(x: Any) -> Any:
        return add_products(zero_block(ROWS, ROWS, ROWS), load_block(x, 0, 1, ROWS, ROWS), zero_block(ROWS, (0,), (0,)))

    with pytest.raises(numba.core.errors.TypingError):
        numba.njit(uneven)(np.zeros(9, F))
    with pytest.raises(numba.core.errors.TypingError):
        numba.njit(_scaled)(np.zeros(100), np.zeros(70), ROWS)
