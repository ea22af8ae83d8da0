"""Measure 48 kHz mono int16 while it passes: level, peak, clipping, DC, silence, bandwidth, floor."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.lanes.jit import kernel
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]

LEVELS: Final = 121  # histogram of frame levels: 0 … −120 dBFS
SILENT_BELOW: Final = -70  # dBFS of a 10 ms frame
SPECTRUM: Final = 2_048  # samples of a window for the bandwidth
SPECTRUM_EVERY: Final = 12_000  # samples between windows: 0.25 s …
SPECTRUM_DENSE: Final = 40  # … after so many that lie close together
BANDWIDTH_HZ: Final = 8_000
NARROW_SHARE: Final = 1e-6  # share of energy above 8 kHz below which there is nothing
LEAST_SPECTRA: Final = 12  # windows with sound that are needed to tell
HEARD: Final = 8e8  # summed power of a window: noise at −60 dBFS
CLIP_RUN: Final = 3  # samples at full scale in a row that count as clipping


@kernel
def _frame_stats(pcm: npt.NDArray[np.int16], energies: npt.NDArray[np.float64], totals: npt.NDArray[np.int64]) -> float:
    """Add up whole frames and return their energy.

    ``energies`` gets that of each frame without its DC; ``totals`` holds the sum, the peak, the samples in
    runs at full scale, and the length of the run so far.
    """
    total, peak, clipped, run = totals[0], totals[1], totals[2], totals[3]
    everything = np.float64(0.0)
    for frame in range(len(energies)):
        energy = offset = np.int64(0)
        for n in range(frame * FRAME_SIZE, (frame + 1) * FRAME_SIZE):
            x = np.int64(pcm[n])
            energy += x * x
            offset += x
            magnitude = abs(x)
            peak = max(peak, magnitude)
            if magnitude >= PCM_SCALE - 1:
                run += 1
                if run == CLIP_RUN:
                    clipped += CLIP_RUN
                elif run > CLIP_RUN:
                    clipped += 1
            else:
                run = np.int64(0)
        total += offset
        everything += np.float64(energy)
        energies[frame] = np.float64(energy) - np.float64(offset * offset) / np.float64(FRAME_SIZE)
    totals[0], totals[1], totals[2], totals[3] = total, peak, clipped, run
    return everything


def decibels(power: float) -> float:
    """Return 10·log10 of a power relative to full scale, at least −120."""
    return max(-120.0, float(10 * np.log10(power + 1e-30)))


@dataclass(frozen=True)
class Measures:
    """What was measured; levels in dBFS (0 is a full-scale square wave)."""

    seconds: float
    rms: float  #: level over everything
    active: float  #: level over the frames within 30 dB of the loud ones
    floor: float  #: level that one frame in twenty stays below
    peak: float
    dc: float  #: share of full scale
    clipped: int  #: samples in runs of three and more at full scale
    silence: float  #: share of 10 ms frames below −70 dBFS
    above_8k: float | None  #: share of energy above 8 kHz; None when there is too little sound

    @property
    def narrow(self) -> bool:
        """Whether there is nothing above 8 kHz though there is sound."""
        return self.above_8k is not None and self.above_8k < NARROW_SHARE and self.rms > -100

    def as_json(self) -> dict[str, Any]:
        """Return rounded numbers."""
        return {
            "seconds": round(self.seconds, 3),
            "rms_dbfs": round(self.rms, 1),
            "active_dbfs": round(self.active, 1),
            "floor_dbfs": round(self.floor, 1),
            "peak_dbfs": round(self.peak, 2),
            "dc": round(self.dc, 5),
            "clipped": self.clipped,
            "silence": round(self.silence, 4),
            "above_8k": None if self.above_8k is None else float(f"{self.above_8k:.3g}"),
        }


class Meter:
    """Takes blocks of any length; memory does not grow."""

    def __init__(self) -> None:
        self._totals = np.zeros(4, np.int64)
        self._energy = 0.0
        self._levels = np.zeros(LEVELS, np.int64)
        self._samples = 0
        self._rest = np.zeros(0, np.int16)
        self._low = self._high = 0.0
        self._next_window = 0
        self._spectra_seen = self._spectra_heard = 0
        self._window = np.hanning(SPECTRUM)
        self._edge = BANDWIDTH_HZ * SPECTRUM // SAMPLE_RATE

    def add(self, block: Int16) -> None:
        """Measure one block."""
        self._spectra(block)
        self._samples += len(block)
        pcm = np.concatenate([self._rest, block]) if len(self._rest) else block
        frames = len(pcm) // FRAME_SIZE
        self._frames(pcm[: frames * FRAME_SIZE])
        self._rest = pcm[frames * FRAME_SIZE :].copy()

    def _frames(self, pcm: Int16) -> None:
        if not len(pcm):
            return
        energies = np.empty(len(pcm) // FRAME_SIZE)
        self._energy += _frame_stats(np.ascontiguousarray(pcm), energies, self._totals)
        power = energies / (FRAME_SIZE * float(PCM_SCALE) ** 2)
        level = np.rint(-10 * np.log10(power + 1e-30))
        self._levels += np.bincount(np.clip(level, 0, LEVELS - 1).astype(np.int64), minlength=LEVELS)

    def _spectra(self, block: Int16) -> None:
        """Add the spectra of the windows that lie within the block."""
        starts = []
        while self._next_window - self._samples + SPECTRUM <= len(block):
            start = self._next_window - self._samples
            if start >= 0:
                starts.append(start)
                self._next_window += SPECTRUM_EVERY if self._spectra_seen > SPECTRUM_DENSE else 2 * SPECTRUM
                self._spectra_seen += 1
            else:  # the window straddles two blocks: move it
                self._next_window = self._samples
        if not starts:
            return
        windows = np.stack([block[start : start + SPECTRUM] for start in starts]) * self._window
        power = np.abs(np.fft.rfft(windows, axis=1)) ** 2
        self._spectra_heard += int(np.count_nonzero(power.sum(axis=1) > HEARD))
        self._low += float(power[:, 1 : self._edge].sum())
        self._high += float(power[:, self._edge :].sum())

    def result(self) -> Measures:
        """Return the measures of everything so far."""
        rest = self._rest.astype(np.float64)
        energy = self._energy + float((rest**2).sum())
        total = float(self._totals[0]) + float(rest.sum())
        peak = max(int(self._totals[1]), int(np.abs(rest).max(initial=0)))
        samples = max(1, self._samples)
        whole = max(1, int(self._levels.sum()))
        spectrum = self._low + self._high
        full = float(PCM_SCALE)
        return Measures(
            seconds=self._samples / SAMPLE_RATE,
            rms=decibels(energy / samples / full**2),
            active=active_level(self._levels),
            floor=floor_level(self._levels),
            peak=2 * decibels(peak / full),
            dc=total / samples / full,
            clipped=int(self._totals[2]),
            silence=float(self._levels[-SILENT_BELOW + 1 :].sum()) / whole,
            above_8k=self._high / spectrum if self._spectra_heard >= LEAST_SPECTRA else None,
        )


def active_level(levels: npt.NDArray[np.int64]) -> float:
    """Return the mean power, in dBFS, of the frames within 30 dB of the 95th percentile."""
    heard = levels[:-1]
    if not heard.sum():
        return -120.0
    loud = int(np.searchsorted(np.cumsum(heard), 0.05 * heard.sum()))
    kept = heard[: loud + 31]
    powers = 10.0 ** (-np.arange(len(kept)) / 10)
    return decibels(float((kept * powers).sum() / kept.sum()))


def floor_level(levels: npt.NDArray[np.int64]) -> float:
    """Return the 5th percentile of the frame levels in dBFS, −120 for digital silence."""
    if not levels.sum():
        return -120.0
    return -float(np.searchsorted(np.cumsum(levels), 0.95 * levels.sum()))
