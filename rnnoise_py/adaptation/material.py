"""What an adaptation trains on: the user's sounds made many, and other sounds so that nothing is unlearned."""

from pathlib import Path
from typing import Final

import numpy as np

from rnnoise_py.adaptation.sounds import Float32, Sounds
from rnnoise_py.audio import to_int16
from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.corpora.clips import Recordings, find_recordings, human_speech, lasting, read, recorded_noise
from rnnoise_py.runs.progress import Progress
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.noise import COMMON_KINDS, noise
from rnnoise_py.synthetic.speech import scale_to_level, speech

CLIPS: Final = 160  #: of speech, and of noise
OWN_NOISE: Final = 0.6  # of the clips of noise are the user's
AS_IT_IS: Final = 0.5  # of those are as they were recorded, the others at other speeds and in other rooms
OWN_SPEECH: Final = 0.6  # of the clips of speech are the user's, where there is any


def write_material(folder: Path, own_noise: Sounds, own_speech: Sounds | None, corpora: Path | None, seed: int) -> None:
    """Write ``all_clean.raw`` and ``all_noise.raw``: 48 kHz, one channel, 16 bits.

    Parameters
    ----------
    folder
        For the two streams; it exists.
    own_noise, own_speech
        The user's.
    corpora
        Recordings that ``dataset fetch`` got, to keep what the model knows of people.
    seed
        Of all draws.

    Raises
    ------
    InputError
        When ``corpora`` holds nothing.
    """
    others = None if corpora is None else find_recordings(corpora)
    own = _as_recordings(own_speech.training if own_speech is not None else (), own_noise.training)
    with Progress(2 * CLIPS, "clip", "material") as progress:
        for number, name in enumerate((CLEAN_STREAM, NOISE_STREAM)):
            with (folder / name).open("wb") as stream:
                for index in range(CLIPS):
                    rng = np.random.default_rng((23, seed, number, index))
                    clip = _noise_clip(own, others, rng) if number else _speech_clip(own, others, rng)
                    stream.write(to_int16(clip)[0].astype("<i2").tobytes())
                    progress.update(1)


def _as_recordings(speech_files: tuple[Path, ...], noise_files: tuple[Path, ...]) -> Recordings:
    return Recordings(
        (speech_files,) if speech_files else (),
        (1.0,) if speech_files else (),
        noise_files,
        tuple(1 / len(noise_files) for _ in noise_files),
    )


def _speech_clip(own: Recordings, others: Recordings | None, rng: np.random.Generator) -> Float32:
    """8 to 16 s of one speaker at −34 to −18 dBFS, then up to 1.5 s of silence."""
    seconds = float(rng.uniform(8, 16))
    if own.speakers and rng.random() < OWN_SPEECH:
        clip = human_speech(own, seconds, rng)
    elif others is not None:
        clip = human_speech(others, seconds, rng)
    else:
        clip = speech(seconds, int(rng.integers(1 << 30)))
    gap = np.zeros(int(SAMPLE_RATE * rng.uniform(0.2, 1.5)), np.float32)
    return np.concatenate([scale_to_level(clip, float(rng.uniform(-34, -18))), gap])


def _noise_clip(own: Recordings, others: Recordings | None, rng: np.random.Generator) -> Float32:
    """6 to 12 s of noise at −40 to −23 dBFS."""
    seconds = float(rng.uniform(6, 12))
    if rng.random() < OWN_NOISE:
        clip = (
            _as_it_is(own, seconds, rng) if rng.random() < AS_IT_IS else recorded_noise(own, seconds, rng, _background)
        )
    elif others is not None:
        clip = recorded_noise(others, seconds, rng, _background)
    else:
        clip = _background(seconds, int(rng.integers(1 << 30)))
    return scale_to_level(clip, float(rng.uniform(-40, -23)))


def _as_it_is(own: Recordings, seconds: float, rng: np.random.Generator) -> Float32:
    sound = read(own.noises[int(rng.integers(len(own.noises)))])
    return lasting(sound, round(seconds * SAMPLE_RATE), rng)


def _background(seconds: float, seed: int) -> Float32:
    return noise(COMMON_KINDS[seed % len(COMMON_KINDS)], seconds, seed)
