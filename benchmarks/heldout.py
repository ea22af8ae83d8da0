"""Held-out pairs of noisy and clean speech: ``python -m benchmarks.heldout -o FOLDER``.

The voices are the reserved ones, which the shipped model's training material never speaks with; the texts are real
sentences, where that material speaks made-up words; the noises have seeds that it never draws, and some are made here
alone. Same programs, same files.
"""

import argparse
import io
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import to_int16
from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.errors import DependencyError, run_program
from rnnoise_py.report.sound import write_flac
from rnnoise_py.runs.atomic import check_output_folder
from rnnoise_py.runs.provenance import write_manifest
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import NOISE_KINDS, espeak, flite, noise
from rnnoise_py.synthetic.speech import scale_to_level

F32 = npt.NDArray[np.float32]

SECONDS: Final = 6.0
SIGNAL_TO_NOISE_DB: Final = (0.0, 5.0, 12.0)
SPEECH_LEVEL: Final = -26.0  # dBFS over what is not silent
FIRST_SEED: Final = 1 << 40  # training draws seeds below 2³¹
VOICES: Final = (*flite.RESERVED_VOICES, *espeak.RESERVED_VOICES)
TEXTS: Final = {
    "en": (
        "The old lighthouse keeper counted every ship that passed before midnight. Nobody asked him why.",
        "Please put the brown parcel on the third shelf, next to the jar of cherries, and close the window.",
        "In winter the river freezes early, and children cross it on their way to school.",
        "She bought eleven yellow tulips, a loaf of bread, and two tickets for the evening train.",
        "Could you tell me how far it is from here to the harbour? My map is older than this bridge.",
    ),
    "de": (
        "Am Morgen lag dichter Nebel über dem See, und die Fischer warteten auf den ersten Wind.",
        "Bitte stellen Sie den Koffer neben die Tür, der Zug fährt in zwanzig Minuten.",
    ),
    "es": (
        "El panadero abre su tienda a las seis, cuando la calle todavía está oscura y fría.",
        "Mi hermana pequeña guarda las cartas del abuelo en una caja de madera azul.",
    ),
    "fr": (
        "La vieille horloge de la gare avance toujours de cinq minutes, surtout en hiver.",
        "Nous avons marché longtemps sous la pluie avant de trouver une petite auberge.",
    ),
    "it": (
        "Il mercato del pesce chiude presto, ma la signora vende ancora limoni e basilico.",
        "Domani mattina partiamo per la montagna con due amici e un cane molto vecchio.",
    ),
    "ru": (
        "Утром почтальон принёс три письма и маленькую посылку из далёкого города.",
        "За рекой начинается старый лес, где летом мы собирали грибы и ягоды.",
    ),
}


def _text(voice: str, seed: int) -> str:
    language = "en" if voice in flite.RESERVED_VOICES else voice[:2]
    texts = TEXTS[language]
    return f"{texts[seed % len(texts)]} {texts[(seed + 1) % len(texts)]}"


def _command(voice: str, text: str) -> list[str]:
    program = "flite" if voice in flite.RESERVED_VOICES else "espeak-ng"
    found = shutil.which(program)
    if found is None:
        raise DependencyError(f"{program} is not installed: apt-get install {program}")
    if program == "flite":
        return [found, "-voice", voice, "-t", text, "-o", "/dev/stdout"]
    return [found, "-v", voice, "--stdout", text]


