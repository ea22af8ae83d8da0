"""Synthetic speech from Festival, where that program and its voices are on the machine.

Its voices are made of human sounds: diphones, units, or models of recordings. The texts are those of
:mod:`rnnoise_py.synthetic.espeak`.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.speech import scale_to_level
from rnnoise_py.synthetic.spoken import made_up_text

#: voice → Debian package; none is the speaker of one of flite's voices that are kept for evaluation
VOICES: Final = {
    "ked_diphone": "festvox-kdlpc16k",
    "lp_diphone": "festvox-italp16k",
    "pc_diphone": "festvox-itapc16k",
    "hy_fi_mv_diphone": "festvox-suopuhe-mv",
    "suo_fi_lj_diphone": "festvox-suopuhe-lj",
    "upc_ca_ona_hts": "festvox-ca-ona-hts",
    "czech_dita": "festvox-czech-dita",
    "czech_krb": "festvox-czech-krb",
    "czech_machac": "festvox-czech-machac",
    "czech_ph": "festvox-czech-ph",
    "msu_ru_nsh_clunits": "festvox-ru",
}
_SECONDS_A_WORD: Final = 0.45  # about
_EDGE: Final = 0.02  # of the peak: quieter beginnings and ends are cut off


def find_festival() -> str | None:
    """Path of festival, or None."""
    return shutil.which("festival")


def missing_voices() -> list[str]:
    """Debian packages of the voices that festival does not find; festival itself where that is not there."""
    program = find_festival()
    if program is None:
        return ["festival", *VOICES.values()]
    done = subprocess.run([program, "--batch", "(print (voice.list))"], capture_output=True, check=False)
    found = done.stdout.decode(errors="replace").strip("() \n").split()
    return [package for voice, package in VOICES.items() if voice not in found]


def _sentences(voice: str, stretch: float, texts: list[str]) -> list[npt.NDArray[np.float32]]:
    import soundfile

    program = find_festival()
    if program is None:
        raise DependencyError("festival is not installed: apt-get install festival, or use other speech")
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{voice})", f"(Parameter.set 'Duration_Stretch {stretch:.3f})"]
        for k, text in enumerate(texts):
            lines.append(f'(utt.save.wave (utt.synth (Utterance Text "{text}")) "{folder}/{k}.wav" \'riff)')
        script = Path(folder) / "say.scm"
        script.write_text("\n".join(lines) + "\n")
        done = subprocess.run([program, "--batch", str(script)], capture_output=True, check=False)
        out = []
        for k in range(len(texts)):
            try:
                speech, rate = soundfile.read(f"{folder}/{k}.wav", dtype="float32")
            except (OSError, soundfile.LibsndfileError):
                raise DependencyError(
                    f"festival has no working voice {voice}: apt-get install {VOICES[voice]} "
                    f"({done.stderr.decode(errors='replace').strip()[:200]})"
                ) from None
            out.append(_at_full_rate(speech, rate))
    return out


def _at_full_rate(speech: npt.NDArray[np.float32], rate: float) -> npt.NDArray[np.float32]:
    """Resample to 48 kHz and cut off what is silent before and after."""
    import soxr

    wide = np.asarray(soxr.resample(speech, rate, SAMPLE_RATE, RESAMPLER_QUALITY), np.float32)
    loud = np.flatnonzero(np.abs(wide) > _EDGE * np.abs(wide).max())
    margin = SAMPLE_RATE // 20
    return wide[max(0, loud[0] - margin) : loud[-1] + margin] if len(loud) else wide


def festival_speech(seconds: float, seed: int = 1, *, level: float = -26.0) -> npt.NDArray[np.float32]:
    """Speak made-up text with one drawn voice.

    Parameters
    ----------
    seconds
        Length; the text is repeated or cut to it.
    seed
        Draws voice, size of the speaker, speed, pauses and text.
    level
        RMS in dBFS over the parts that are not silent.

    Returns
    -------
    ``(samples,)`` float32 at 48 kHz, within ±0.97. The speaker is made larger or smaller by up to 18 % by
    playing the voice at another rate; the speed is drawn separately.

    Raises
    ------
    InputError
        When the length is not positive.
    DependencyError
        When festival or the voice is not on the machine.
    """
    if not seconds > 0:
        raise InputError(f"{seconds} seconds of speech: the length must be positive")
    rng = np.random.default_rng((seed, 3))
    voice = sorted(VOICES)[int(rng.integers(len(VOICES)))]
    size = 2 ** rng.uniform(-0.24, 0.24) if rng.random() < 0.75 else 1.0
    counts: list[int] = []
    while sum(counts) * _SECONDS_A_WORD < seconds:
        counts.append(int(rng.integers(2, 9)))
    texts = [made_up_text(rng, count) for count in counts]
    samples = max(1, round(seconds * SAMPLE_RATE))
    parts: list[npt.NDArray[np.float32]] = []
    for sentence in _sentences(voice, float(size * rng.uniform(0.75, 1.3)), texts):
        shifted = _at_full_rate(sentence, SAMPLE_RATE * size) if size != 1 else sentence
        pause = rng.uniform(0.05, 0.9) * (2.5 if rng.random() < 0.1 else 1.0)
        parts += [np.zeros(int(SAMPLE_RATE * pause), np.float32), shifted]
    return scale_to_level(np.resize(np.concatenate(parts), samples), level)
