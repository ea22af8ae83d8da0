"""Speech for training: synthesizers and our own generator, soft and loud, in rooms, one voice over another."""

import subprocess
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic.espeak import espeak_speech, find_espeak
from rnnoise_py.synthetic.festival import festival_speech, find_festival
from rnnoise_py.synthetic.powers import amplitude, log2
from rnnoise_py.synthetic.rooms import record
from rnnoise_py.synthetic.shapes import fast_length
from rnnoise_py.synthetic.speech import scale_to_level, speech

ESPEAK_SHARE: Final = 0.55
FESTIVAL_SHARE: Final = 0.2  # the rest is the formant generator's
OVERLAP_SHARE: Final = 0.03  # of the clips have a second talker
WIDE_BAND_SHARE: Final = 0.3  # of the clips have nothing above 8 kHz, as most corpora and calls
WIDE_BAND_RATE: Final = 16000  # Hz
EFFORT_SHARE: Final = 0.2  # of the clips are spoken with more or less effort than the synthesizer's
EFFORT_TILT: Final = 3.0  # dB an octave, at most
EFFORT_BAND: Final = (500.0, 8000.0)  # Hz, where effort tilts the spectrum


def speak(seconds: float, seed: int) -> npt.NDArray[np.float32]:
    """Speak with a drawn voice of a drawn program: float32 (samples,) at 48 kHz, −26 dBFS, no room.

    Raises
    ------
    DependencyError
        When espeak-ng, festival or one of its voices is not on the machine.
    """
    kind = np.random.default_rng((seed, 4)).random()
    if kind < ESPEAK_SHARE:
        return espeak_speech(seconds, seed)
    if kind < ESPEAK_SHARE + FESTIVAL_SHARE:
        return festival_speech(seconds, seed)
    return speech(seconds, seed)


def recorded_speech(seconds: float, seed: int, *, level: float) -> npt.NDArray[np.float32]:
    """Return :func:`speak` as a recording has it: now and then an effort, a second talker, a room, a response, a band.

    ``level`` is the RMS in dBFS over what is not silent.
    """
    rng = np.random.default_rng((seed, 5))
    out = speak(seconds, seed)
    if rng.random() < EFFORT_SHARE:
        out = with_effort(out, rng.uniform(-1, 1))
    if rng.random() < OVERLAP_SHARE:
        other = speak(seconds, seed + (1 << 30))
        start = int(rng.uniform(0, 0.7) * len(out))
        out = out.copy()
        out[start:] += np.float32(10 ** (rng.uniform(-8, 0) / 20)) * other[: len(out) - start]
    if rng.random() < WIDE_BAND_SHARE:
        out = _wide_band(out)
    loudness = amplitude(rng.uniform(0, 3) * _drift(len(out), rng))
    out = record(np.asarray(out * loudness), rng, rooms=0.08, curves=0.25, limits=0.06)
    return scale_to_level(out, level)


def with_effort(samples: npt.NDArray[np.float32], effort: float) -> npt.NDArray[np.float32]:
    """Tilt the spectrum of a voice: raised (up to 1) it is brighter, lowered (down to −1) duller.

    Parameters
    ----------
    samples
        float32 (samples,) at 48 kHz.
    effort
        −1 … 1; 0 changes nothing.

    Returns
    -------
    float32 of the same length, not scaled to any level.
    """
    length = fast_length(len(samples))
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    octaves = log2(np.clip(hertz, *EFFORT_BAND) / EFFORT_BAND[0])
    spectrum = np.fft.rfft(samples, length) * amplitude(effort * EFFORT_TILT * octaves)
    return np.fft.irfft(spectrum, length)[: len(samples)].astype(np.float32)


def _wide_band(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Pass a clip through 16 kHz."""
    import soxr

    narrow = soxr.resample(samples, SAMPLE_RATE, WIDE_BAND_RATE, RESAMPLER_QUALITY)
    wide = np.asarray(soxr.resample(narrow, WIDE_BAND_RATE, SAMPLE_RATE, RESAMPLER_QUALITY), np.float32)
    return np.resize(wide, len(samples))


def _drift(samples: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw a slow movement within ±1: nearer and farther from the microphone."""
    points = rng.uniform(-1, 1, samples // (2 * SAMPLE_RATE) + 2)
    return np.interp(np.linspace(0, len(points) - 1, samples), np.arange(len(points)), points).astype(np.float32)


def program_versions() -> dict[str, str]:
    """Return what the installed synthesizers call themselves; other versions speak other samples."""
    found = {}
    for name, path in (("espeak-ng", find_espeak()), ("festival", find_festival())):
        if path is None:
            found[name] = "absent"
            continue
        done = subprocess.run([path, "--version"], capture_output=True, check=False)
        found[name] = done.stdout.decode(errors="replace").strip().partition("  ")[0]
    return found
