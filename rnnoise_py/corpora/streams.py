"""Two streams for training out of fetched recordings and made-up audio: ``all_clean.raw`` and ``all_noise.raw``."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import to_int16
from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.corpora.clips import Recordings, find_recordings, human_crowd, human_speech, recorded_noise
from rnnoise_py.runs.atomic import atomic_path, check_output_folder
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import describe_source, write_manifest
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.material import noise_clip, speech_clip
from rnnoise_py.synthetic.noise import COMMON_KINDS, noise
from rnnoise_py.synthetic.rooms import record
from rnnoise_py.synthetic.speech import scale_to_level

Clip = npt.NDArray[np.int16]

CROWD_SHARE = 0.25  # of the recorded noises are crowds of the recorded speakers
WIDE_BAND_SHARE = 0.15  # of the clips pass 16 kHz, as most corpora and calls


def mixed_speech_clip(folder: Path, human: float, seed: int, index: int) -> Clip:
    """8 to 16 s of speech at −34 to −18 dBFS, then up to 1.5 s of silence: of a person, or made up."""
    rng = np.random.default_rng((17, seed, index))
    if rng.random() >= human:
        return speech_clip(index, seed)
    clip = human_speech(find_recordings(folder), rng.uniform(8, 16), rng)
    if rng.random() < WIDE_BAND_SHARE:
        clip = _through(clip, 16_000)
    clip = record(clip, rng, rooms=0.06, curves=0.3, limits=0.05)
    gap = np.zeros(int(SAMPLE_RATE * rng.uniform(0.2, 1.5)), np.float32)
    return to_int16(np.concatenate([scale_to_level(clip, rng.uniform(-34, -18)), gap]))[0]


def mixed_noise_clip(folder: Path, recorded: float, seed: int, index: int) -> Clip:
    """6 to 12 s of noise at −40 to −23 dBFS: recorded, a crowd of recorded people, or made up."""
    rng = np.random.default_rng((19, seed, index))
    if rng.random() >= recorded:
        return noise_clip(index, seed)
    seconds = rng.uniform(6, 12)
    recordings: Recordings = find_recordings(folder)
    if rng.random() < CROWD_SHARE:
        out = human_crowd(recordings, seconds, rng)
        if rng.random() < 0.6:
            under = recorded_noise(recordings, seconds, rng, _background)
            out = out + under[: len(out)] * np.float32(10 ** (-rng.uniform(0, 15) / 20))
    else:
        out = recorded_noise(recordings, seconds, rng, _background)
    return to_int16(scale_to_level(out, rng.uniform(-40, -23)))[0]


def _background(seconds: float, seed: int) -> npt.NDArray[np.float32]:
    return noise(COMMON_KINDS[seed % len(COMMON_KINDS)], seconds, seed)


def _through(clip: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float32]:
    import soxr

    narrow = soxr.resample(clip, SAMPLE_RATE, rate, "HQ")
    return np.resize(np.asarray(soxr.resample(narrow, rate, SAMPLE_RATE, "HQ"), np.float32), len(clip))


def _make(make: Callable[[int], Clip], index: int) -> tuple[int, Clip]:
    return index, make(index)


def _in_order(make: Callable[[int], Clip], count: int, workers: int) -> Iterator[Clip]:
    """Make clips in a few processes, and give them in their order."""
    early: dict[int, Clip] = {}
    wanted = 0
    for index, clip in run_tasks(_make, make, range(count), workers):
        early[index] = clip
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def write_streams(
    folder: Path,
    corpora: Path,
    speech_clips: int,
    noise_clips: int,
    *,
    human: float,
    recorded: float,
    seed: int,
    workers: int,
    force: bool = False,
) -> None:
    """Write the two streams, 48 kHz mono 16-bit without header, and ``material.json`` into ``folder``.

    Parameters
    ----------
    corpora
        A folder that ``dataset fetch`` filled.
    human, recorded
        Shares (0 … 1) of the speech that is of people, and of the noise that was recorded; the rest is made up.
    """
    check_output_folder(folder, force=force)
    find_recordings(corpora)
    kinds = (
        (CLEAN_STREAM, partial(mixed_speech_clip, corpora, human, seed), speech_clips),
        (NOISE_STREAM, partial(mixed_noise_clip, corpora, recorded, seed), noise_clips),
    )
    with Progress(speech_clips + noise_clips, "clip", "training material") as progress:
        for name, make, count in kinds:
            with atomic_path(folder / name) as part, part.open("wb") as stream:
                for clip in _in_order(make, count, workers):
                    stream.write(clip.astype("<i2").tobytes())
                    progress.update(1)
    content = {
        "seed": seed,
        "speech_clips": speech_clips,
        "noise_clips": noise_clips,
        "human": human,
        "recorded": recorded,
    }
    files = [describe_source(folder / name) for name in (CLEAN_STREAM, NOISE_STREAM)]
    write_manifest(folder / "material.json", {**content, "files": files})
