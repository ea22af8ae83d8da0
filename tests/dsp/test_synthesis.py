"""From spectra back to samples: perfect reconstruction, and a slow twin of the inverse transform."""

import numpy as np
import pytest

from rnnoise_py.dsp.fft import fft_real
from rnnoise_py.dsp.synthesis import inverse_fft, overlap_add
from rnnoise_py.dsp.window import window
from rnnoise_py.lanes.jit import BULK, LANES, ONE
from rnnoise_py.spec.constants import FRAME_SIZE, FREQ_SIZE, WINDOW_SIZE
from rnnoise_py.spec.tables import HALF_WINDOW
from tests.bits import assert_bit_identical

ROUNDING = 2e-6  # of the largest sample: a binary32 transform of 960 points there and back

W = np.concatenate([HALF_WINDOW, HALF_WINDOW[::-1]])


@pytest.mark.parametrize("lanes", [ONE, BULK])
def test_inverse_undoes_the_spectrum(lanes: tuple[int, ...]) -> None:
    """A mirrored half spectrum gives the windowed samples that a binary64 transform gives, within rounding."""
    R, rng = len(lanes), np.random.default_rng(3)
    X = rng.normal(size=(FREQ_SIZE, 2, R)).astype(np.float32)
    X[0, 1] = X[-1, 1] = 0  # bins 0 and 480 of a real signal
    spectrum = np.zeros(2 * WINDOW_SIZE * R, np.float32)
    spectrum[: X.size] = X.ravel()
    work, samples = np.zeros_like(spectrum), np.empty(WINDOW_SIZE * R, np.float32)
    inverse_fft(spectrum, work, samples, lanes)
    complex_bins = X[:, 0].astype(np.float64) + 1j * X[:, 1]
    expected = np.fft.irfft(complex_bins, WINDOW_SIZE, axis=0) * WINDOW_SIZE * W[:, np.newaxis].astype(np.float64)
    got = samples.reshape(WINDOW_SIZE, R)
    np.testing.assert_allclose(got, expected, rtol=0, atol=ROUNDING * np.abs(expected).max())


def test_lanes_are_bit_identical() -> None:
    """A frame comes out the same alone and beside fifteen others."""
    rng = np.random.default_rng(4)
    spectra = rng.normal(size=(2 * WINDOW_SIZE, LANES)).astype(np.float32)
    work = np.zeros(2 * WINDOW_SIZE * LANES, np.float32)
    together = np.empty(WINDOW_SIZE * LANES, np.float32)
    inverse_fft(spectra.ravel(), work, together, BULK)
    for lane in (0, 7, 15):
        alone = np.empty(WINDOW_SIZE, np.float32)
        inverse_fft(np.ascontiguousarray(spectra[:, lane]), work, alone, ONE)
        assert_bit_identical(together.reshape(-1, LANES)[:, lane], alone)


def test_analysis_and_synthesis_reconstruct() -> None:
    """Window, transform, inverse, window, overlap-add give the signal back, one frame late."""
    rng = np.random.default_rng(6)
    signal = rng.uniform(-30_000, 30_000, (LANES + 1) * FRAME_SIZE).astype(np.float32)
    starts = np.arange(LANES, dtype=np.int64) * FRAME_SIZE
    x = np.empty(WINDOW_SIZE * LANES, np.float32)
    spectrum, work = np.zeros(2 * WINDOW_SIZE * LANES, np.float32), np.zeros(2 * WINDOW_SIZE * LANES, np.float32)
    window(signal, starts, x, BULK)
    fft_real(x, spectrum, FREQ_SIZE, BULK)
    inverse_fft(spectrum, work, x, BULK)
    out, memory = np.empty(LANES * FRAME_SIZE, np.float32), np.zeros(FRAME_SIZE, np.float32)
    overlap_add(x, memory, LANES, out, BULK)
    np.testing.assert_allclose(out[FRAME_SIZE:], signal[FRAME_SIZE:-FRAME_SIZE], rtol=0, atol=ROUNDING * 30_000)


def test_overlap_add_counts_frames() -> None:
    """Only ``count`` frames are written, and the memory is the last one's second half."""
    samples = np.arange(WINDOW_SIZE * LANES, dtype=np.float32)
    own = samples.reshape(WINDOW_SIZE, LANES)
    out, memory = np.full(3 * FRAME_SIZE, np.nan, np.float32), np.ones(FRAME_SIZE, np.float32)
    overlap_add(samples, memory, 2, out, BULK)
    assert_bit_identical(out[:FRAME_SIZE], own[:FRAME_SIZE, 0] + np.float32(1))
    assert_bit_identical(out[FRAME_SIZE : 2 * FRAME_SIZE], own[:FRAME_SIZE, 1] + own[FRAME_SIZE:, 0])
    assert np.isnan(out[2 * FRAME_SIZE :]).all()
    assert_bit_identical(memory, own[FRAME_SIZE:, 1])
