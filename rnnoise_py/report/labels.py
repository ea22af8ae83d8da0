"""Where there is speech and where there are pauses: frames of a clean original, told by their level."""

from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.report.detection import VAD_THRESHOLD
from rnnoise_py.report.levels import LOUD_QUANTILE, decibels, frame_powers
from rnnoise_py.spec.constants import FRAME_MS, SAMPLE_RATE

Flags = npt.NDArray[np.bool_]

SPEECH_RANGE_DB: Final = 25.0  # frames at most this much softer than the loud ones are speech
PAUSE_RANGE_DB: Final = 42.0  # frames softer by more are silent
PAUSE_MARGIN: Final = 4  # frames before and after a sound that are no pause yet
SMOOTHED: Final = 3  # frames over which powers are averaged first
LOWEST_SOUND: Final = -100.0  # dBFS; softer frames do not count for what is loud
SPEECH, PAUSE, NEITHER = 1.0, 0.0, 0.5
#: where no clean original tells the pauses: frames that no model hears speech near, and that are soft
HEARD_MARGIN: Final = 5  # frames around those that a model hears speech in
SOFT_QUANTILE: Final = 0.2  # of the levels: what is soft
SOFT_RANGE_DB: Final = 6.0  # frames louder than that by more are no pause
SOFT_SMOOTHED: Final = 5  # frames over which powers are averaged first
FEWEST_PAUSES: Final = 25  # frames; with fewer, those that are soft are taken, whatever the models hear
#: an onset is the first speech after so many frames without
ONSET_AFTER: Final = 100 // FRAME_MS
ONSET_FRAMES: Final = 50 // FRAME_MS


def smoothed(powers: npt.NDArray[np.float64], frames: int = SMOOTHED) -> npt.NDArray[np.float64]:
    """Mean of each value and its neighbours, ``frames`` in all (odd); the ends are repeated. As long as ``powers``."""
    padded = np.pad(powers, frames // 2, "edge")
    return np.asarray(np.convolve(padded, np.full(frames, 1 / frames), "valid"), np.float64)


def widened(flags: Flags, frames: int) -> Flags:
    """Flags that are also set ``frames`` before and after each."""
    if not len(flags):
        return flags
    counts = np.convolve(flags, np.ones(2 * frames + 1), "full")[frames : frames + len(flags)]
    return np.asarray(counts > 0, np.bool_)


def clean_labels(clean: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> npt.NDArray[np.float32]:
    """Label the 10 ms frames of clean speech.

    Powers are averaged over three frames; the 95th percentile of their levels is what is loud. Speech is at most 25 dB
    softer, a pause more than 42 dB softer and 40 ms away from anything louder. What lies between is neither: soft
    endings, breath, reverberation.

    Parameters
    ----------
    clean
        (samples,) int16, or float in ±1.
    sample_rate
        Hz.

    Returns
    -------
    float32 (frames,): 1 speech, 0 pause, ½ neither. All 0 where there is no sound.

    Raises
    ------
    InputError
        When the signal cannot be used.
    """
    powers = frame_powers(clean, sample_rate)
    labels = np.full(len(powers), NEITHER, np.float32)
    levels = decibels(smoothed(powers)) if len(powers) else powers
    heard = levels[levels > LOWEST_SOUND]
    if not len(heard):
        return np.full(len(powers), PAUSE, np.float32)
    loud = float(np.quantile(heard, LOUD_QUANTILE))
    labels[levels > loud - SPEECH_RANGE_DB] = SPEECH
    labels[~widened(levels >= loud - PAUSE_RANGE_DB, PAUSE_MARGIN)] = PAUSE
    return labels


def onsets(labels: npt.NDArray[np.float32]) -> Flags:
    """Frames of the first 50 ms of speech after at least 100 ms without: (frames,) flags."""
    found = np.zeros(len(labels), np.bool_)
    speech = labels == SPEECH
    begins = np.flatnonzero(speech & ~np.concatenate([[False], speech[:-1]]))
    for first in begins:
        if not speech[max(0, first - ONSET_AFTER) : first].any():
            found[first : first + ONSET_FRAMES] = True
    return np.asarray(found & speech, np.bool_)


def quiet_frames(noisy: npt.ArrayLike, heard: npt.ArrayLike, sample_rate: int = SAMPLE_RATE) -> Flags:
    """Frames of a recording in which neither a model nor their level speaks for speech.

    A VAD alone misses speech, and what it misses is louder than any noise. So a pause is 50 ms away from what any of
    several models hears, and at most 6 dB louder than the 20th percentile of all frames.

    Parameters
    ----------
    noisy
        (samples,) int16, or float in ±1.
    heard
        (models, frames) speech probabilities.
    sample_rate
        Hz.

    Returns
    -------
    (frames,) flags; digital silence is left out while there is anything else.

    Raises
    ------
    InputError
        When the signal cannot be used.
    """
    powers = frame_powers(noisy, sample_rate)
    if not len(powers):
        return np.zeros(0, np.bool_)
    sounding = powers > 0 if np.count_nonzero(powers) >= FEWEST_PAUSES else np.ones(len(powers), np.bool_)
    levels = decibels(smoothed(powers, SOFT_SMOOTHED))
    soft = float(np.quantile(levels[sounding], SOFT_QUANTILE))
    speech = widened(np.max(np.atleast_2d(heard), axis=0)[: len(powers)] >= VAD_THRESHOLD, HEARD_MARGIN)
    found = sounding & ~speech & (levels <= soft + SOFT_RANGE_DB)
    if np.count_nonzero(found) < FEWEST_PAUSES:
        found = sounding & (levels <= soft)
    return np.asarray(found)
