"""A folder with the files that the documents speak of, small, and a shell session made of a document's blocks."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from rnnoise_py.audio import to_int16
from rnnoise_py.denoiser.models import default_model_path
from rnnoise_py.model import read_model, write_model
from rnnoise_py.model.c_writer import source_text
from rnnoise_py.spec.constants import SAMPLE_RATE
from rnnoise_py.synthetic import noise, speech
from tests.command_line import REPOSITORY, command, environment
from tests.markdown import blocks

#: sizes that the documents give in variables, and what they are here
SCALED = {"HOURS": "0.01", "ROWS": "12000", "EPOCHS": "2"}
#: the same in a recipe: the first for one number, all for a list
SCALED_RECIPE = {"total_hours": ("0.005", "0.008"), "count": ("6_000", "8_000"), "epochs": ("1", "2")}
#: files that a document takes as given beside the audio
GIVEN = {
    "docs/faq.md": ("training.h5", "weights.hdf5", "synthetic"),
    "docs/deploy.md": ("weights.hdf5",),
    "docs/columns.md": ("training.h5",),
    "docs/formats.md": ("training.h5", "weights.hdf5"),
    "docs/training.md": ("training.h5",),
    "docs/report.md": ("training.h5", "weights.hdf5", "synthetic"),
}
SPEECH_SECONDS, NOISE_SECONDS = 6.0, 8.0
ROWS = 6_000

CONFIG = r"""
[noisy_speech]
sampling_rate: 16000
audioformat: *.wav
audio_length: 4
silence_length: 0.2
total_hours: 500
snr_lower: 0
snr_upper: 40
randomize_snr: True
target_level_lower: -35
target_level_upper: -15
total_snrlevels: 5
clean_activity_threshold: 0.3
noise_activity_threshold: 0.0
fileindex_start: None
fileindex_end: None
is_test_set: False
noise_dir: datasets\noise
speech_dir: datasets\clean\read_speech
noise_types_excluded: None
noisy_destination: training\noisy
clean_destination: training\clean
noise_destination: training\noise
log_dir: logs
use_singing_data: 0
clean_singing: datasets\clean\singing_voice
use_emotion_data: 0
clean_emotion: datasets\clean\emotional_speech
use_mandarin_data: 0
clean_mandarin: datasets\clean\mandarin_speech
rir_choice: 3
lower_t60: 0.3
upper_t60: 1.3
rir_table_csv: datasets\acoustic_params\RIR_table_simple.csv
"""

#: our command; findings of the doctor (exit code 1) are no failure of a document
_TOOL = """#!/bin/sh
{python} -m rnnoise_py "$@"
code=$?
case "$1 ${{2:-}} $code" in "dataset check 1") exit 0 ;; esac
exit $code
"""
#: a microphone and a loudspeaker
_ARECORD = "#!/bin/sh\nhead -c 96000 clean.raw\n"
_APLAY = "#!/bin/sh\ncat > /dev/null\n"


def _write(path: Path, signal: npt.NDArray[np.floating[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pcm = to_int16(signal)[0]
    if path.suffix == ".raw":
        path.write_bytes(pcm.astype("<i2").tobytes())
    else:
        soundfile.write(path, pcm, SAMPLE_RATE)


def write_audio(work: Path) -> None:
    """Folders as DNS-Challenge has them, plain folders, single files, recordings."""
    languages = ("read_speech", "german_speech", "russian_speech")
    for number, language in enumerate(languages):
        for index in range(3 + number):
            name = f"book_{index}_reader_{number}.wav"
            _write(work / "datasets/clean" / language / name, speech(SPEECH_SECONDS, 10 * number + index))
    for index, kind in enumerate(("fan", "rain", "keyboard", "traffic")):
        _write(work / "datasets/noise" / f"{kind}.wav", noise(kind, NOISE_SECONDS, index))
        _write(work / "noise" / f"{kind}.flac", noise(kind, NOISE_SECONDS, 10 + index))
    for index in range(5):
        voice = speech(SPEECH_SECONDS, 50 + index)
        _write(work / "speech" / ("english", "russian")[index % 2] / f"voice {index}.wav", voice)
        if index < 2:
            size = len(voice)
            _write(work / "recordings" / f"recording {index}.wav", voice + 0.3 * noise("fan", SPEECH_SECONDS, 9)[:size])
    shutil.copy(work / "recordings" / "recording 0.wav", work / "noisy.wav")
    for name, signal in (("clean", speech(9, 70)), ("noise", noise("rain", 11, 71))):
        for suffix in (".raw", ".flac", ".wav"):
            _write(work / f"{name}{suffix}", signal)
    (work / "clean.wav").unlink()
    voice = speech(SPEECH_SECONDS, 90)
    _write(work / "held_out" / "one_clean.flac", voice)
    _write(work / "held_out" / "one_noisy.flac", voice + 0.2 * noise("rain", SPEECH_SECONDS, 91)[: len(voice)])
    (work / "noisyspeech_synthesizer.cfg").write_text(CONFIG)
    shutil.copy(default_model_path(), work / "model.rnnn")
    (work / "rnn_data.c").write_text(source_text(read_model(default_model_path())))
    if (REPOSITORY / "recipes").is_dir():
        shutil.copytree(REPOSITORY / "recipes", work / "recipes")


def write_given(work: Path, names: tuple[str, ...]) -> None:
    """What earlier steps would have made."""
    if "training.h5" in names:
        rows = command("features", work / "clean.raw", work / "noise.raw", "-n", ROWS, "-o", work / "training.h5", "-q")
        subprocess.run(rows, env=environment(), check=True)
    if "weights.hdf5" in names:
        write_model(read_model(default_model_path()), work / "weights.hdf5")
    if "synthetic" in names:
        for index in range(2):
            voice = speech(SPEECH_SECONDS, 80 + index)
            sound = 0.2 * noise("fan", SPEECH_SECONDS, 81)[: len(voice)]
            _write(work / "synthetic/clean" / f"clean_fileid_{index}.wav", voice)
            _write(work / "synthetic/noise" / f"noise_fileid_{index}.wav", sound)
            _write(work / "synthetic/noisy" / f"voice_fan_snr10_tl-26_fileid_{index}.wav", voice + sound)


def write_recipe(document: str, work: Path) -> None:
    """Write the recipe that a document shows, made small, under the name that its commands give it."""
    commands = "\n".join(block.text for block in blocks(document) if block.language == "sh")
    names = [name for name in re.findall(r"rnnoise-py run (\S+\.toml)", commands) if not (work / name).exists()]
    recipes = [block.text for block in blocks(document) if block.language == "toml"]
    if not names or not recipes:
        return
    text = recipes[0]
    for key, values in SCALED_RECIPE.items():
        text = re.sub(rf"\b{key} = \[[^]]*\]", f"{key} = [{', '.join(values)}]", text)
        text = re.sub(rf"\b{key} = [\d_.]+", f"{key} = {values[0]}", text)
    (work / names[0]).write_text(text)


def write_reference(work: Path, build: Path) -> None:
    """Build our C tool to stand for the ``denoise_training`` that a reader has."""
    tool = work / "denoise_training"
    make = ["make", "-C", str(REPOSITORY / "reference_c"), f"BUILD={build}", str(build / tool.name)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(build / tool.name, tool)


def prepare(document: str, folder: Path) -> dict[str, str]:
    """Fill ``folder/work``; return the environment in which ``rnnoise-py`` is this one."""
    work, programs = folder / "work", folder / "programs"
    work.mkdir()
    programs.mkdir()
    write_audio(work)
    write_given(work, GIVEN.get(document, ()))
    write_recipe(document, work)
    if any("./denoise_training" in block.text for block in blocks(document)):
        write_reference(work, folder / "reference")
    python = shlex.quote(sys.executable)
    scripts = {
        "rnnoise-py": _TOOL.format(python=python),
        "python": f'#!/bin/sh\nexec {python} "$@"\n',
        "arecord": _ARECORD,
        "aplay": _APLAY,
    }
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    before = environment()
    return {**before, "PATH": f"{programs}:{before.get('PATH', '')}"}


def session(document: str, folder: Path) -> str:
    """One script of all blocks of a document that are run; each says where it stands."""
    parts = []
    for block in blocks(document):
        if not block.runs or block.language == "toml":
            continue
        parts.append(f"echo '>>> {block}'")
        if block.language == "python":
            path = folder / f"block_{block.line}.py"
            text = block.text
            for name, value in SCALED.items():
                text = re.sub(rf"^{name} = [\d_.]+", f"{name} = {value}", text, flags=re.MULTILINE)
            path.write_text(text)
            parts.append(f"python {shlex.quote(str(path))}")
            continue
        text = block.text
        for name, value in SCALED.items():
            text = re.sub(rf"^{name}=\S+", f"{name}={value}", text, flags=re.MULTILINE)
        parts.append(text)
    return "\n".join(parts)
