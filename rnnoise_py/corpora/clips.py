"""Clips for training drawn from recordings: sentences of one speaker, and noises made many by what one does to sound.

Speech: utterances of one drawn speaker with pauses between them; a speaker's chance grows with the square root of how
much there is of them, so that five voices are not half of it. Noise: a piece of a drawn recording at another speed, in
another room, through another microphone; short sounds come again and again over a quieter noise; two at once; crowds
of the recorded speakers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY, mono_blocks
from rnnoise_py.audio.files import list_audio_files
from rnnoise_py.audio.open_file import open_audio
from rnnoise_py.corpora.catalogue import NOISE, SPEECH, Source, catalogue
from rnnoise_py.corpora.fetch import fetched
from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE
from rnnoise_py.synthetic.rooms import record
from rnnoise_py.synthetic.speech import scale_to_level

Float32 = npt.NDArray[np.float32]

SHORT_SECONDS: Final = 3.0  #: below this a noise is a sound that comes again and again
QUIET: Final = 0.01  # of the peak of an utterance: what is below it at its ends is cut off
LONGEST_SECONDS: Final = 40.0  # of a recording that is read
PAUSES: Final = (0.08, 0.9)  # seconds between utterances
SPEEDS: Final = 0.35  # octaves that a noise is played faster or slower, at most
LEAST_RANGE: Final = 28.0  # dB between loud and quiet parts of an utterance that is taken
EXPAND_BELOW: Final = 38.0  # dB below the loud parts, from where on pauses are lowered
EXPAND_MOST: Final = 30.0  # dB, at most


@dataclass(frozen=True)
class Recordings:
    """What was fetched: files by speaker, and noises."""

    speakers: tuple[tuple[Path, ...], ...]
    weights: tuple[float, ...]  #: chance of each speaker
    noises: tuple[Path, ...]
    noise_weights: tuple[float, ...]


@lru_cache(maxsize=4)
def find_recordings(folder: Path) -> Recordings:
    """List the recordings of every source in a folder that :func:`rnnoise_py.corpora.fetch.fetch` filled.

    Raises
    ------
    InputError
        When there is no speech or no noise.
    """
    here: list[Source] = [one for one in catalogue() if fetched(one, folder) is not None]
    speakers = [
        tuple(list_audio_files(place))
        for one in here
        if one.group == SPEECH
        for place in sorted((folder / one.name).iterdir())
        if place.is_dir()
    ]
    noises = [path for one in here if one.group == NOISE for path in list_audio_files(folder / one.name)]
    if not speakers or not noises:
        raise InputError(
            f"{folder} holds no fetched speech or noise: rnnoise-py dataset fetch {SPEECH} {NOISE} -o {folder}"
        )
    amounts = [sum(path.stat().st_size for path in files) ** 0.5 for files in speakers]
    lengths = [path.stat().st_size ** 0.5 for path in noises]
    return Recordings(
        tuple(speakers),
        tuple(amount / sum(amounts) for amount in amounts),
        tuple(noises),
        tuple(length / sum(lengths) for length in lengths),
    )


def read(path: Path) -> Float32:
    """Read a recording as 48 kHz mono, float32 (samples,) in ±1; empty where it cannot be read."""
    try:
        with open_audio(path) as audio:
            blocks = list(mono_blocks(audio, SAMPLE_RATE, round(LONGEST_SECONDS * audio.rate)))
    except InputError:
        return np.zeros(0, np.float32)
    return np.concatenate(blocks).astype(np.float32) if blocks else np.zeros(0, np.float32)


def human_speech(recordings: Recordings, seconds: float, rng: np.random.Generator) -> Float32:
    """Speech of one drawn speaker: float32 (samples,) at 48 kHz, −26 dBFS, as it was recorded."""
    files = recordings.speakers[int(rng.choice(len(recordings.speakers), p=recordings.weights))]
    parts: list[Float32] = []
    left = round(seconds * SAMPLE_RATE)
    wanted = left
    for _ in range(400):  # files may be empty
        if left <= 0:
            break
        said = _trimmed(read(files[int(rng.integers(len(files)))]))
        if len(said) < SAMPLE_RATE // 20 or level_range(said) < LEAST_RANGE:
            continue
        said = expanded(said)
        said = scale_to_level(said, -26 + float(rng.uniform(-2.5, 2.5)))
        pause = np.zeros(round(SAMPLE_RATE * rng.uniform(*PAUSES)), np.float32)
        parts += [said, pause]
        left -= len(said) + len(pause)
    out = np.concatenate(parts)[:wanted] if parts else np.zeros(wanted, np.float32)
    return scale_to_level(out, -26)


def _frame_levels(said: Float32) -> npt.NDArray[np.float64]:
    """Level of each 10 ms in dB, smoothed over three."""
    frames = said[: len(said) // FRAME_SIZE * FRAME_SIZE].reshape(-1, FRAME_SIZE).astype(np.float64)
    power = np.convolve(np.pad((frames**2).mean(axis=1), 1, "edge"), np.full(3, 1 / 3), "valid")
    return np.asarray(10 * np.log10(power + 1e-12))


def level_range(said: Float32) -> float:
    """How far the quietest twentieth of an utterance lies below its loud parts, in dB: small where noise is in it."""
    if len(said) < 10 * FRAME_SIZE:
        return float("inf")
    low, high = np.percentile(_frame_levels(said), (5, 95))
    return float(high - low)


def expanded(said: Float32) -> Float32:
    """Lower what is far below an utterance's loud parts by up to 30 dB: the room and the recorder in its pauses."""
    if len(said) < 10 * FRAME_SIZE:
        return said
    levels = _frame_levels(said)
    below = np.clip(np.percentile(levels, 95) - EXPAND_BELOW - levels, 0, EXPAND_MOST / 2) * 2
    gains = 10 ** (-np.convolve(np.pad(below, 2, "edge"), np.full(5, 0.2), "valid") / 20)
    places = (np.arange(len(gains)) + 0.5) * FRAME_SIZE
    return (said * np.interp(np.arange(len(said)), places, gains)).astype(np.float32)


