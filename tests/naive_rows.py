"""The slow, obvious twin of row assembly: one row after the other, everything computed anew."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.naive import (
    EDGES,
    WINDOW,
    Array,
    D,
    F,
    band_energy,
    biquad,
    gain_target,
    log10_floor,
    log_energies,
    ordered_sum,
    quiet,
    rand_values,
    vad_label,
)
from tests.naive_features import NaiveFeatures
from tests.naive_fft import spectrum

Pcm = npt.NDArray[np.int16]


class Loop:
    """A file read frame by frame, from the start again when no whole frame is left."""

    def __init__(self, pcm: Pcm, skip: int) -> None:
        self.frames = [pcm[i : i + 480].astype(F) for i in range(0, len(pcm) - 479, 480)]  # Q-PARTIAL-DROPPED
        self.place = skip if len(self.frames) > skip else 0  # Q-NOISE-SKIP

    def read(self) -> Array:
        frame = self.frames[self.place]
        self.place = (self.place + 1) % len(self.frames)
        return frame


class NaiveRows(NaiveFeatures):
    """Training rows of ``clean`` and ``noise``; the state is in plain attributes."""

    def __init__(self, clean: Pcm, noise: Pcm, seed: int = 1) -> None:
        super().__init__()
        self.rand = iter(rand_values(seed, 1000))
        self.clean, self.noise = Loop(clean, 0), Loop(noise, 150)
        self.speech_gain, self.noise_gain, self.counter = F(1), F(1), 0
        self.filters = {"speech": np.zeros(4, F), "noise": np.zeros(4, F)}  # a0, a1, b0, b1
        self.lowpass, self.band_lp = 481, 22
        self.memories = np.zeros((4, 2), F)  # speech high-pass, random; noise high-pass, random
        self.vad_count = 0
        self.last = {"speech": np.zeros(480, F), "noise": np.zeros(480, F), "noisy": np.zeros(480, F)}

    def redraw(self) -> None:
        """Draw thirteen times, when it falls due."""
        self.counter += 1
        if self.counter <= 2821:
            return
        draw = self.rand

        def u() -> Any:
            return F(0.75 * D(F(next(draw) / 2147483647 - 0.5)))

        self.speech_gain = F(math.pow(10, (-40 + next(draw) % 60) / 20))
        self.noise_gain = F(math.pow(10, (-30 + next(draw) % 50) / 20))
        if next(draw) % 10 == 0:
            self.noise_gain = F(0)
        self.noise_gain = self.noise_gain * self.speech_gain
        if next(draw) % 10 == 0:
            self.speech_gain = F(0)
        self.counter = 0
        self.filters["noise"] = np.array([u() for _ in range(4)], F)
        self.filters["speech"] = np.array([u() for _ in range(4)], F)
        self.lowpass = int(481 * 3000 / 24000 * math.pow(50, next(draw) / 2147483647))  # Q-LOWPASS-OVER
        for band, edge in enumerate(EDGES):
            if edge > self.lowpass:  # Q-BAND-LP: otherwise it stays
                self.band_lp = band
                break

    def read(self) -> tuple[Array, Array]:
        """The next frame of each source; a muted one is not read (Q-MUTED-NOT-READ)."""
        self.redraw()
        speech = self.clean.read() if self.speech_gain != 0 else np.zeros(480, F)
        noise = self.noise.read() if self.noise_gain != 0 else np.zeros(480, F)
        return speech, noise

    def skip(self, count: int) -> None:
        """Move on without computing: draws and places in the files only."""
        for _ in range(count):
            self.read()

    def filtered(self, x: Array, source: str, memories: Array) -> Array:
        a0, a1, b0, b1 = self.filters[source]
        high = biquad(x, memories[0], np.array([-2, 1], F), np.array([-1.99599, 0.99600], F))
        return biquad(high, memories[1], np.array([b0, b1], F), np.array([a0, a1], F))

    def analyse(self, source: str, frame: Array) -> tuple[Array, Array]:
        re, im = spectrum(np.concatenate([self.last[source], frame]) * WINDOW)
        re, im = re.copy(), im.copy()
        re[self.lowpass :], im[self.lowpass :] = F(0), F(0)
        self.last[source] = frame
        return re, im

    @quiet
    def next(self) -> Array:
        """The next row."""
        speech, noise = self.read()
        energy = ordered_sum(speech * speech)
        x = self.filtered(self.speech_gain * speech, "speech", self.memories[0:2])
        n = self.filtered(self.noise_gain * noise, "noise", self.memories[2:4])
        noisy = x + n
        vad, self.vad_count = vad_label(energy, self.vad_count)
        ey, en = band_energy(self.analyse("speech", x)), band_energy(self.analyse("noise", n))
        features, ex, total = self.features(noisy)
        row = np.concatenate([features, np.zeros(45, F)])
        for b in range(22):
            gain = gain_target(ey[b], ex[b])
            if (
                D(total) < 0.1  # Q-SILENT-CONTINUES: only the gains know
                or b > self.band_lp
                or (D(ey[b]) < 5e-2 and D(ex[b]) < 5e-2)
                or (vad == 0 and self.noise_gain == 0)
            ):
                gain = F(-1)
            row[42 + b] = gain
            row[64 + b] = log10_floor(en[b])
        row[86] = vad
        return row

    def features(self, noisy: Array) -> tuple[Array, Array, Any]:
        """The 42 features of a noisy frame, its band energies and their total."""
        x = self.analyse("noisy", noisy)
        ex = band_energy(x)
        _, _, exp = self.correlate(noisy, x, ex)
        logs, total = log_energies(ex)
        return self.assemble(logs, exp), ex, total
