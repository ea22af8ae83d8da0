"""DNSMOS: what listeners would say of speech, noise and the whole, guessed by networks; no clean original is needed.

P.835 (Reddy et al., 2022: speech, background, overall) and P.808 (Reddy et al., 2021: overall). The networks come with
the package ``speechmos`` and run in ``onnxruntime``; signals are cut, repeated and calibrated as the authors do it.
"""

from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import DependencyError
from rnnoise_py.report.signals import F64, as_signal
from rnnoise_py.spec.constants import SAMPLE_RATE

F32 = npt.NDArray[np.float32]

RATE: Final = 16_000  # Hz
WINDOW_SECONDS: Final = 9.01
WINDOW: Final = int(WINDOW_SECONDS * RATE)  # samples
# raw outputs of the P.835 network → scores; coefficients of the highest power first
SPEECH_CALIBRATION: Final = (-0.08397278, 1.22083953, 0.0052439)
BACKGROUND_CALIBRATION: Final = (-0.13166888, 1.60915514, -0.39604546)
OVERALL_CALIBRATION: Final = (-0.06766283, 1.11546468, 0.04602535)
# the picture of sound that the P.808 network looks at
MEL_BANDS: Final = 120
MEL_WINDOW: Final = 321  # samples, Hann
MEL_HOP: Final = 160
MEL_RANGE_DB: Final = 80.0
MEL_LEFT_OUT: Final = 160  # samples at the end of a window
POWER_FLOOR: Final = 1e-10
# Slaney's mel scale: linear below 1 kHz, logarithmic above
LINEAR_MEL_HZ: Final = 200 / 3
BREAK_HZ: Final = 1000.0
BREAK_MEL: Final = BREAK_HZ / LINEAR_MEL_HZ
LOG_STEP: Final = np.log(6.4) / 27


class Dnsmos(NamedTuple):
    """Mean opinion scores, about 1 (bad) … 5 (excellent)."""

    sig: float  #: P.835: the speech
    bak: float  #: P.835: the background
    ovrl: float  #: P.835: all in all
    p808: float  #: P.808: all in all


def dnsmos_installed() -> bool:
    """Whether :func:`dnsmos` can be called; nothing is imported."""
    return find_spec("speechmos") is not None and find_spec("onnxruntime") is not None


def dnsmos(signal: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> Dnsmos:
    """Guess what listeners would say.

    Parameters
    ----------
    signal
        (samples,) int16, or float in ±1; resampled to 16 kHz. Less than 9.01 s is repeated; longer signals are scored
        every second, and the mean is returned.
    sample_rate
        Hz.

    Returns
    -------
    Scores; NaN for digital silence.

    Raises
    ------
    DependencyError
        When the extra ``dnsmos`` is not installed.
    InputError
        When the signal cannot be used.
    """
    networks = _networks()
    samples = _at_rate(as_signal(signal), sample_rate)
    if not np.any(samples):
        return Dnsmos(*[float("nan")] * 4)
    found = []
    for window in _windows(samples.astype(np.float32)):
        speech, background, overall = networks[0].run(None, {"input_1": window[None]})[0][0]
        (general,) = networks[1].run(None, {"input_1": mel_picture(window[:-MEL_LEFT_OUT])[None]})[0][0]
        calibrated = (
            np.polyval(SPEECH_CALIBRATION, speech),
            np.polyval(BACKGROUND_CALIBRATION, background),
            np.polyval(OVERALL_CALIBRATION, overall),
        )
        found.append((*calibrated, general))
    return Dnsmos(*map(float, np.mean(found, axis=0)))


@lru_cache(maxsize=1)
def _networks() -> tuple[Any, Any]:
    """Load the networks of P.835 and P.808 once a process."""
    package = find_spec("speechmos")
    try:
        import onnxruntime
    except ImportError:
        package = None
    if package is None or not package.submodule_search_locations:
        raise DependencyError("DNSMOS is not installed: pip install speechmos onnxruntime")
    folder = Path(package.submodule_search_locations[0]) / "dnsmos_models"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # workers are processes
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    primary, general = (
        onnxruntime.InferenceSession(str(folder / name), options, providers=providers)
        for name in ("sig_bak_ovr.onnx", "model_v8.onnx")
    )
    return primary, general


def _at_rate(samples: F64, sample_rate: int) -> F64:
    """Resample with the polyphase filter with which published figures of DNSMOS are made."""
    if sample_rate == RATE:
        return samples
    from scipy.signal import resample_poly

    common = int(np.gcd(sample_rate, RATE))
    return np.asarray(resample_poly(samples, RATE // common, sample_rate // common), np.float64)


def _windows(samples: F32) -> Iterator[F32]:
    """Windows of 9.01 s that begin every second; doubled until there is one."""
    while len(samples) < WINDOW:
        samples = np.concatenate([samples, samples])
    for second in range(int(len(samples) // RATE - WINDOW_SECONDS) + 1):
        window = samples[second * RATE : int((second + WINDOW_SECONDS) * RATE)]
        if len(window) == WINDOW:  # some are a sample short by rounding, and are left out by the authors too
            yield window


@lru_cache(maxsize=1)
def mel_matrix() -> F64:
    """Weights of power spectra: triangles of equal area on Slaney's mel scale, float64 (161, 120)."""
    highest = BREAK_MEL + np.log(RATE / 2 / BREAK_HZ) / LOG_STEP
    mels = np.linspace(0, highest, MEL_BANDS + 2)
    edges = np.where(mels < BREAK_MEL, mels * LINEAR_MEL_HZ, BREAK_HZ * np.exp(LOG_STEP * (mels - BREAK_MEL)))
    bins = np.fft.rfftfreq(MEL_WINDOW, 1 / RATE)[:, None]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
    return np.asarray(triangles * 2 / (high - low), np.float64)


def mel_picture(samples: F32) -> F32:
    """Mel spectrogram as the P.808 network takes it.

    Parameters
    ----------
    samples
        (n,) at 16 kHz.

    Returns
    -------
    float32 (⌈n / 160⌉, 120): dB below the loudest, −80 … 0 brought to −1 … 1.
    """
    window = np.hanning(MEL_WINDOW + 1)[:-1]
    padded = np.pad(np.asarray(samples, np.float64), MEL_WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, MEL_WINDOW)[::MEL_HOP]
    powers = np.abs(np.fft.rfft(frames * window)) ** 2 @ mel_matrix()
    levels = 10 * np.log10(np.maximum(powers, POWER_FLOOR))
    below = np.maximum(levels - levels.max(), -MEL_RANGE_DB)
    return np.asarray((below + MEL_RANGE_DB / 2) / (MEL_RANGE_DB / 2), np.float32)
