"""What the training mixer will make of two streams: how often pairs repeat, which SNRs occur."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.names import printable
from rnnoise_py.spec.constants import FRAME_MS, NOISE_GAIN_DB

MIDDLE_SNR: Final = 5  #: dB: the median where speech and noise have one level, as the mixer draws −19 … 30 dB
USUAL_SNR: Final = (-5, 25)  #: dB: a median outside is worth a word …
SNR_RANGE: Final = (-20, 50)  #: … and here it would spoil a training
FEW_PASSES: Final = 10  # pairings that repeat within so many passes over the longer stream are worth a word


def pairing_period(clean_frames: int, noise_frames: int) -> int:
    """Return after how many frames the same pairs of frames meet again, nothing muted."""
    return math.lcm(clean_frames, noise_frames)


def pairing_note(clean_frames: int, noise_frames: int) -> str | None:
    """Return a line about the pairing when it repeats soon, else None."""
    period = pairing_period(clean_frames, noise_frames)
    passes = period // max(clean_frames, noise_frames)
    if passes >= FEW_PASSES:
        return None
    hours = period * FRAME_MS / 3_600_000
    plural = "es" if passes > 1 else ""
    return (
        f"the streams repeat the same pairs of frames after {period:,} frames ({hours:.2f} h, {passes} "
        f"pass{plural} over the longer one), as {clean_frames:,} and {noise_frames:,} frames share a large "
        f"divisor: leave out a file of one of them"
    )


def sameness_notes(clean: Sequence[Path], noise: Sequence[Path]) -> list[str]:
    """Return a line for each input that is both speech and noise, or that is given twice."""
    notes = []
    for kind, places in (("clean", clean), ("noise", noise)):
        notes += [
            f"{printable(place)} is given twice as {kind}: it will weigh twice as much"
            for number, place in enumerate(places)
            if any(_same(place, earlier) for earlier in places[:number])
        ]
    notes += [
        f"{printable(place)} is both clean speech and noise: the network would learn to remove what it should keep"
        for place in clean
        if any(_same(place, other) for other in noise)
    ]
    return notes


def _same(first: Path, second: Path) -> bool:
    return first.exists() and second.exists() and first.samefile(second)


def mixer_snr(clean: Mapping[int, float], noise: Mapping[int, float]) -> dict[int, float]:
    """Return the distribution of the SNRs that the training mixer will produce.

    Parameters
    ----------
    clean, noise
        Level in dBFS → seconds of audio at that level.

    Returns
    -------
    SNR in dB → probability. The mixer draws the noise gain relative to the speech gain, −30 … +19 dB; mixes
    with one of the two muted are left out.
    """
    if not clean or not noise:
        return {}
    lowest, steps = NOISE_GAIN_DB
    speech_levels, speech_start = _vector(clean)
    noise_levels, noise_start = _vector({-level: weight for level, weight in noise.items()})
    gains = np.full(steps, 1.0 / steps)  # −gain runs from −(lowest + steps − 1) up to −lowest
    total = np.convolve(np.convolve(speech_levels, noise_levels), gains)
    start = speech_start + noise_start - (lowest + steps - 1)
    return {start + index: float(share) for index, share in enumerate(total) if share > 0}


def _vector(weights: Mapping[int, float]) -> tuple[npt.NDArray[np.float64], int]:
    start = min(weights)
    out = np.zeros(max(weights) - start + 1)
    for value, weight in weights.items():
        out[value - start] += weight
    return out / out.sum(), start


def percentile(distribution: Mapping[int, float], share: float) -> int:
    """Return the value below which ``share`` of a distribution lies."""
    total = 0.0
    for value in sorted(distribution):
        total += distribution[value]
        if total >= share:
            return value
    return max(distribution)


@dataclass(frozen=True)
class SnrVerdict:
    """Whether a distribution of SNRs is fit for a training."""

    spoils: bool
    text: str


def judge_snr(shares: Mapping[int, float]) -> SnrVerdict:
    """Judge the SNRs of mixes of speech and noise by their median.

    Parameters
    ----------
    shares
        SNR in dB → share; at least one.
    """
    low, middle, high = (percentile(shares, share) for share in (0.05, 0.5, 0.95))
    text = f"median {middle} dB, 5 … 95 %: {low} … {high} dB"
    if USUAL_SNR[0] <= middle <= USUAL_SNR[1]:
        return SnrVerdict(False, f"{text}: fine")
    off = middle - MIDDLE_SNR
    mend = f"make the noise {off} dB louder" if off > 0 else f"make the speech {-off} dB louder"
    if SNR_RANGE[0] <= middle <= SNR_RANGE[1]:
        what = "little noise to learn from" if off > 0 else "little speech to learn from"
        return SnrVerdict(False, f"{text}: {what}; to bring both to one level, {mend}")
    return SnrVerdict(True, f"{text}: the median SNR is far off; {mend}")
