"""Gain targets, their masks, noise energies and label of a training row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.buffers import new_frames
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.dsp.rows import band_gain, band_gains, same_samples, source_energy, write_targets
from rnnoise_py.spec.layout import GAIN, NOISE_LOG_ENERGY, ROW_SIZE, VAD
from tests import naive
from tests.lane_arrays import Array, F, assert_same, batches, interleave, lane_counts
from tests.naive_fft import spectrum


def _row(ey: Array, ex: Array, en: Array, **given: Any) -> Array:
    """One row's targets, by the kernel of one frame."""
    own = {"total": F(1e6), "noise_gain": F(1), "band_lp": 22, "vad": F(1)} | given
    row = np.full(ROW_SIZE, np.nan, F)
    gains, logs = np.full(22, np.nan, F), np.full(22, np.nan, F)
    band_gains(ey, ex, gains)
    log10_energies(en, logs, np.empty(22))
    total, noise_gain, band_lp, vad = (np.array([own[name]]) for name in ("total", "noise_gain", "band_lp", "vad"))
    starts = np.zeros(1, np.int64)
    write_targets(gains, logs, total, noise_gain, band_lp, vad, np.empty(1, F), row, starts, (0,))
    assert np.isnan(row[: GAIN.start]).all(), "features are not touched"
    return row


