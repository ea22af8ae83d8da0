"""The stages of the demo, as data: what each makes, the commands that a user would type, what they need."""

import importlib.util
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.codegen.sources import source_folder
from rnnoise_py.rows.checkpoint import part_path, state_path

EVALUATION_HOURS: Final = 0.03
COMPILERS: Final = ("gcc", "cc", "clang")
#: what a machine may lack → (how to see that it is there, what to say when it is not)
NEEDS: Final[dict[str, tuple[Callable[[], bool], str]]] = {
    "compiler": (
        lambda: bool(shutil.which("make")) and any(map(shutil.which, COMPILERS)),
        "a C compiler and make are missing (apt-get install gcc make)",
    ),
    "report": (
        lambda: all(importlib.util.find_spec(name) for name in ("jinja2", "PIL", "pystoi")),
        "the report's packages are missing (pip install 'rnnoise-py[report]')",
    ),
}
#: where the C side promises the bits of the Python side
BITS_PROMISED: Final = platform.machine() in {"x86_64", "AMD64"} and platform.libc_ver()[0] == "glibc"

Command = tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What decides the demo's results.

    Attributes
    ----------
    speech, noise
        Folders of recordings; made-up audio where None.
    files
        Of made-up speech, and as many of noise.
    hours
        Of clips to train on.
    rows, epochs
        Of the training.
    """

    speech: Path | None = None
    noise: Path | None = None
    files: int = 30
    hours: float = 0.15
    rows: int = 80_000
    epochs: int = 30


@dataclass(frozen=True)
class Stage:
    """One step of the demo."""

    name: str
    title: str
    makes: tuple[Path, ...]  #: files and folders that are this stage's alone; all are there when it is done
    commands: tuple[Command, ...]
    look: Path  #: what to look at afterwards
    after: tuple[str, ...] = ()  #: stages whose products it uses
    needs: str = ""  #: a name of :data:`NEEDS`
    resume: Path | None = None  #: where this is there, the last command goes on with ``--resume``
    left_over: tuple[Path, ...] = ()  #: what an interrupted run may leave beside ``makes``
    tolerated: tuple[int, ...] = (0,)  #: exit codes that are fine
    shown: int = 3  #: first lines of what the commands said on stdout
    log: Path | None = None  #: gets what the commands said on stdout


def config_text(out: Path, settings: Settings) -> str:
    """Return the settings of ``dataset synthesize``."""
    return f"""; Settings of `rnnoise-py dataset synthesize`, in the DNS-Challenge's own format.