def _trimmed(said: Float32) -> Float32:
    """Cut off what is silent at both ends, and fade what is left in and out."""
    if not len(said):
        return said
    loud = np.flatnonzero(np.abs(said) > QUIET * float(np.abs(said).max()))
    if not len(loud):
        return said[:0]
    edge = SAMPLE_RATE // 50
    said = said[max(0, loud[0] - edge) : loud[-1] + edge].copy()
    ramp = np.linspace(0, 1, min(edge, len(said)), dtype=np.float32)
    said[: len(ramp)] *= ramp
    said[len(said) - len(ramp) :] *= ramp[::-1]
    return said


def recorded_noise(
    recordings: Recordings, seconds: float, rng: np.random.Generator, background: Callable[[float, int], Float32]
) -> Float32:
    """A noise made of recordings: float32 (samples,) at 48 kHz, −26 dBFS.

    Parameters
    ----------
    recordings
        What there is.
    seconds
        Length.
    rng
        Draws everything.
    background
        Makes another noise of some seconds with a seed, for what short sounds are heard over.
    """
    samples = round(seconds * SAMPLE_RATE)
    out = _one_noise(recordings, samples, rng, background)
    if rng.random() < 0.3:
        other = _one_noise(recordings, samples, rng, background)
        out = out + np.float32(10 ** (rng.uniform(-12, 0) / 20)) * other
    out = record(np.asarray(out, np.float32), rng, rooms=0.2, curves=0.4, limits=0.06)
    return scale_to_level(out, -26)


def _one_noise(
    recordings: Recordings, samples: int, rng: np.random.Generator, background: Callable[[float, int], Float32]
) -> Float32:
    sound = np.zeros(0, np.float32)
    for _ in range(50):
        sound = read(recordings.noises[int(rng.choice(len(recordings.noises), p=recordings.noise_weights))])
        if len(sound) >= SAMPLE_RATE // 20 and float(np.abs(sound).max()) > 1e-3:
            break
    sound = _at_speed(sound, float(rng.uniform(-SPEEDS, SPEEDS)))
    if len(sound) < SHORT_SECONDS * SAMPLE_RATE:
        return _again_and_again(sound, samples, rng, background)
    return scale_to_level(lasting(sound, samples, rng), -26)


def _at_speed(sound: Float32, octaves: float) -> Float32:
    """Play faster (above 0) or slower."""
    import soxr

    rate = float(2.0**octaves) * SAMPLE_RATE
    return np.asarray(soxr.resample(sound, rate, SAMPLE_RATE, RESAMPLER_QUALITY), np.float32)


def lasting(sound: Float32, samples: int, rng: np.random.Generator) -> Float32:
    """Take a piece of a sound; one that is too short is repeated with cross-fades."""
    if len(sound) > samples:
        start = int(rng.integers(len(sound) - samples))
        return sound[start : start + samples]
    fade = min(SAMPLE_RATE // 4, len(sound) // 3)
    up = np.linspace(0, 1, fade, dtype=np.float32) ** np.float32(0.5)
    out = np.zeros(samples + len(sound), np.float32)
    at = -int(rng.integers(len(sound) - fade))
    while at < samples:
        piece = sound.copy()
        piece[:fade] *= up
        piece[len(piece) - fade :] *= up[::-1]
        first = max(0, -at)
        out[max(0, at) : at + len(piece)] += piece[first:]
        at += len(piece) - fade
    return out[:samples]


def _again_and_again(
    sound: Float32, samples: int, rng: np.random.Generator, background: Callable[[float, int], Float32]
) -> Float32:
    """A short sound at random moments, over a noise that is 3 to 25 dB quieter."""
    under = scale_to_level(background(samples / SAMPLE_RATE, int(rng.integers(1 << 30)))[:samples], -26)
    out = np.zeros(samples, np.float32)
    out[: len(under)] = under * np.float32(10 ** (-rng.uniform(3, 25) / 20))
    if not len(sound):
        return out
    sound = scale_to_level(sound, -26)
    for at in rng.integers(0, samples, 1 + int(rng.poisson(rng.uniform(0.2, 3) * samples / SAMPLE_RATE))):
        piece = sound[: samples - at] * np.float32(10 ** (-rng.uniform(0, 12) / 20))
        out[at : at + len(piece)] += piece
    return out


def human_crowd(recordings: Recordings, seconds: float, rng: np.random.Generator) -> Float32:
    """Five to fourteen recorded speakers at once, near and far, in one kind of room: −26 dBFS."""
    samples = round(seconds * SAMPLE_RATE)
    out = np.zeros(samples, np.float32)
    for _ in range(int(rng.integers(5, 15))):
        voice = human_speech(recordings, seconds, rng)[:samples]
        voice = record(voice, rng, rooms=0.7, curves=0.3, limits=0.0)
        out[: len(voice)] += voice * np.float32(10 ** (-rng.uniform(0, 9) / 20))
    return scale_to_level(out, -26)
