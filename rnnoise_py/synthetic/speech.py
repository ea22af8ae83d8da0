"""Speech-like signals: syllables with formants, pitch contours, hisses, bursts and pauses."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import formants as f
from rnnoise_py.synthetic.powers import exponential, power

SECTION_SECONDS: Final = 60.0  # long signals are made in sections: constant memory for the tracks
PEAK: Final = 0.97

# F1, F2, F3 in Hz of an adult male
_VOWELS: Final = (
    (270, 2290, 3010),
    (390, 1990, 2550),
    (530, 1840, 2480),
    (660, 1720, 2410),
    (730, 1090, 2440),
    (570, 840, 2410),
    (440, 1020, 2240),
    (300, 870, 2240),
    (640, 1190, 2390),
    (490, 1350, 1690),
)
# voiced consonants with formants: F1, F2, F3, level
_SONORANTS: Final = (
    (250, 1100, 2200, 0.35),
    (260, 1500, 2500, 0.35),
    (270, 1900, 2700, 0.3),  # nasals
    (310, 1050, 2880, 0.5),
    (310, 1060, 1380, 0.5),
    (290, 610, 2150, 0.5),
    (260, 2070, 3020, 0.45),  # liquids
)
# hisses: centre Hz, width Hz, level, voicing
_FRICATIVES: Final = (
    (7500, 3500, 0.5, 0.0),
    (3600, 2200, 0.6, 0.0),
    (9000, 8000, 0.12, 0.0),
    (1600, 2500, 0.2, 0.0),
    (7000, 3500, 0.25, 0.25),
    (3300, 2200, 0.3, 0.25),
    (8000, 8000, 0.08, 0.3),
)
# bursts: centre Hz, width Hz, level, aspiration in seconds (0: voiced)
_STOPS: Final = (
    (900, 1500, 0.9, 0.05),
    (4200, 3000, 0.9, 0.05),
    (2000, 1200, 0.9, 0.06),
    (700, 1200, 0.6, 0.0),
    (3800, 3000, 0.6, 0.0),
    (1900, 1200, 0.6, 0.0),
)


@dataclass(frozen=True)
class _Speaker:
    pitch: float  # Hz, mean
    range: float  # semitones of the pitch movements
    tract: float  # formants relative to an adult male
    rate: float  # syllable length, relative
    breath: float  # aspiration in voiced sounds
    tilt: float  # level of hisses, relative


def _draw_speaker(rng: np.random.Generator) -> _Speaker:
    female = rng.random() < 0.5
    pitch = rng.uniform(160, 280) if female else rng.uniform(80, 160)
    tract = rng.uniform(1.08, 1.28) if female else rng.uniform(0.92, 1.08)
    return _Speaker(
        pitch,
        range=rng.uniform(1.5, 5.0),
        tract=tract,
        rate=rng.uniform(0.8, 1.25),
        breath=rng.uniform(0.01, 0.06),
        tilt=rng.uniform(0.5, 1.6),
    )


class _Utterance:
    """Fills control tracks from left to right, in steps of 5 ms."""

    def __init__(self, samples: int, speaker: _Speaker, rng: np.random.Generator) -> None:
        self.tracks = f.tracks_for(samples)
        self.speaker = speaker
        self.rng = rng
        self.at = 0
        self.tracks[:, f.FIRST_FORMANT :] = speaker.tract * (np.arange(f.FORMANTS) * 1000 + 500)
        self.tracks[:, f.PITCH] = speaker.pitch

    @property
    def full(self) -> bool:
        return self.at >= len(self.tracks)

    def take(self, seconds: float) -> npt.NDArray[np.float64]:
        """Return the next ``seconds`` of the tracks as a view."""
        steps = max(1, round(seconds * SAMPLE_RATE / f.HOP))
        view = self.tracks[self.at : self.at + steps]
        self.at += len(view)
        return view

    def pause(self, seconds: float) -> None:
        self.take(seconds)

    def set_formants(self, view: npt.NDArray[np.float64], target: tuple[float, ...]) -> None:
        """Glide the first three formants from where they are to the target and stay."""
        if not len(view):
            return
        before = self.tracks[self.at - len(view) - 1] if self.at > len(view) else view[0]
        glide = np.minimum(1.0, np.arange(1, len(view) + 1) / 8.0)
        for k, hertz in enumerate(target[:3]):
            column = f.FIRST_FORMANT + k
            start = before[column]
            view[:, column] = start + glide * (self.speaker.tract * hertz - start)

    def consonant(self, level: float) -> None:
        rng, speaker = self.rng, self.speaker
        kind = rng.random()
        if kind < 0.35:
            sound = _SONORANTS[rng.integers(len(_SONORANTS))]
            view = self.take(speaker.rate * rng.uniform(0.04, 0.09))
            self.set_formants(view, sound)
            view[:, f.VOICE] = level * sound[3]
            view[:, f.ASPIRATION] = level * speaker.breath
        elif kind < 0.7:
            hertz, width, strength, voicing = _FRICATIVES[rng.integers(len(_FRICATIVES))]
            view = self.take(speaker.rate * rng.uniform(0.06, 0.14))
            view[:, f.FRICATION] = level * strength * speaker.tilt * np.sqrt(np.hanning(len(view) + 2)[1:-1])
            view[:, f.FRICATION_HZ], view[:, f.FRICATION_WIDTH] = hertz * min(1.1, speaker.tract), width
            view[:, f.VOICE] = level * voicing
        else:
            hertz, width, strength, aspirated = _STOPS[rng.integers(len(_STOPS))]
            view = self.take(speaker.rate * rng.uniform(0.03, 0.07))
            view[:, f.VOICE] = 0.0 if aspirated else 0.05 * level
            view = self.take(0.01)
            view[:, f.FRICATION] = level * strength
            view[:, f.FRICATION_HZ], view[:, f.FRICATION_WIDTH] = hertz, width
            if aspirated:
                view = self.take(aspirated * speaker.rate)
                view[:, f.ASPIRATION] = level * np.linspace(0.25, 0.1, len(view))

    def vowel(self, level: float, stressed: bool) -> None:
        rng, speaker = self.rng, self.speaker
        first, second = rng.integers(len(_VOWELS), size=2)
        view = self.take(speaker.rate * (rng.uniform(0.11, 0.24) if stressed else rng.uniform(0.05, 0.12)))
        self.set_formants(view, _VOWELS[first])
        if rng.random() < 0.25 and len(view) > 16:  # diphthong
            self.set_formants(view[len(view) // 2 :], _VOWELS[second])
        shape = np.minimum(1.0, np.minimum(np.arange(1, len(view) + 1), np.arange(len(view), 0, -1)) / 5.0)
        view[:, f.VOICE] = level * (1.0 if stressed else 0.6) * shape
        view[:, f.ASPIRATION] = level * speaker.breath * shape

    def phrase(self) -> None:
        """Add a few words under one pitch contour."""
        rng, speaker = self.rng, self.speaker
        start = self.at
        level = 10 ** (rng.uniform(-6, 3) / 20)
        accents: list[int] = []
        for _ in range(rng.integers(2, 7)):
            syllables = int(rng.integers(1, 5))
            stress = int(rng.integers(syllables))
            for syllable in range(syllables):
                if rng.random() < 0.85:
                    self.consonant(level)
                if syllable == stress:
                    accents.append(self.at)
                self.vowel(level * 10 ** (rng.uniform(-2, 2) / 20), syllable == stress)
                if rng.random() < 0.3:
                    self.consonant(level * 0.7)
            if rng.random() < 0.2:
                self.pause(rng.uniform(0.02, 0.12))
        count = len(self.tracks[start : self.at])
        if not count:
            return
        semitones = np.linspace(speaker.range * 0.5, -speaker.range * rng.uniform(0.3, 1.0), count)
        time = np.arange(count)
        for accent in accents:
            height = speaker.range * rng.uniform(0.2, 1.0)
            semitones += height * exponential(-(((time - (accent - start) - 10) / rng.uniform(12, 30)) ** 2))
        if rng.random() < 0.25:  # a question
            semitones[-60:] += np.linspace(0, speaker.range * 1.5, len(semitones[-60:]))
        self.tracks[start : self.at, f.PITCH] = np.clip(speaker.pitch * power(2, semitones / 12), 60, 500)


def _section(samples: int, speaker: _Speaker, rng: np.random.Generator, pauses: float) -> npt.NDArray[np.float64]:
    utterance = _Utterance(samples, speaker, rng)
    utterance.pause(rng.uniform(0.05, 0.4))
    while not utterance.full:
        utterance.phrase()
        utterance.pause(pauses * rng.uniform(0.2, 1.0) * (2.5 if rng.random() < 0.15 else 1.0))
    # smooth every level over 15 ms so that nothing clicks
    for column in (f.VOICE, f.ASPIRATION, f.FRICATION):
        utterance.tracks[:, column] = np.convolve(utterance.tracks[:, column], np.full(3, 1 / 3), "same")
    out = np.empty(samples)
    widths = np.array([60.0, 90, 120, 180, 250, 300, 350, 400])
    jitter = 0.006 * rng.standard_normal(997)
    f.render(utterance.tracks, rng.standard_normal(samples), jitter, widths, out)
    return out


def speech(seconds: float, seed: int = 1, *, level: float = -26.0, pauses: float = 0.6) -> npt.NDArray[np.float32]:
    """Make speech-like sound of one made-up speaker.

    Parameters
    ----------
    seconds
        Length.
    seed
        Draws the speaker, the words and the tune.
    level
        RMS in dBFS over the parts that are not silent; lowered where the peak would clip.
    pauses
        Seconds of the longest ordinary pause between phrases; 0 for none.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97. Pauses are digital silence.

    Raises
    ------
    InputError
        When the length is not positive.
    """
    if not seconds > 0:
        raise InputError(f"{seconds} seconds of speech: the length must be positive")
    samples = max(1, round(seconds * SAMPLE_RATE))
    speaker = _draw_speaker(np.random.default_rng((seed, 0)))
    length = int(SECTION_SECONDS * SAMPLE_RATE)
    out = np.empty(samples, np.float32)
    for k, start in enumerate(range(0, samples, length)):
        rng = np.random.default_rng((seed, 1 + k))
        part = out[start : start + length]
        part[:] = _section(len(part), speaker, rng, pauses)
    out[np.abs(out) < 1e-7] = 0
    return scale_to_level(out, level)


def scale_to_level(signal: npt.NDArray[np.float32], level: float) -> npt.NDArray[np.float32]:
    """Scale to an RMS of ``level`` dBFS over the samples that are not silent; the peak stays below PEAK."""
    peak = float(np.abs(signal).max())
    if peak == 0:
        return signal
    active = np.abs(signal) > 1e-3 * peak
    rms = float(np.sqrt(np.mean(signal[active].astype(np.float64) ** 2)))
    return signal * np.float32(min(10 ** (level / 20) / rms, PEAK / peak))
