"""The whole road once, small: each stage is the command that a user would type.

A stage is done when its product is there, so an interrupted demo goes on where it was and a second one has
nothing to do. What the machine lacks (a C compiler, TensorFlow) skips the stages that need it, and is said.
"""

import importlib.util
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from codegen.sources import source_folder
from rnnoise_py.atomic import write_text
from rnnoise_py.errors import RNNoiseError
from rnnoise_py.progress import note

ROWS: Final = 60_000
EPOCHS: Final = 20
WINDOW: Final = 500  # rows: short windows, for there are few rows
BATCH: Final = 16
COMPILERS: Final = ("gcc", "cc", "clang")

_CONFIG = """; Settings of `rnnoise-py dataset synthesize`, in the DNS-Challenge's own format.
[noisy_speech]
sampling_rate: 48000
audioformat: *.wav
audio_length: 10
silence_length: 0.2
total_hours: 0.1
snr_lower: 0
snr_upper: 20
target_level_lower: -35
target_level_upper: -15
noise_dir: {sources}/noise
speech_dir: {sources}/speech
"""


@dataclass(frozen=True)
class Stage:
    """One step of the demo."""

    title: str
    product: Path  #: there when the stage is done
    commands: tuple[tuple[str, ...], ...]  #: ``rnnoise-py`` arguments, or a program by its path
    look: str  #: what to look at afterwards
    needs: str = ""  #: "compiler" or "tensorflow"
    partial: Path | None = None  #: where this is there and the product is not, the last command gets ``--resume``
    tolerated: tuple[int, ...] = (0,)  #: exit codes that are fine


def stages(out: Path) -> list[Stage]:
    """List the stages in the order of the data."""
    clips, streams, model = out / "clips", out / "streams", out / "model"
    training, weights, run = out / "training.h5", out / "weights.hdf5", out / "weights.run"
    tool = out / "reference" / "denoise_training"
    clean, noise = streams / "all_clean.raw", streams / "all_noise.raw"
    noisy, denoised = clips / "noisy", out / "denoised"
    return [
        Stage("synthesize: clean, noise and noisy clips", clips / "logs" / "manifest.json", (
            ("dataset", "synthesize", str(out / "synthesizer.cfg"), "-o", str(clips), "--workers", "2"),
        ), f"{clips}/noisy: what it sounds like", partial=clips),
        Stage("check: what would spoil a training", out / "check.json", (
            ("dataset", "check", "--clean", str(clips / "clean"), "--noise", str(clips / "noise"), "--json"),
        ), f"{out / 'check.json'}", tolerated=(0, 1)),
        Stage("merge: one clean and one noise stream", clean, (
            ("dataset", "merge", "--clean", str(clips / "clean"), "--noise", str(clips / "noise"),
             "-o", str(streams), "--force"),
        ), f"{streams}: 48 kHz mono 16-bit PCM without header"),
        Stage("features: 87-wide training rows", training, (
            ("features", str(clean), str(noise), "-n", str(ROWS), "-o", str(training), "--workers", "2"),
        ), f"{training}: dataset `data`, ({ROWS}, 87) float32"),
        Stage("verify: the same rows from the C tool, bit for bit", out / "verify.txt", (
            ("make", "-s", "-C", str(source_folder()), f"BUILD={tool.parent.resolve()}", str(tool.resolve())),
            ("verify", "features", "--reference", str(tool), str(clean), str(noise), "-n", str(ROWS // 4)),
        ), f"{out / 'verify.txt'}", needs="compiler"),
        Stage("train: a small network, a few epochs", weights, (
            ("train", str(training), "-o", str(weights), "--run", str(run), "--epochs", str(EPOCHS),
             "--window", str(WINDOW), "--batch", str(BATCH)),
        ), f"{run}: curves, log, int8 model", needs="tensorflow", partial=run),
        Stage("export: C sources and models", model / "model.rnnn", (
            ("export", str(weights), "-o", str(model), "--force"),
        ), f"{model}: rnn_data.c, model.rnnn, Makefile", needs="tensorflow"),
        Stage("build: librnnoise", model / "build" / "librnnoise.so", (
            ("build", str(model)),
        ), f"{model}/build/librnnoise.so", needs="compiler and tensorflow"),
        Stage("denoise: the noisy clips, in Python", denoised / "done.txt", (
            ("denoise", str(noisy), "-o", str(denoised), "--model", str(model / "model.rnnn"), "--force"),
        ), f"{denoised}: listen beside {noisy}", needs="tensorflow"),
    ]


def missing(needs: str) -> str:
    """Say what the machine lacks of ``needs``, and how to get it; empty when nothing."""
    lacks = []
    if "compiler" in needs and not any(shutil.which(name) for name in COMPILERS):
        lacks.append("a C compiler (apt-get install gcc make)")
    if "tensorflow" in needs and importlib.util.find_spec("tensorflow") is None:
        lacks.append("TensorFlow (pip install 'rnnoise-py[train]')")
    return " and ".join(lacks)


def run_demo(out: Path) -> None:
    """Run or finish the demo in ``out``.

    Raises
    ------
    RNNoiseError
        When a stage fails; what it said stands above.
    """
    from rnnoise_py.synthetic import write_tree

    out.mkdir(parents=True, exist_ok=True)
    config = out / "synthesizer.cfg"
    if not config.exists():
        _timed("audio: made by the project's own generators", lambda: write_tree(out / "sources", seconds=15.0))
        write_text(config, _CONFIG.format(sources=(out / "sources").as_posix()))
    skipped = []
    for stage in stages(out):
        lacks = missing(stage.needs)
        if lacks:
            skipped.append(f"{stage.title.split(':')[0]} needs {lacks}")
            note(f"-- {stage.title}: skipped, {skipped[-1]}")
        elif stage.product.exists():
            note(f"-- {stage.title}: there already ({stage.product})")
        else:
            _timed(stage.title, lambda stage=stage: _run(stage))  # type: ignore[misc]
            note(f"   look at {stage.look}")
    for line in skipped:
        note(f"not done: {line}")
    note(f"demo: all in {out}")


def _timed(title: str, work: Callable[[], object]) -> None:
    note(f"== {title}")
    start = time.monotonic()
    work()
    note(f"   {time.monotonic() - start:.1f} s")


def _run(stage: Stage) -> None:
    said = ""
    for arguments in stage.commands:
        command = list(arguments)
        ours = command[0] != "make"
        if ours and stage.partial is not None and stage.partial.exists():
            command.append("--resume")
        note("   $ " + shlex.join(["rnnoise-py", *command] if ours else command))
        program = [sys.executable, "-m", "rnnoise_py", *command] if ours else command
        done = subprocess.run(program, stdout=subprocess.PIPE, text=True, check=False)
        said = done.stdout
        if done.returncode not in stage.tolerated:
            raise RNNoiseError(f"demo: `{shlex.join(arguments)}` failed (exit code {done.returncode}), see above")
    if not stage.product.exists():  # its product is what it said
        write_text(stage.product, said)
