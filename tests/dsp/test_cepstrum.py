"""Log energies, cepstra and their differences, pitch correlation features."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.cepstrum import cepstra, cepstral_differences, log_energies, normalize_correlation, pitch_cepstra
from rnnoise_py.dsp.logarithm import log_energy
from rnnoise_py.spec.layout import CEPSTRUM, CEPSTRUM_DELTA, CEPSTRUM_DELTA2, NOISE_LOG_ENERGY, PITCH_CORRELATION
from tests import naive
from tests.lane_arrays import Array, F, assert_same, awkward, batches, interleave, lane_counts, separate


def _energies() -> Array:
    """Band energies from nothing to infinity, with cliffs for the floors to follow."""
    rng = np.random.default_rng(11)
    spread = (10.0 ** rng.uniform(-8, 12, (60, 22))).astype(F)
    cliff = np.full((1, 22), 1e9, F)
    cliff[0, 3:] = 0
    with np.errstate(over="ignore"):
        squares = awkward(22) ** 2
    return np.concatenate([spread, cliff, squares])


@lane_counts
def test_recorded_log_energies_and_cepstra(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Ex gives the recorded logs and totals; the cepstra above the sixth are the rows'."""
    stages = golden("stages.npz")
    parts = [batches(stages[name], lanes) for name in ("Ex", "log_energy", "total_energy", "row")]
    for ex, logs, totals, rows in zip(*parts, strict=True):
        got, total, coefficients = (np.full(n * len(lanes), np.nan, F) for n in (22, 1, 22))
        log_energies(interleave(ex), got, total, np.empty(len(got)), lanes)
        assert_same(separate(got, lanes), logs)
        assert_same(total, totals)
        cepstra(got, coefficients, lanes)
        own = slice(CEPSTRUM.start + CEPSTRUM_DELTA.size, CEPSTRUM.stop)
        assert_same(separate(coefficients, lanes)[:, own], rows[:, own])


@lane_counts
def test_recorded_pitch_correlations(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """The raw correlation becomes the recorded normalized one and the rows' six columns."""
    stages = golden("stages.npz")
    parts = [batches(stages[name], lanes) for name in ("Exp_raw", "Ex", "Ep", "Exp", "row")]
    for raw, ex, ep, exp, rows in zip(*parts, strict=True):
        correlation, coefficients = interleave(raw), np.full(6 * len(lanes), np.nan, F)
        normalize_correlation(correlation, interleave(ex), interleave(ep), lanes)
        assert_same(separate(correlation, lanes), exp)
        pitch_cepstra(correlation, coefficients, lanes)
        assert_same(separate(coefficients, lanes), rows[:, PITCH_CORRELATION.columns])


def test_recorded_noise_log_energies(golden: Callable[[str], Any]) -> None:
    """En gives the rows' noise columns, without floors."""
    stages = golden("stages.npz")
    got = [[log_energy(value) for value in energies] for energies in stages["En"]]
    assert_same(got, stages["row"][:, NOISE_LOG_ENERGY.columns])


@lane_counts
def test_log_energies_equal_naive_twin(lanes: tuple[int, ...]) -> None:
    """Floors follow cliffs, silence and overflow as the twin's."""
    for batch in batches(_energies(), lanes):
        logs, totals, coefficients = (np.full(n * len(lanes), np.nan, F) for n in (22, 1, 22))
        log_energies(interleave(batch), logs, totals, np.empty(len(logs)), lanes)
        expected = [naive.log_energies(energies) for energies in batch]
        assert_same(separate(logs, lanes), [own for own, _ in expected])
        assert_same(totals, [total for _, total in expected])
        cepstra(logs, coefficients, lanes)
        assert_same(separate(coefficients, lanes), [naive.cepstrum(own) for own, _ in expected])


@lane_counts
def test_pitch_correlations_equal_naive_twin(lanes: tuple[int, ...]) -> None:
    """Correlations of silent, loud and overflowing frames."""
    correlations, own, past = awkward(22, 1), _energies()[:18], _energies()[50:68]
    for raw, ex, ep in zip(*(batches(part, lanes) for part in (correlations, own, past)), strict=True):
        correlation, coefficients = interleave(raw), np.full(6 * len(lanes), np.nan, F)
        normalize_correlation(correlation, interleave(ex), interleave(ep), lanes)
        pitch_cepstra(correlation, coefficients, lanes)
        expected = [naive.normalized(*frame) for frame in zip(raw, ex, ep, strict=True)]
        assert_same(separate(correlation, lanes), expected)
        assert_same(separate(coefficients, lanes), [naive.pitch_cepstrum(e) for e in expected])


def test_differences_reach_two_frames_back() -> None:
    """Sums and differences of the first six, the rest as it is."""
    c0, c1, c2 = np.random.default_rng(12).standard_normal((3, 22)).astype(F) * F(9)
    row = np.full(42, np.nan, F)
    cepstral_differences(c0, c1, c2, row)
    assert_same(row[CEPSTRUM.columns], np.concatenate([(c0 + c1 + c2)[:6], c0[6:]]))
    assert_same(row[CEPSTRUM_DELTA.columns], (c0 - c2)[:6])
    assert_same(row[CEPSTRUM_DELTA2.columns], (c0 - F(2) * c1 + c2)[:6])
    assert np.isnan(row[CEPSTRUM_DELTA2.stop :]).all(), "nothing else is written"
