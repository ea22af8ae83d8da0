"""Logarithms without the C library are the C library's."""

import math

import numpy as np
import pytest

from rnnoise_py.dsp.logarithm import log10_energies, log_energy
from tests.bits import assert_bit_identical
from tests.lane_arrays import Array, F, assert_same


def _logs(energies: Array) -> Array:
    logs = np.full(len(energies), np.nan, F)
    log10_energies(energies, logs, np.empty(len(energies)))
    return logs


def _expected(energies: Array) -> Array:
    return np.array([math.log10(0.01 + float(e)) for e in energies]).astype(F)


@pytest.mark.parametrize("decades", [(-12, 38), (-3, 9), (-0.1, 0.1), (-1e-4, 1e-4), (-2.1, -1.9)])
def test_equals_the_c_library(decades: tuple[float, float]) -> None:
    """Energies of all sizes, and many around 1, where the logarithm vanishes."""
    energies = (10.0 ** np.random.default_rng(1).uniform(*decades, 30_000)).astype(F)
    assert_bit_identical(_logs(energies), _expected(energies))


def test_around_powers_of_two_and_ten() -> None:
    """Where mantissas wrap and logarithms are whole."""
    roots = math.sqrt(0.5) * 2.0 ** np.arange(9)
    centres = np.concatenate([2.0 ** np.arange(-8, 128), 10.0 ** np.arange(-3, 39), roots])
    steps = (1 + np.arange(-4, 5) * 2.0**-23)[:, None]
    energies = np.concatenate([(centres * steps).ravel(), (centres * steps - 0.01).ravel()]).astype(F)
    energies = energies[energies >= 0]
    assert_bit_identical(_logs(energies), _expected(energies))


def test_what_the_series_cannot_do_is_left_to_the_c_library() -> None:
    """Infinity, NaN, and whatever stands beside them."""
    for special in (np.inf, np.nan, np.finfo(F).max):
        energies = np.array([0, 1, special, 5], F)
        logs = _logs(energies)
        assert_bit_identical(logs[[0, 1, 3]], _expected(energies[[0, 1, 3]]))
        assert_same(logs[2], log_energy(F(special)))


def test_the_series_is_sure_of_itself() -> None:
    """The margin is a hundred times the error: with 40 digits, nothing on its far side is ever found."""
    from decimal import Decimal, localcontext

    energies = (10.0 ** np.random.default_rng(2).uniform(-4, 12, 3000)).astype(F)
    with localcontext() as context:
        context.prec = 40
        exact = np.array([float(Decimal(0.01 + float(e)).log10()) for e in energies])
    assert_bit_identical(_logs(energies), exact.astype(F))
