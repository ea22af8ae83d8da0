"""Spectra for pictures: mel spectrograms in dB, and what a model did to each of the 22 bands."""

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import BAND_EDGES, FRAME_SIZE, FREQ_SIZE, NB_BANDS, PCM_SCALE, SAMPLE_RATE, WINDOW_SIZE

Int16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

MEL_BANDS: Final = 96
MEL_WINDOW: Final = 2048  # samples: 43 ms, low bands need it
LOWEST_HZ: Final = 50
HIGHEST_HZ: Final = 20_000
BLOCK_FRAMES: Final = 512  # frames transformed at a time: memory stays bounded
_POWER_FLOOR: Final = np.float32(1e-12)  # −120 dBFS
_NOTHING: Final = np.float32(1e-10)  # band power in which there is nothing to suppress


def hz_to_mel(hz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Frequency on the mel scale (O'Shaughnessy: 2595·log10(1 + f/700))."""
    return np.asarray(2595 * np.log10(1 + np.asarray(hz, np.float64) / 700))


def mel_to_hz(mel: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Undo :func:`hz_to_mel`."""
    return np.asarray(700 * (10 ** (np.asarray(mel, np.float64) / 2595) - 1))


def mel_matrix(highest: float = HIGHEST_HZ) -> F32:
    """Weights of power spectra: triangles equally wide in mel, float32 (MEL_WINDOW/2 + 1, MEL_BANDS).

    Each triangle sums to 1 and is at least as wide as a bin.
    """
    low_mel, high_mel = hz_to_mel([LOWEST_HZ, highest])
    edges = mel_to_hz(np.linspace(float(low_mel), float(high_mel), MEL_BANDS + 2))
    bins = np.arange(MEL_WINDOW // 2 + 1) * SAMPLE_RATE / MEL_WINDOW
    width = SAMPLE_RATE / MEL_WINDOW
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - centre) / np.maximum(centre - low, width) + 1
    falling = (centre - bins[:, None]) / np.maximum(high - centre, width) + 1
    weights = np.maximum(0, np.minimum(rising, falling))
    return np.asarray(weights / weights.sum(axis=0), np.float32)


def band_matrix() -> F32:
    """Weights of power spectra: the triangles of the 22 bands, float32 (481, 22)."""
    weights = np.zeros((FREQ_SIZE, NB_BANDS), np.float32)
    for band, (low, high) in enumerate(pairwise(BAND_EDGES)):
        share = np.arange(high - low, dtype=np.float32) / np.float32(high - low)
        weights[low:high, band] += 1 - share
        weights[low:high, band + 1] += share
    return weights


def weighted_powers(pcm: Int16, window_size: int, weights: F32, hop: int = FRAME_SIZE) -> F32:
    """Power spectra of windows around the middle of each hop, weighted: float32 (hops, bands).

    Parameters
    ----------
    pcm
        48 kHz mono int16.
    window_size
        Samples of the Hann window.
    weights
        float32 (window_size/2 + 1, bands).
    hop
        Samples from one window to the next.

    Returns
    -------
    Mean square of ±1 samples in each band.
    """
    return weighted_products(pcm, pcm, window_size, weights, hop)


def weighted_products(first: Int16, second: Int16, window_size: int, weights: F32, hop: int = FRAME_SIZE) -> F32:
    """Real part of the cross spectra of two equally long signals, weighted: as :func:`weighted_powers`, of which it is.

    Over a band and some frames the sum of such products, divided by that of the first signal's powers, is the gain with
    which the first is in the second; what is added to it independently (noise) adds nothing on the average.
    """
    count = -(-len(first) // hop)
    window = np.hanning(window_size + 1)[:-1].astype(np.float32)
    scale = np.float32(2 / (window_size * float(window @ window)))
    views = [_windows(pcm, window_size, hop, count) for pcm in (first, second)]
    out = np.empty((count, weights.shape[1]), np.float32)
    for place in range(0, count, BLOCK_FRAMES):
        one, other = (np.fft.rfft(windows[place : place + BLOCK_FRAMES] * window) for windows in views)
        products = one.real * other.real + one.imag * other.imag
        out[place : place + len(one)] = products.astype(np.float32) @ weights
    return out * scale


def _windows(pcm: Int16, window_size: int, hop: int, count: int) -> F32:
    """View of the windows around the middle of each hop, ±1: float32 (hops, window_size)."""
    before = (window_size - hop) // 2
    padded = np.zeros((count - 1) * hop + max(window_size, hop + before), np.float32)
    padded[before : before + len(pcm)] = pcm
    padded *= np.float32(1 / PCM_SCALE)
    return np.lib.stride_tricks.sliding_window_view(padded, window_size)[::hop]


def columns_of(values: F32, most: int) -> F32:
    """Average neighbouring rows until there are at most ``most``."""
    group = -(-len(values) // most)
    if group <= 1:
        return values
    starts = np.arange(0, len(values), group)
    sizes = np.diff(starts, append=len(values)).astype(np.float32)
    return np.asarray(np.add.reduceat(values, starts, axis=0) / sizes[:, None], np.float32)


def mel_spectrogram(pcm: Int16, columns: int, highest: float = HIGHEST_HZ) -> F32:
    """Mel spectrogram in dBFS, float32 (at most ``columns``, MEL_BANDS), low bands first."""
    powers = columns_of(weighted_powers(pcm, MEL_WINDOW, mel_matrix(highest)), columns)
    return np.asarray(10 * np.log10(np.maximum(powers, _POWER_FLOOR)), np.float32)


def band_gains(before: Int16, after: Int16, columns: int) -> F32:
    """Gains that a denoiser applied to the 22 bands, seen from outside, float32 (at most ``columns``, 22), 0 … 1.

    sqrt(energy after / energy before) of windows of 20 ms; 0 where there is nothing.
    """
    matrix = band_matrix()
    powers = [columns_of(weighted_powers(pcm, WINDOW_SIZE, matrix), columns) for pcm in (before, after)]
    ratio = np.where(powers[0] > _NOTHING, powers[1] / np.maximum(powers[0], _NOTHING), 0)
    return np.asarray(np.sqrt(np.minimum(ratio, 1)), np.float32)
