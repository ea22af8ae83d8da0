"""Vectors as values: compiled and plain, R lanes and one."""

from typing import Any

import numba
import numpy as np
import pytest

from rnnoise_py.lanes.vectors import (
    BLOCK,
    all_of,
    any_of,
    from_lanes,
    load,
    load_alternate,
    ordered_total,
    repeat,
    select,
    splat,
    store,
    to_lanes,
    total,
)
from rnnoise_py.lanes.wide_vectors import halves, less_product, load_apart, narrow, store_apart, widen
from tests.bits import assert_bit_identical
from tests.lane_arrays import Array, F, assert_same, lane_counts
from tests.naive import ordered_sum


def _arithmetic(x: Any, y: Any, lanes: Any) -> None:
    R = len(lanes)
    a, b = load(x, 0, lanes), load(x, 3 * R, lanes)
    store(y, 0, a + b * x[1])
    store(y, R, -(a - b) / x[2])
    store(y, 2 * R, select((a > b) | (a <= splat(x[5], lanes)), a, b))
    store(y, 3 * R, select((a >= b) & (b < x[0]), splat(x[7], lanes), b))
    if any_of(a > F(1e9)):
        store(y, 4 * R, a)
    if all_of(b < F(1)) or all_of((a == a) | (a < F(0))):  # noqa: PLR0124
        store(y, 5 * R, a)
    total = splat(F(0), lanes)
    for i in range(4):
        total = total + load(x, i * R + 1, lanes)
    store(y, 6 * R, total)
    store(y, 7 * R, repeat(x, 3, lanes))


def _samples(seed: int, size: int) -> Array:
    return np.random.default_rng(seed).standard_normal(size).astype(F)


@pytest.mark.parametrize("lanes", [(0,) * 16, (0,) * 8, (0,)], ids=["sixteen", "eight", "one"])
def test_compiled_vectors_are_plain_ones(lanes: tuple[int, ...]) -> None:
    """Every operation gives the bits of the array operation, and special values too."""
    compiled = numba.njit(_arithmetic)
    x = _samples(0, 80)
    for special in (x[4], F(np.nan), F(np.inf), F(1e-41), F(-0.0)):
        x[4] = x[len(lanes) * 3] = special
        plain, own = np.zeros(7 * len(lanes) + 16, F), np.zeros(7 * len(lanes) + 16, F)
        with np.errstate(all="ignore"):
            _arithmetic(x, plain, lanes)
        compiled(x, own, lanes)
        same = np.isnan(plain) & np.isnan(own)
        assert_bit_identical(np.where(same, F(0), own), np.where(same, F(0), plain))


def _alternate(x: Any, y: Any, lanes: Any) -> None:
    even, odd = load_alternate(x, 3, lanes)
    store(y, 0, even)
    store(y, len(lanes), odd)


def test_alternate_samples_are_parted() -> None:
    """Every second one, and those between."""
    for width in (8, 16):
        x = _samples(width, 2 * width + 3)
        for run in (numba.njit(_alternate), _alternate):
            y = np.zeros(2 * width, F)
            run(x, y, (0,) * width)
            assert_bit_identical(y, np.concatenate([x[3::2], x[4::2]]))


def _total(x: Any, lanes: Any) -> Any:
    return total(load(x, 1, lanes))


def _ordered_total(x: Any, lanes: Any) -> Any:
    return ordered_total(load(x, 1, lanes))


def test_totals_add_in_their_order() -> None:
    """Halves to halves, or one after the other: the same compiled and plain."""
    for width in (2, 8, 16):
        lanes = (0,) * width
        x = _samples(width, 40) * F(1000)
        assert_bit_identical(numba.njit(_total)(x, lanes), _total(x, lanes))
        assert_bit_identical(numba.njit(_ordered_total)(x, lanes), ordered_sum(x[1 : width + 1]))
        assert_bit_identical(_ordered_total(x, lanes), ordered_sum(x[1 : width + 1]))
        assert abs(_total(x, lanes) - x[1 : width + 1].sum()) < 1


@lane_counts
def test_blocks_move_into_lanes_and_back(lanes: tuple[int, ...]) -> None:
    """Blocks of signals anywhere are laid side by side and apart again, and nothing else is touched."""
    R = len(lanes)
    signal, starts = _samples(1, 40 * R), np.arange(R) * 37 + 1
    expected = np.zeros((BLOCK + 2) * R, F)
    expected[R : (BLOCK + 1) * R] = np.stack([signal[s + 2 : s + 2 + BLOCK] for s in starts]).T.ravel()
    for move_in, move_out in ((numba.njit(_move_in), numba.njit(_move_out)), (_move_in, _move_out)):
        x, back = np.zeros((BLOCK + 2) * R, F), np.zeros_like(signal)
        move_in(signal, starts, x, lanes)
        assert_bit_identical(x, expected)
        move_out(x, back, starts, lanes)
        kept = np.zeros(len(signal), bool)
        for s in starts:
            kept[s + 2 : s + 2 + BLOCK] = True
        assert_bit_identical(back, np.where(kept, signal, F(0)))


def _move_in(signal: Any, starts: Any, x: Any, lanes: Any) -> None:
    to_lanes(signal, starts, 2, x, len(lanes), lanes)


def _move_out(x: Any, signal: Any, starts: Any, lanes: Any) -> None:
    from_lanes(x, len(lanes), signal, starts, 2, lanes)


def _wide(x: Any, y: Any, lanes: Any) -> None:
    a, b, c = load(x, 0, lanes), load(x, 4, lanes), load(x, 8, lanes)
    store(y, 0, narrow(less_product(widen(a) * widen(b) + widen(c), widen(b), widen(c)) - widen(a)))


@pytest.mark.parametrize("lanes", [(0,) * 4, (0,) * 2, (0,)], ids=["four", "two", "one"])
def test_wide_vectors_round_where_they_say(lanes: tuple[int, ...]) -> None:
    """Each float64 operation is rounded once, fused or not, and the way back once more; special values too."""
    compiled = numba.njit(_wide)
    for special in (2.5, np.nan, np.inf, 1e-41, -0.0, 3e38):
        for seed in range(50):
            x = _samples(seed, 12) * F(10) ** _samples(seed + 50, 12)
            x[seed % 12] = special
            plain, own = np.zeros(4, F), np.zeros(4, F)
            with np.errstate(all="ignore"):
                _wide(x, plain, lanes)
            compiled(x, own, lanes)
            assert_same(own, plain)


def _swap(x: Any, y: Any, lanes: Any) -> None:
    first, second = halves(load_apart(x, 2, lanes))
    store_apart(y, 1, second)
    store_apart(y, 3, first + F(1))


@pytest.mark.parametrize("width", [2, 4, 8])
def test_columns_are_vectors_and_come_in_halves(width: int) -> None:
    """Of int16 and of float32; nothing else is touched."""
    for dtype in (np.int16, F):
        x = np.arange(5 * width, dtype=dtype).reshape(width, 5)
        expected = np.zeros((width // 2, 4), F)
        expected[:, 1], expected[:, 3] = x[width // 2 :, 2], x[: width // 2, 2] + 1
        for run in (numba.njit(_swap), _swap):
            y = np.zeros_like(expected)
            run(x, y, (0,) * width)
            assert_bit_identical(y, expected)
