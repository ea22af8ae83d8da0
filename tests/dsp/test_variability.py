"""Spectral variability over the ring of eight cepstra."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.variability import spectral_variability, update_distances
from rnnoise_py.spec.layout import CEPSTRUM, CEPSTRUM_DELTA, CEPSTRUM_DELTA2, SPECTRAL_VARIABILITY
from tests import naive
from tests.lane_arrays import Array, F, assert_same, awkward


def _run(cepstra: Array) -> list[Any]:
    """The variability after each cepstrum, the first going into slot 0."""
    ring, distances = np.zeros((22, 8), F), np.zeros(64, F)
    values = []
    for i, cepstrum in enumerate(cepstra):
        ring[:, i % 8] = cepstrum
        update_distances(ring.ravel(), distances, i % 8)
        values.append(spectral_variability(distances))
    return values


def _naive(cepstra: Array) -> list[Any]:
    """The same with all 56 distances computed anew for each cepstrum."""
    ring = np.zeros((8, 22), F)
    values = []
    for i, cepstrum in enumerate(cepstra):
        ring[i % 8] = cepstrum
        values.append(naive.variability(ring))
    return values


def test_recorded_rows(golden: Callable[[str], Any]) -> None:
    """The first 40 recorded rows: cepstra taken back out of the sums, the column met bit for bit."""
    stages = golden("stages.npz")
    cepstra = np.stack([naive.cepstrum(logs) for logs in stages["log_energy"][:40]])
    assert_same(_run(cepstra), stages["row"][:40, SPECTRAL_VARIABILITY.start])
    own = slice(CEPSTRUM_DELTA.size, CEPSTRUM.stop)
    assert_same(cepstra[:, own], stages["row"][:40, own])
    assert CEPSTRUM_DELTA2.stop <= SPECTRAL_VARIABILITY.start


def test_equals_naive_twin() -> None:
    """The kept table of distances gives the bits of computing all anew."""
    rng = np.random.default_rng(13)
    cepstra = (rng.standard_normal((300, 22)) * 10.0 ** rng.uniform(-20, 8, (300, 1))).astype(F)
    cepstra[40:60] = cepstra[40]
    assert_same(_run(cepstra), _naive(cepstra))


def test_equals_naive_twin_with_awkward_cepstra() -> None:
    """Overflow and NaN pass through the ring and out again."""
    ordinary = np.random.default_rng(14).standard_normal((12, 22)).astype(F)
    for cepstrum in awkward(22):
        cepstra = np.concatenate([ordinary[:5], cepstrum[None], ordinary[5:]])
        assert_same(_run(cepstra), _naive(cepstra))


def test_sums_run_over_physical_slots() -> None:
    """Quirk Q-RING-SLOTS: turning the ring changes bits, so the order of slots is the contract."""
    cepstra = np.random.default_rng(15).standard_normal((64, 22)).astype(F) * F(7)
    by_slot = _run(cepstra)[7:]
    by_age = [_run(cepstra[i - 7 : i + 1])[-1] for i in range(7, 64)]  # oldest in slot 0
    assert_same(by_slot[::8], by_age[::8], "the same where the oldest is in slot 0")
    assert any(a != b for a, b in zip(by_slot, by_age, strict=True))
