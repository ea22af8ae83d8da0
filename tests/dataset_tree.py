"""A corpus as real folders have it: languages, noise categories, and every kind of bad file."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import soundfile

from rnnoise_py.synthetic import noise, speech

LANGUAGES = ("english", "polish", "dutch")
CATEGORIES = ("steady", "typing", "street")
_VOICES = {"english": "en-us", "polish": "pl", "dutch": "nl"}
_TEXTS = (
    "one two three four five six seven",
    "the weather is fine in the mountains today",
    "no, thank you",
    "please bring two cups of coffee",
    "a long way from home",
    "and now the news",
)
CONFIG = r"""
[noisy_speech]
sampling_rate: 48000
audioformat: *.wav
audio_length: 2
silence_length: 0.2
total_hours: 0.004
snr_lower: -5
snr_upper: 20
randomize_snr: True
target_level_lower: -35
target_level_upper: -15
total_snrlevels: 21
clean_activity_threshold: 0.3
noise_activity_threshold: 0.0
noise_dir: {root}\noise
speech_dir: {root}\speech\english, {root}\speech\polish, {root}\speech\dutch
noise_types_excluded: None
noisy_destination: {out}\noisy
clean_destination: {out}\clean
noise_destination: {out}\noise
log_dir: {out}\logs
"""


def write_config(path: Path, root: Path, out: Path, **keys: object) -> Path:
    """Write a config for a tree; ``keys`` replace or add."""
    text = CONFIG.format(root=str(root).replace("/", "\\"), out=str(out).replace("/", "\\"))
    for key, value in keys.items():
        lines = [line for line in text.splitlines() if not line.startswith(f"{key}:")]
        text = "\n".join([*lines, f"{key}: {value}"])
    path.write_text(text + "\n")
    return path


def _say(path: Path, voice: str, text: str, seed: int) -> None:
    program = shutil.which("espeak-ng")
    if program is None:
        soundfile.write(path, speech(2.5, seed), 48_000)
        return
    subprocess.run([program, "-v", voice, "-a", "60", "-w", os.fspath(path), text], check=True, timeout=60)


def write_tree(root: Path) -> Path:
    """Write ``root/speech/LANGUAGE`` and ``root/noise/CATEGORY``; good files only."""
    for number, language in enumerate(LANGUAGES):
        folder = root / "speech" / language
        folder.mkdir(parents=True)
        for index in range(4 + number):
            _say(folder / f"utterance {index}.wav", _VOICES[language], _TEXTS[index], 10 * number + index)
    families = (("pink", "fan"), ("keyboard", "knocks"), ("traffic",))
    for category, kinds in zip(CATEGORIES, families, strict=True):
        folder = root / "noise" / category
        folder.mkdir(parents=True)
        for seed, kind in enumerate(kinds):
            rate = 48_000 if seed == 0 else 44_100
            soundfile.write(folder / f"{kind}.flac", noise(kind, 3.0, seed), rate)
    return root


def add_formats(folder: Path) -> int:
    """Add good files of many formats, widths, rates, channels and names; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    signal = speech(1.5, 77)
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        soundfile.write(folder / f"{subtype}.wav", signal, 48_000, subtype=subtype)
    for rate in (8_000, 11_025, 16_000, 96_000, 192_000):
        soundfile.write(folder / f"{rate}.wav", signal[: rate * 3 // 4], rate)
    for channels in (2, 5, 8):
        soundfile.write(folder / f"{channels} channels.wav", np.stack([signal] * channels, axis=1), 48_000)
    for suffix in ("flac", "ogg", "aiff", "au", "caf", "w64"):
        soundfile.write(folder / f"format.{suffix}", signal, 48_000)
    names = ["x" * 240 + ".wav", "Straße – 日本語 🎤.wav", "with 'quotes', commas | and pipes.wav"]
    for name in names:
        soundfile.write(os.fspath(folder / name), signal, 48_000)
    soundfile.write(os.fsencode(folder) + b"/latin caf\xe9.wav", signal, 48_000)
    (folder / "bare.raw").write_bytes((signal * 20_000).astype("<i2").tobytes())
    return 6 + 5 + 3 + 6 + len(names) + 2


BAD = {
    "zero.wav": b"",
    "header cut.wav": b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00",
    "text.wav": b"this is no sound at all\n" * 40,
    "no samples.wav": None,
    "nan.wav": None,
    "odd.raw": bytes(1_001),
    "riff.raw": None,
    "damaged.flac": None,
    "gone.wav": None,
    "pipe.wav": None,
}


def add_bad_files(folder: Path) -> int:
    """Add every kind of file that cannot be read, a link loop too; return how many files."""
    folder.mkdir(parents=True, exist_ok=True)
    signal = speech(3.0, 5)
    for name, content in BAD.items():
        if content is not None:
            (folder / name).write_bytes(content)
    soundfile.write(folder / "no samples.wav", signal[:0], 48_000)
    broken = signal.copy()
    broken[72_000] = np.nan  # in every window of two seconds
    soundfile.write(folder / "nan.wav", broken, 48_000, subtype="FLOAT")
    soundfile.write(folder / "whole.flac", signal, 48_000)
    whole = bytearray((folder / "whole.flac").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 500] = bytes(500)
    (folder / "damaged.flac").write_bytes(whole)
    (folder / "whole.flac").unlink()
    soundfile.write(folder / "whole.wav", signal, 48_000)
    (folder / "whole.wav").rename(folder / "riff.raw")
    (folder / "gone.wav").symlink_to(folder / "nowhere.wav")
    os.mkfifo(folder / "pipe.wav")
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    return len(BAD)