def say(voice: str, seed: int) -> F32:
    """Speak with a reserved voice: float32 (6 s at 48 kHz,)."""
    import soundfile
    import soxr

    done = subprocess.run(_command(voice, _text(voice, seed)), capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise DependencyError(f"no voice {voice}: {done.stderr.decode(errors='replace').strip()}")
    speech, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    wide = np.asarray(soxr.resample(speech, rate, SAMPLE_RATE, RESAMPLER_QUALITY), np.float32)
    start = int(np.flatnonzero(np.abs(wide) > 0.02 * np.abs(wide).max())[0])
    lead = np.zeros(SAMPLE_RATE // 4, np.float32)
    return scale_to_level(np.resize(np.concatenate([lead, wide[start:]]), round(SECONDS * SAMPLE_RATE)), SPEECH_LEVEL)


def crowd_of_reserved(seed: int) -> F32:
    """Five reserved voices at once."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(SECONDS * SAMPLE_RATE), np.float32)
    for voice in rng.choice(VOICES, 5, replace=False):
        shift = int(rng.integers(len(out)))
        out += np.float32(rng.uniform(0.6, 1)) * np.roll(say(str(voice), seed % 97), shift)
    return out


def swelling_brown(seed: int) -> F32:
    """Brown noise that swells and ebbs four times in ten seconds."""
    time = np.arange(round(SECONDS * SAMPLE_RATE)) / SAMPLE_RATE
    return (noise("brown", SECONDS, seed) * (0.55 + 0.45 * np.sin(2 * np.pi * 0.4 * time + seed))).astype(np.float32)


def bare_clicks(seed: int) -> F32:
    """Short bursts of white noise at random moments, nothing between."""
    rng = np.random.default_rng(seed)
    out = np.zeros(round(SECONDS * SAMPLE_RATE), np.float32)
    for start in rng.integers(0, len(out) - 2400, 36):
        burst = rng.standard_normal(int(rng.integers(240, 1800)))
        out[start : start + len(burst)] += burst * np.exp(-np.arange(len(burst)) / rng.uniform(60, 400))
    return out


_OWN: Final[dict[str, Callable[[int], F32]]] = {
    "crowd": crowd_of_reserved,
    "swelling": swelling_brown,
    "clicks": bare_clicks,
}
FAMILIES: Final = (*_OWN, *NOISE_KINDS)
PAIRS: Final = 2 * len(FAMILIES)  #: two of each family


def pair(index: int) -> tuple[F32, F32, dict[str, Any]]:
    """Make pair number ``index``.

    Returns
    -------
    tuple
        Noisy and clean float32 (6 s at 48 kHz,), and what they are: voice, noise, SNR in dB. The SNR compares
        the RMS of the noise with that of the speech where it is not silent.
    """
    seed = FIRST_SEED + index
    voice, family = VOICES[(3 * index) % len(VOICES)], FAMILIES[index % len(FAMILIES)]
    snr = SIGNAL_TO_NOISE_DB[(index + index // len(FAMILIES)) % len(SIGNAL_TO_NOISE_DB)]
    clean = say(voice, index)
    disturbance = _OWN[family](seed) if family in _OWN else noise(family, SECONDS, seed)
    rms = float(np.sqrt(np.mean(disturbance.astype(np.float64) ** 2)))
    noisy = clean + disturbance * np.float32(10 ** ((SPEECH_LEVEL - snr) / 20) / rms)
    fits = np.float32(min(1.0, 0.97 / float(np.abs(noisy).max())))
    return fits * noisy, fits * clean, {"id": f"{index:03d}", "voice": voice, "noise": family, "snr": snr}


def write_heldout(folder: Path, count: int, *, force: bool = False) -> None:
    """Write ``ID_noisy.flac`` and ``ID_clean.flac`` (48 kHz mono 16-bit) and ``manifest.json`` into ``folder``."""
    check_output_folder(folder, force=force)
    found = []
    for index in range(count):
        noisy, clean, facts = pair(index)
        for name, signal in (("noisy", noisy), ("clean", clean)):
            write_flac(folder / f"{facts['id']}_{name}.flac", to_int16(signal)[0])
        found.append(facts)
    write_manifest(folder / "manifest.json", {"pairs": found})


def main() -> None:
    """Parse the command line and write the pairs."""
    parser = argparse.ArgumentParser(description="Write held-out pairs of noisy and clean speech.")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the pairs")
    parser.add_argument("-n", "--count", type=int, default=PAIRS, help="pairs [%(default)s]")
    parser.add_argument("--force", action="store_true", help="replace what is in the folder")
    given = parser.parse_args()
    write_heldout(given.output, given.count, force=given.force)


if __name__ == "__main__":
    sys.exit(run_program(main))
