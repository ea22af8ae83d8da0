"""How good a model is on one noise, and on all others: wide-band PESQ of mixes whose clean speech is known."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.adaptation.sounds import Float32, Sounds
from rnnoise_py.audio import to_int16
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.model.int8 import Int8Model
from rnnoise_py.report.denoising import denoise_recording
from rnnoise_py.report.metrics import pesq_wb
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.noise import COMMON_KINDS, noise
from rnnoise_py.synthetic.speech import scale_to_level, speech

Int16 = npt.NDArray[np.int16]

CLIPS: Final = 10  #: on this noise, and elsewhere
SECONDS: Final = 6.0
SPEECH_LEVEL: Final = -26.0  #: dBFS, of the clean clips
SNRS: Final = (0.0, 5.0, 10.0)
LEAST_GAIN: Final = 0.1  #: PESQ, on this noise
MOST_LOSS: Final = 0.02  #: PESQ, elsewhere


@dataclass(frozen=True)
class Pairs:
    """Clean clips and the same with noise."""

    here: tuple[tuple[Int16, Int16], ...]  #: clean, noisy: with the user's held-out noise
    elsewhere: tuple[tuple[Int16, Int16], ...]  #: with other noises


@dataclass(frozen=True)
class Quality:
    """Mean PESQ of the two sets."""

    here: float
    elsewhere: float


def make_pairs(own_noise: Sounds, own_speech: Sounds | None, seed: int) -> Pairs:
    """Mix what was held out: the user's noise, and other noises, with the user's speech or made-up voices."""
    rng = np.random.default_rng((29, seed))
    size = round(SECONDS * SAMPLE_RATE)
    voices = [_voice(own_speech, size, 7_000_000 + 100 * seed + number, rng) for number in range(CLIPS)]
    here = [_mix(voice, _part(own_noise.held_out, size, rng), number) for number, voice in enumerate(voices)]
    kinds = [COMMON_KINDS[number % len(COMMON_KINDS)] for number in range(CLIPS)]
    sounds = [noise(kind, SECONDS, 8_000_000 + 100 * seed + number) for number, kind in enumerate(kinds)]
    elsewhere = [
        _mix(voice, sound[:size], number) for number, (voice, sound) in enumerate(zip(voices, sounds, strict=True))
    ]
    return Pairs(tuple(here), tuple(elsewhere))


def judge(model: Int8Model, pairs: Pairs) -> Quality:
    """Denoise both sets with a model and score them."""
    return Quality(*(float(np.mean([_pesq(model, *pair) for pair in one])) for one in (pairs.here, pairs.elsewhere)))


def is_better(before: Quality, after: Quality) -> bool:
    """Whether a model may take the place of another."""
    return after.here - before.here >= LEAST_GAIN and before.elsewhere - after.elsewhere <= MOST_LOSS


def _pesq(model: Int8Model, clean: Int16, noisy: Int16) -> float:
    return pesq_wb(clean, denoise_recording(NumbaBackend(model), noisy).audio)


def _voice(own: Sounds | None, size: int, seed: int, rng: np.random.Generator) -> Float32:
    voice = speech(SECONDS, seed) if own is None else _part(own.held_out, size, rng)
    return scale_to_level(voice[:size], SPEECH_LEVEL)


def _part(sound: Float32, size: int, rng: np.random.Generator) -> Float32:
    """A part of a sound, which goes round where it is short."""
    start = int(rng.integers(len(sound)))
    return np.resize(np.roll(sound, -start), size).astype(np.float32)


def _mix(voice: Float32, sound: Float32, number: int) -> tuple[Int16, Int16]:
    scaled = scale_to_level(sound, SPEECH_LEVEL - SNRS[number % len(SNRS)])
    return to_int16(voice)[0], to_int16(voice + scaled[: len(voice)])[0]
