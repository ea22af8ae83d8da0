"""Quality of denoised speech against a clean reference: pure functions of arrays and a sample rate.

PESQ, STOI and ESTOI, SI-SDR, segmental SNR. What cannot be computed from the given signals (no speech, too short) is
NaN; what cannot be used at all is an :class:`~rnnoise_py.errors.InputError`. Levels, which need no reference, are in
:mod:`.levels`, losses of speech in :mod:`.safety`, scores of a VAD in :mod:`.detection`, DNSMOS in :mod:`.opinion`.
"""

import warnings
from importlib.util import find_spec
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.report.signals import F64, TINY, as_pair, resample
from rnnoise_py.spec.constants import SAMPLE_RATE

PESQ_RATE: Final = 16_000  # Hz, of wide-band PESQ
PESQ_SECONDS: Final = 30  # longest signal that P.862 is meant for
SEGMENT_MS: Final = 30
SEGMENT_OVERLAP: Final = 4  # segments begin every quarter of their length
SEGMENT_SNR_DB: Final = (-10.0, 35.0)  # SNRs of a segment are limited to this range
SEGMENT_RANGE_DB: Final = 40.0  # segments of the clean signal that are softer than the loudest by more are pauses


def pesq_installed() -> bool:
    """Whether :func:`pesq_wb` can be called; nothing is imported."""
    return find_spec("pesq") is not None


def pesq_wb(reference: npt.ArrayLike, estimate: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> float:
    """Perceptual evaluation of speech quality, wide band (ITU-T P.862.2), by the package ``pesq``.

    Parameters
    ----------
    reference, estimate
        (samples,) int16, or float in ±1, of equal length. They are resampled to 16 kHz.
    sample_rate
        Hz of both.

    Returns
    -------
    MOS-LQO, 1.04 (bad) … 4.64 (equal); NaN where no speech is found or there is less than a quarter of a second.
    Signals longer than 30 s, what P.862 is made for, are scored in equal pieces: the mean of those with speech.

    Raises
    ------
    DependencyError
        When the package is not installed.
    InputError
        When the signals cannot be used.
    """
    try:
        from pesq import PesqError, pesq
    except ImportError as error:
        raise DependencyError("PESQ is not installed: pip install pesq (needs a C compiler)") from error
    first, second = as_pair(reference, estimate)
    clean, other = (resample(signal, sample_rate, PESQ_RATE).astype(np.float32) for signal in (first, second))
    if not np.any(clean) or not np.any(other):
        return float("nan")
    pieces = -(-len(clean) // (PESQ_SECONDS * PESQ_RATE))
    scores = []
    for a, b in zip(np.array_split(clean, pieces), np.array_split(other, pieces), strict=True):
        score = pesq(PESQ_RATE, a, b, "wb", PesqError.RETURN_VALUES) if np.any(a) and np.any(b) else -1
        if score > 0:
            scores.append(float(score))
    return float(np.mean(scores)) if scores else float("nan")


def stoi(
    reference: npt.ArrayLike, estimate: npt.ArrayLike, sample_rate: int = SAMPLE_RATE, *, extended: bool = False
) -> float:
    """Short-time objective intelligibility (Taal et al., 2011), by the package ``pystoi``.

    Parameters
    ----------
    reference, estimate
        (samples,) int16, or float in ±1, of equal length.
    sample_rate
        Hz of both.
    extended
        ESTOI (Jensen and Taal, 2016): for noise that comes and goes, where STOI is too kind.

    Returns
    -------
    About 0 (unintelligible) … 1 (equal); NaN where there are less than 30 frames (0.4 s) of speech.

    Raises
    ------
    DependencyError
        When the package is not installed.
    InputError
        When the signals cannot be used.
    """
    try:
        import pystoi
    except ImportError as error:
        raise DependencyError("pystoi is not installed: pip install pystoi") from error
    clean, other = as_pair(reference, estimate)
    if not np.any(clean):
        return float("nan")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return float(pystoi.stoi(clean, other, sample_rate, extended=extended))
        except (RuntimeWarning, ValueError):  # too few frames, or less than one
            return float("nan")


def si_sdr(reference: npt.ArrayLike, estimate: npt.ArrayLike, *, zero_mean: bool = False) -> float:
    """Scale-invariant signal-to-distortion ratio (Le Roux et al., 2019).

    Parameters
    ----------
    reference, estimate
        (samples,) int16, or float in ±1, of equal length and rate.
    zero_mean
        Subtract the mean of each first: then a DC offset does not count as distortion.

    Returns
    -------
    dB; infinite for a scaled copy, NaN where one of the two is silent.

    Raises
    ------
    InputError
        When the signals cannot be used.
    """
    clean, other = as_pair(reference, estimate)
    if zero_mean:
        clean, other = clean - clean.mean(), other - other.mean()
    energy = float(clean @ clean)
    if energy < TINY or not np.any(other):
        return float("nan")
    target = float(other @ clean) / energy * clean
    distortion = other - target
    with np.errstate(divide="ignore"):
        return float(10 * np.log10((target @ target) / np.float64(distortion @ distortion)))


def segmental_snr(reference: npt.ArrayLike, estimate: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> float:
    """Mean SNR of 30 ms segments in which there is speech (Hansen and Pellom, 1998).

    Segments are windowed and begin every 7.5 ms; their SNRs are limited to −10 … 35 dB; those in which the clean
    signal is softer than its loudest segment by more than 40 dB are left out.

    Parameters
    ----------
    reference, estimate
        (samples,) int16, or float in ±1, of equal length.
    sample_rate
        Hz of both.

    Returns
    -------
    dB, −10 … 35; NaN where there is no whole segment, or only silence.

    Raises
    ------
    InputError
        When the signals cannot be used.
    """
    clean, other = as_pair(reference, estimate)
    length = sample_rate * SEGMENT_MS // 1000
    if len(clean) < length:
        return float("nan")
    window = np.hanning(length + 2)[1:-1] ** 2

    def energies(signal: F64) -> F64:
        hop = length // SEGMENT_OVERLAP
        segments = np.lib.stride_tricks.sliding_window_view(signal * signal, length)[::hop]
        return np.asarray(segments @ window)

    speech, error = energies(clean), energies(clean - other)
    heard = speech > max(float(speech.max()) * 10 ** (-SEGMENT_RANGE_DB / 10), TINY)
    if not heard.any():
        return float("nan")
    ratios = 10 * (np.log10(speech[heard]) - np.log10(np.maximum(error[heard], TINY)))
    return float(np.clip(ratios, *SEGMENT_SNR_DB).mean())