@lane_counts
def test_recorded_targets(lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """Recorded energies give the recorded gains, noise energies and labels in all 100 rows."""
    stages = golden("stages.npz")
    names = ("Ey", "Ex", "En", "total_energy", "noise_gain", "band_lp", "row")
    for ey, ex, en, total, noise_gain, band_lp, rows in zip(*(batches(stages[n], lanes) for n in names), strict=True):
        clean, noisy, noise = (interleave(e) for e in (ey, ex, en))
        gains, logs = np.full_like(clean, np.nan), np.full_like(noise, np.nan)
        band_gains(clean, noisy, gains)
        log10_energies(noise, logs, np.empty(len(noise)))
        own = np.full_like(rows, np.nan)
        write_targets(
            gains,
            logs,
            total.ravel(),
            noise_gain.ravel(),
            band_lp.ravel(),
            np.ascontiguousarray(rows[:, VAD.start]),
            np.empty(len(lanes), F),
            own.ravel(),
            np.arange(len(lanes)) * ROW_SIZE,
            lanes,
        )
        assert_same(own[:, GAIN.start :], rows[:, GAIN.start :])
        assert np.isnan(own[:, : GAIN.start]).all(), "features are not touched"


def test_gains_equal_naive_twin() -> None:
    """Ratios of energies from nothing to infinity, at most 1."""
    energies = [F(e) for e in (0, 1e-45, 1e-3, 0.05, 1, 1e9, 3e38, np.inf)]
    energies += list((10.0 ** np.random.default_rng(31).uniform(-5, 12, 200)).astype(F))
    for clean, noisy in zip(energies, energies[::-1], strict=True):
        gain = band_gain(clean, noisy)
        if not np.isinf(noisy) or not np.isinf(clean):
            assert_same(gain, naive.gain_target(clean, noisy))
            assert 0 <= gain <= 1


@pytest.mark.parametrize(
    ("given", "masked"),
    [
        ({}, 0),
        ({"total": F(0.0999)}, 22),  # quirk Q-SILENT-CONTINUES: a silent row is written, its gains are masked
        ({"total": F(0.1)}, 0),  # f64(f32(0.1)) is above 0.1
        ({"total": np.nextafter(F(0.1), F(0))}, 22),
        ({"band_lp": 9}, 12),
        ({"band_lp": 0}, 21),
        ({"band_lp": 21}, 0),
        ({"vad": F(0)}, 0),
        ({"noise_gain": F(0)}, 0),
        ({"vad": F(0), "noise_gain": F(0)}, 22),
        ({"vad": F(0.5), "noise_gain": F(0)}, 0),
    ],
)
def test_masks(given: dict[str, Any], masked: int) -> None:
    """Each reason masks its bands with −1; noise energies and label are written all the same."""
    rng = np.random.default_rng(32)
    ey, ex, en = (10.0 ** rng.uniform(1, 6, (3, 22))).astype(F)
    row = _row(ey, ex, en, **given)
    gains = row[GAIN.columns]
    assert (gains == -1).sum() == masked
    expected = np.array([naive.gain_target(a, b) for a, b in zip(ey, ex, strict=True)], F)
    assert_same(gains[gains != -1], expected[: 22 - masked])
    assert_same(row[NOISE_LOG_ENERGY.columns], [naive.log10_floor(e) for e in en])
    assert row[VAD.start] == given.get("vad", 1)


def test_faint_bands_are_masked_when_both_are() -> None:
    """A band below 5e-2 in both spectra is masked; in one of them it is not."""
    low, high = np.nextafter(F(0.05), F(0)), F(0.05)
    ey = np.array([low, low, high, high] + [1] * 18, F)
    ex = np.array([low, high, low, high] + [1] * 18, F)
    assert float(high) >= 0.05 > float(low)
    assert (_row(ey, ex, ex)[GAIN.columns] == -1).tolist() == [True] + [False] * 21


@lane_counts
def test_energies_of_muted_sources_are_the_same_skipped_or_not(lanes: tuple[int, ...]) -> None:
    """A chunk that dies away into denormals has the energies of the twin, which skips nothing."""
    R = len(lanes)
    rng = np.random.default_rng(33)
    decay = np.repeat(10.0 ** -np.arange(0, 3 * (R + 1), 3, dtype=np.float64), 480)
    signal = np.concatenate([(rng.standard_normal(480 * (R + 1)) * decay).astype(F), np.zeros(960, F)])
    frames, energy = new_frames(R), np.full(22 * R, np.nan, F)
    other = np.ones(480 * (R + 1), F)
    for first in range(48 // R if R == 1 else 1):
        if R == 1:  # one frame at ever lower levels
            signal[:960] = (rng.standard_normal(960) * 10.0**-first).astype(F)
        source_energy(signal, other, 0, np.full(R, 481), frames, energy, lanes)
        for lane in range(R):
            frame = signal[480 * lane : 480 * lane + 960]
            expected = naive.band_energy(spectrum(naive.windowed(frame)))
            assert_same(energy.reshape(22, R)[:, lane], expected, f"frame {lane} at {first}")


@lane_counts
def test_energies_are_those_of_the_mix_where_the_other_source_is_muted(lanes: tuple[int, ...]) -> None:
    """Equal samples are not analysed twice; one that differs, by ever so little, is."""
    R = len(lanes)
    rng = np.random.default_rng(34)
    signal = np.concatenate([rng.standard_normal(480 * (R + 1)).astype(F), np.zeros(960, F)])
    noisy = signal[:-960].copy()
    frames, energy = new_frames(R), np.full(22 * R, np.nan, F)
    frames.energy[:] = np.arange(22 * R)
    source_energy(signal, noisy, 0, np.full(R, 481), frames, energy, lanes)
    assert_same(energy, frames.energy)
    noisy[-1] = np.nextafter(noisy[-1], F(9))
    source_energy(signal, noisy, 0, np.full(R, 481), frames, energy, lanes)
    for lane in range(R):
        expected = naive.band_energy(spectrum(naive.windowed(signal[480 * lane : 480 * lane + 960])))
        assert_same(energy.reshape(22, R)[:, lane], expected)


def test_samples_are_compared_to_the_last() -> None:
    """Zeros of either sign are equal, NaN is not."""
    x = np.arange(64, dtype=F)
    for place in (0, 15, 16, 63):
        y = x.copy()
        assert same_samples(x, y)
        y[place] = np.nextafter(y[place], F(-1))
        assert not same_samples(x, y)
        y[place] = np.nan
        assert not same_samples(y, y)
    assert same_samples(np.zeros(16, F), np.full(16, -0.0, F))