[noisy_speech]
sampling_rate: 48000
audioformat: *.wav
audio_length: 10
silence_length: 0.2
total_hours: {settings.hours}
snr_lower: 0
snr_upper: 20
target_level_lower: -35
target_level_upper: -15
speech_dir: {settings.speech or (out / "sources" / "speech").resolve()}
noise_dir: {settings.noise or (out / "sources" / "noise").resolve()}
"""


def stages(out: Path, settings: Settings) -> list[Stage]:
    """List the stages in the order of the data."""
    config, clips, streams, model = out / "synthesizer.cfg", out / "clips", out / "streams", out / "model"
    sources, unseen, evaluation = out / "sources", out / "unseen", out / "evaluation"
    training, weights, run = out / "training.h5", out / "weights.hdf5", out / "weights.run"
    reference, library = out / "reference", out / "librnnoise_demo.so.0.4.1"
    clean, noise = streams / CLEAN_STREAM, streams / NOISE_STREAM
    noisy, denoised, native = evaluation / "noisy", out / "denoised", out / "denoised-native"
    bit_exact = (0,) if BITS_PROMISED else (0, 1)
    found = [
        Stage(
            "synthesize",
            "clean, noise and noisy clips to train on",
            (clips,),
            (_ours("dataset synthesize", config, "-o", clips, "--workers", 2),),
            clips / "noisy",
            after=("audio",),
            resume=clips / "logs" / "clips.jsonl",
        ),
        Stage(
            "evaluation",
            "other clips, to listen to and to compare models on",
            (evaluation,),
            (_ours("dataset synthesize", config, "-o", evaluation, "--seed", 2, *_unseen(unseen, settings)),),
            noisy,
            after=("audio",),
            resume=evaluation / "logs" / "clips.jsonl",
        ),
        Stage(
            "check",
            "what would spoil a training",
            (out / "check.txt",),
            (_ours("dataset check", "--clean", clips / "clean", "--noise", clips / "noise"),),
            out / "check.txt",
            after=("synthesize",),
            tolerated=(0, 1),
            log=out / "check.txt",
        ),
        Stage(
            "merge",
            "one clean and one noise stream, bare 16-bit PCM at 48 kHz",
            (streams,),
            (_ours("dataset merge", "--clean", clips / "clean", "--noise", clips / "noise", "-o", streams),),
            streams,
            after=("synthesize",),
        ),
        Stage(
            "features",
            f"{settings.rows:,} training rows of 87 numbers",
            (training,),
            (_ours("features", clean, noise, "-n", settings.rows, "-o", training, "--workers", 2),),
            training,
            after=("merge",),
            resume=state_path(training),
            left_over=(part_path(training), state_path(training)),
        ),
        Stage(
            "verify",
            "the same rows from the C tool, bit for bit",
            (reference, out / "verify.txt"),
            (
                (
                    "make",
                    "-s",
                    "-C",
                    str(source_folder()),
                    f"BUILD={reference.resolve()}",
                    str(reference.resolve() / "denoise_training"),
                ),
                _ours(
                    "verify features",
                    "--reference",
                    reference / "denoise_training",
                    clean,
                    noise,
                    "-n",
                    settings.rows // 4,
                ),
            ),
            out / "verify.txt",
            after=("merge",),
            needs="compiler",
            tolerated=bit_exact,
            log=out / "verify.txt",
        ),
        Stage(
            "train",
            f"the network, {settings.epochs} epochs",
            (weights, run),
            (
                _ours(
                    "train",
                    training,
                    "-o",
                    weights,
                    "--run",
                    run,
                    "--epochs",
                    settings.epochs,
                    "--window",
                    500,
                    "--batch",
                    16,
                ),
            ),  # short windows, for there are few rows
            run / ("curves.svg" if importlib.util.find_spec("matplotlib") else "history.csv"),
            after=("features",),
            resume=run / "checkpoint.npz",
        ),
        Stage(
            "export",
            "the model as C sources, text, packed and Keras",
            (model,),
            (_ours("export", weights, "-o", model),),
            model,
            after=("train",),
        ),
        Stage(
            "build",
            "librnnoise with that model inside",
            (library,),
            (_ours("build", model, "--copy-to", library),),
            library,
            after=("export",),
            needs="compiler",
            left_over=(model / "build",),
        ),
        Stage(
            "denoise",
            "the noisy clips, in Python",
            (denoised,),
            (_ours("denoise", noisy, "-o", denoised, "--model", model / "model.rnnn", "--backend", "numba"),),
            denoised,
            after=("export", "evaluation"),
        ),
        Stage(
            "native",
            "the noisy clips, with that librnnoise: the same bytes",
            (native,),
            (
                _ours(
                    "denoise",
                    noisy,
                    "-o",
                    native,
                    "--model",
                    model / "model.rnnn",
                    "--backend",
                    "native",
                    "--library",
                    library,
                ),
                ("diff", "-r", "-s", str(denoised), str(native)),
            ),
            native,
            after=("build", "denoise"),
            needs="compiler",
            tolerated=bit_exact,
        ),
        Stage(
            "compare",
            "the new model beside the shipped one",
            (out / "report",),
            (
                _ours(
                    "compare",
                    noisy,
                    "--model",
                    f"demo={model / 'model.rnnn'}",
                    "--model",
                    "default",
                    "--clean",
                    evaluation / "clean",
                    "-o",
                    out / "report",
                ),
            ),
            out / "report" / "index.html",
            after=("export", "evaluation"),
            needs="report",
            shown=11,
        ),
    ]
    return [*_made_up(sources, unseen, settings), *found]


def _ours(command: str, *arguments: object) -> Command:
    return ("rnnoise-py", *command.split(), *map(str, arguments))


def _unseen(unseen: Path, settings: Settings) -> list[object]:
    """Return what differs in the evaluation: it is short, and made-up sources are others than in the training."""
    changed = {
        "total_hours": min(settings.hours, EVALUATION_HOURS),
        "speech_dir": settings.speech or unseen / "speech",
        "noise_dir": settings.noise or unseen / "noise",
    }
    return [word for key, value in changed.items() for word in ("--set", f"{key}={value}")]


def _made_up(sources: Path, unseen: Path, settings: Settings) -> list[Stage]:
    """Return the stage that makes audio where none is given."""
    if settings.speech and settings.noise:
        return []

    def tree(folder: Path, seed: int, files: int) -> Command:
        speech, noise = (0 if settings.speech else files), (0 if settings.noise else files)
        return (
            "python",
            "-m",
            "rnnoise_py.synthetic",
            "-o",
            str(folder),
            "--seed",
            str(seed),
            "--speech-files",
            str(speech),
            "--noise-files",
            str(noise),
        )

    return [
        Stage(
            "audio",
            "made-up speech and noise, to train on and to judge by",
            (sources, unseen),
            (tree(sources, 1, settings.files), tree(unseen, 2, settings.files // 2)),
            sources,
        )
    ]


def program_of(command: Command) -> list[str]:
    """Return the command as this Python runs it."""
    start = {"rnnoise-py": [sys.executable, "-m", "rnnoise_py"], "python": [sys.executable]}
    return [*start.get(command[0], [command[0]]), *command[1:]]
