"""How much of a signal looks like one person speaking: pitch that glides, in syllables."""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.spec.constants import PCM_SCALE, SAMPLE_RATE

Float32 = npt.NDArray[np.float32]

DECIMATION: Final = 4  # to 12 kHz, by averaging
RATE: Final = SAMPLE_RATE // DECIMATION
FRAME: Final = RATE // 25  # 40 ms
HOP: Final = RATE // 50  # 20 ms
LOWEST_LAG, HIGHEST_LAG = RATE // 400, RATE // 70  # 400 … 70 Hz
WINDOW: Final = 75  # frames judged together: 1.5 s
VOICED_ABOVE: Final = 0.55  # normalized autocorrelation
AUDIBLE: Final = 1e-8  # mean square relative to full scale
_FFT: Final = 1_024


def track_pitch(signal: Float32) -> tuple[Float32, Float32, Float32]:
    """Measure energy, periodicity and pitch of 40 ms frames every 20 ms.

    Parameters
    ----------
    signal
        ``(samples,)`` float32 at 12 kHz, ±1.

    Returns
    -------
    Three ``(frames,)`` arrays: level in dBFS, highest normalized autocorrelation (0 … 1) and its pitch in Hz.
    """
    if len(signal) < FRAME:
        empty = np.zeros(0, np.float32)
        return empty, empty, empty
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(frames, _FFT, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : HIGHEST_LAG + 1]
    squares = np.cumsum(np.pad(frames**2, ((0, 0), (1, 0))), axis=1)
    lags = np.arange(LOWEST_LAG, HIGHEST_LAG + 1)
    early = squares[:, FRAME - lags]  # energy of the part that is compared …
    late = squares[:, -1:] - squares[:, lags]  # … and of the part one lag later
    normalized = correlation[:, LOWEST_LAG:] / np.sqrt(early * late + 1e-12)
    # the shortest lag that is nearly as good as the best: no octave down
    best = normalized.max(axis=1)
    first = np.argmax(normalized > 0.9 * best[:, None], axis=1)
    stop = np.minimum(first + 8, normalized.shape[1])
    peak = first + np.array([np.argmax(row[a:b]) for row, a, b in zip(normalized, first, stop, strict=True)])
    power = squares[:, -1] / FRAME
    level = 10 * np.log10(power + 1e-12)
    best = np.where(power > AUDIBLE, np.clip(best, 0, 1), 0)
    return level.astype(np.float32), best.astype(np.float32), (RATE / lags[peak]).astype(np.float32)


def speech_windows(level: Float32, periodicity: Float32, pitch: Float32) -> npt.NDArray[np.bool_]:
    """Judge stretches of 1.5 s.

    A stretch is speech-like when a good part of it, but not all, is voiced; when its level moves by more than
    12 dB; and when the pitch of neighbouring voiced frames moves a little, neither standing still (tones,
    machines, music) nor jumping (noise).
    """
    flags = []
    for start in range(0, len(level) - WINDOW + 1, WINDOW):
        part = slice(start, start + WINDOW)
        voiced = periodicity[part] > VOICED_ABOVE
        share = voiced.mean()
        span = np.percentile(level[part], 95) - np.percentile(level[part], 10)
        both = voiced[1:] & voiced[:-1]
        moves = np.abs(np.diff(np.log2(pitch[part])))[both]
        gliding = bool(len(moves) >= 10) and np.mean((moves > 0.002) & (moves < 0.12)) > 0.45
        calm = bool(len(moves) >= 10) and np.mean(moves > 0.3) < 0.15
        flags.append(0.25 < share < 0.97 and span > 12 and gliding and calm)
    return np.array(flags, dtype=bool)


class SpeechMeter:
    """Takes int16 blocks at 48 kHz; tells which share of what is audible looks like speech."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.int16)
        self._signal = np.zeros(0, np.float32)
        self._speech = self._windows = 0

    def add(self, block: npt.NDArray[np.int16]) -> None:
        """Take one block of any length."""
        pcm = np.concatenate([self._rest, block])
        whole = len(pcm) // DECIMATION * DECIMATION
        self._rest = pcm[whole:]
        low = pcm[:whole].reshape(-1, DECIMATION).mean(axis=1, dtype=np.float32) / np.float32(PCM_SCALE)
        self._signal = np.concatenate([self._signal, low])
        need = WINDOW * HOP
        count = (len(self._signal) - FRAME) // need
        if count > 0:
            self._judge(self._signal[: count * need + FRAME - HOP])
            self._signal = self._signal[count * need :]

    def _judge(self, signal: Float32) -> None:
        level, periodicity, pitch = track_pitch(signal)
        flags = speech_windows(level, periodicity, pitch)
        whole = len(flags) * WINDOW
        loud = level[:whole].reshape(-1, WINDOW).max(axis=1, initial=-120) > -60
        self._windows += int(np.count_nonzero(loud))
        self._speech += int(np.count_nonzero(flags & loud))

    @property
    def share(self) -> float:
        """Share of the audible 1.5 s stretches that look like speech, 0 … 1."""
        return self._speech / self._windows if self._windows else 0.0
