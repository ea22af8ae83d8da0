"""The audio that the shipped model is trained on.

Speech comes from espeak-ng (many languages and voices), Festival and our own generator, none of it with a voice
that is kept for evaluation; noise from all of our families in turn and from crowds of the same voices.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import to_int16
from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.runs.atomic import atomic_path, output_folder
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import describe_source, write_manifest
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.crowd import crowd
from rnnoise_py.synthetic.noise import COMMON_KINDS, NOISE_KINDS, noise
from rnnoise_py.synthetic.rooms import record
from rnnoise_py.synthetic.speech import scale_to_level
from rnnoise_py.synthetic.voices import program_versions, recorded_speech, speak

MANIFEST: Final = "material.json"
TURNS: Final = (*COMMON_KINDS, "crowd", *NOISE_KINDS)  #: what takes turns: common noises twice as often as others

Clip = npt.NDArray[np.int16]


def speech_clip(index: int, seed: int = 1) -> Clip:
    """Speak for 8 to 16 s at −34 to −18 dBFS, then be silent for up to 1.5 s."""
    rng = np.random.default_rng((7, seed, index))
    seconds, level = rng.uniform(8, 16), rng.uniform(-34, -18)
    clip = recorded_speech(seconds, int(rng.integers(1 << 30)), level=level)
    gap = np.zeros(int(SAMPLE_RATE * rng.uniform(0.2, 1.5)), np.float32)
    return to_int16(np.concatenate([clip, gap]))[0]


def _one_noise(kind: str, seconds: float, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    if kind == "crowd":
        out = crowd(round(seconds * SAMPLE_RATE), rng, speak, int(rng.integers(5, 10))).astype(np.float32)
    else:
        out = noise(kind, seconds, int(rng.integers(1 << 30)))
    return record(out, rng, rooms=0.1, curves=0.25, limits=0.04)


def noise_clip(index: int, seed: int = 1) -> Clip:
    """Make 6 to 12 s of the next family of noise at −40 to −23 dBFS; one in eight is a mixture of two families."""
    rng = np.random.default_rng((9, seed, index))
    seconds = rng.uniform(6, 12)
    out = _one_noise(TURNS[index % len(TURNS)], seconds, rng)
    if rng.random() < 0.125:
        other = scale_to_level(_one_noise(str(rng.choice(NOISE_KINDS)), seconds, rng), -26)
        out = scale_to_level(out, -26) + np.float32(10 ** (rng.uniform(-15, 0) / 20)) * other[: len(out)]
    return to_int16(scale_to_level(out, rng.uniform(-40, -23)))[0]


def _make(make: Callable[[int, int], Clip], task: tuple[int, int]) -> tuple[int, Clip]:
    index, seed = task
    return index, make(index, seed)


def _clips(make: Callable[[int, int], Clip], count: int, seed: int, workers: int) -> Iterator[Clip]:
    """Make clips in a few processes, and give them in their order."""
    early: dict[int, Clip] = {}
    wanted = 0
    for index, clip in run_tasks(_make, make, ((index, seed) for index in range(count)), workers):
        early[index] = clip
        while wanted in early:
            yield early.pop(wanted)
            wanted += 1


def write_material(
    folder: Path, speech_clips: int, noise_clips: int, *, seed: int, workers: int, force: bool = False
) -> tuple[str, str]:
    """Write ``all_clean.raw`` and ``all_noise.raw`` (48 kHz mono 16-bit, no header) into ``folder``.

    ``material.json`` beside them says what they were made with. The same seed and programs give the same files,
    with any number of workers.

    Parameters
    ----------
    folder
        Made when missing.
    speech_clips, noise_clips
        How many, 0 or more.
    seed
        0 or more.
    workers
        Processes.
    force
        Replace what an earlier run put there.

    Returns
    -------
    SHA-256 of the two files.

    Raises
    ------
    DependencyError
        When espeak-ng, festival or one of its voices is not on the machine.
    OutputError
        When the folder is in use or cannot be written.
    """
    with output_folder(folder, force=force):
        with Progress(speech_clips + noise_clips, "clip", "training material") as progress:
            for name, make, count in (
                (CLEAN_STREAM, speech_clip, speech_clips),
                (NOISE_STREAM, noise_clip, noise_clips),
            ):
                with atomic_path(folder / name) as part, part.open("wb") as stream:
                    for clip in _clips(make, count, seed, workers):
                        stream.write(clip.astype("<i2").tobytes())
                        progress.update(1)
        files = [describe_source(folder / name) for name in (CLEAN_STREAM, NOISE_STREAM)]
        content = {
            "seed": seed,
            "speech_clips": speech_clips,
            "noise_clips": noise_clips,
            "programs": program_versions(),
            "files": files,
        }
        write_manifest(folder / MANIFEST, content)
    clean, noise = (str(file["sha256"]) for file in files)
    return clean, noise
