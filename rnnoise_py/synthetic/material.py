"""The audio that the shipped model is trained on, made anew: ``python -m rnnoise_py.synthetic.material -o FOLDER``.

Speech comes from espeak-ng (many languages and voices), Festival and our own generator, none of it with a voice
that is kept for evaluation; noise from all of our families in turn and from crowds of the same voices.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import to_int16
from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.errors import InputError, run_program
from rnnoise_py.runs.atomic import atomic_path, check_output_folder
from rnnoise_py.runs.progress import Progress
from rnnoise_py.runs.provenance import describe_source, write_manifest
from rnnoise_py.runs.workers import run_tasks
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.crowd import crowd
from rnnoise_py.synthetic.noise import COMMON_KINDS, NOISE_KINDS, noise
from rnnoise_py.synthetic.rooms import record
from rnnoise_py.synthetic.speech import scale_to_level
from rnnoise_py.synthetic.voices import program_versions, recorded_speech, speak

SPEECH_CLIPS: Final = 4500  # about 16 hours
NOISE_CLIPS: Final = 5100  # about 13 hours
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
    folder: Path, speech_clips: int = SPEECH_CLIPS, noise_clips: int = NOISE_CLIPS, *, seed: int = 1, workers: int = 1
) -> None:
    """Write ``all_clean.raw`` and ``all_noise.raw`` (48 kHz mono 16-bit, no header) into ``folder``.

    ``material.json`` beside them says what they were made with. The same seed and programs give the same files,
    with any number of workers.

    Raises
    ------
    InputError
        When a count, the seed or the number of workers cannot be used.
    DependencyError
        When espeak-ng, festival or one of its voices is not on the machine.
    """
    if min(speech_clips, noise_clips, seed) < 0 or workers < 1:
        raise InputError(
            f"{speech_clips} and {noise_clips} clips, seed {seed}, {workers} workers: needed are 0 or more, a worker"
        )
    check_output_folder(folder, force=True)
    with Progress(speech_clips + noise_clips, "clip", "training material") as progress:
        for name, make, count in ((CLEAN_STREAM, speech_clip, speech_clips), (NOISE_STREAM, noise_clip, noise_clips)):
            with atomic_path(folder / name) as part, part.open("wb") as stream:
                for clip in _clips(make, count, seed, workers):
                    stream.write(clip.astype("<i2").tobytes())
                    progress.update(1)
    write_manifest(
        folder / "material.json",
        {
            "seed": seed,
            "speech_clips": speech_clips,
            "noise_clips": noise_clips,
            "programs": program_versions(),
            "files": [describe_source(folder / name) for name in (CLEAN_STREAM, NOISE_STREAM)],
        },
    )


def main() -> None:
    """Parse the command line and write the two streams."""
    parser = argparse.ArgumentParser(description="Write the training material of the shipped model.")
    parser.add_argument("-o", "--output", type=Path, required=True, help=f"folder for {CLEAN_STREAM}, {NOISE_STREAM}")
    parser.add_argument("--speech-clips", type=int, default=SPEECH_CLIPS, help="[default: %(default)s]")
    parser.add_argument("--noise-clips", type=int, default=NOISE_CLIPS, help="[default: %(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="[default: %(default)s]")
    parser.add_argument("--workers", type=int, default=1, help="processes; the files are the same for any number")
    given = parser.parse_args()
    write_material(given.output, given.speech_clips, given.noise_clips, seed=given.seed, workers=given.workers)


if __name__ == "__main__":
    sys.exit(run_program(main))
