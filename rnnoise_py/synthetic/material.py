"""The audio that the shipped model was trained on, made anew: ``python -m rnnoise_py.synthetic.material -o FOLDER``.

Seven clips of speech in ten are espeak-ng's (many languages and voices; none of the reserved ones), three are
our own generator's, which reach up to 24 kHz; noise comes from all of our families in turn.
"""

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.atomic import atomic_path, check_output_folder
from rnnoise_py.audio import to_int16
from rnnoise_py.constants import SAMPLE_RATE
from rnnoise_py.progress import Progress
from rnnoise_py.synthetic.espeak import espeak_speech
from rnnoise_py.synthetic.noise import NOISE_KINDS, noise
from rnnoise_py.synthetic.talker import talker_of

SPEECH_CLIPS: Final = 420  # about 80 minutes
NOISE_CLIPS: Final = 380  # about 58 minutes


def speech_clip(index: int) -> npt.NDArray[np.int16]:
    """Speak for 8 to 14 s at −36 to −18 dBFS, then be silent for up to 1.5 s."""
    rng = np.random.default_rng((7, index))
    seconds, level = rng.uniform(8, 14), rng.uniform(-36, -18)
    clip = talker_of(index, espeak_speech)(seconds, index, level=level)
    gap = np.zeros(int(SAMPLE_RATE * rng.uniform(0.2, 1.5)), np.float32)
    return to_int16(np.concatenate([clip, gap]))[0]


def noise_clip(index: int) -> npt.NDArray[np.int16]:
    """Make 6 to 12 s of the next family of noise at −38 to −20 dBFS."""
    rng = np.random.default_rng((9, index))
    kind = NOISE_KINDS[index % len(NOISE_KINDS)]
    return to_int16(noise(kind, rng.uniform(6, 12), index, level=rng.uniform(-38, -20)))[0]


def write_material(folder: Path, speech_clips: int = SPEECH_CLIPS, noise_clips: int = NOISE_CLIPS) -> None:
    """Write ``all_clean.raw`` and ``all_noise.raw`` (48 kHz mono 16-bit, no header) into ``folder``.

    Raises
    ------
    DependencyError
        When espeak-ng is not on the machine.
    """
    check_output_folder(folder, force=True)
    with Progress(speech_clips + noise_clips, "clip", "training material") as progress:
        for name, make, count in (
            ("all_clean.raw", speech_clip, speech_clips), ("all_noise.raw", noise_clip, noise_clips)
        ):
            with atomic_path(folder / name) as part, part.open("wb") as stream:
                for index in range(count):
                    stream.write(make(index).astype("<i2").tobytes())
                    progress.update(1)


if __name__ == "__main__":
    import argparse

    parser = argparse.ArgumentParser(description="Write the training material of the shipped model.")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for all_clean.raw, all_noise.raw")
    write_material(parser.parse_args().output)
