"""The whole road once, small: each stage is the command that a user would type.

``demo.json`` holds the settings and the stages that are done, so an interrupted or failed demo goes on where it
was and a second one has nothing to do. What the machine lacks (a C compiler, report packages) leaves out the stages
that need it, and is said.
"""

import shlex
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio import list_audio_files
from rnnoise_py.errors import InputError, OutputError, RNNoiseError
from rnnoise_py.recipe.demo_stages import NEEDS, Settings, Stage, config_text, program_of, stages
from rnnoise_py.runs.atomic import check_output_folder, write_text
from rnnoise_py.runs.lock import locked
from rnnoise_py.runs.progress import note, reporter
from rnnoise_py.runs.provenance import TOOL, read_manifest, write_manifest
from rnnoise_py.runs.space import check_space, duration, size

RECORD: Final = "demo.json"
LOCK: Final = ".demo.lock"
DISK_BYTES: Final = 500e6  # measured: 477 MB with the default settings
TIME: Final = "2 to 4 minutes on two cores, two more when kernels are compiled for the first time"


@dataclass
class Record:
    """What is done, kept in ``demo.json``."""

    path: Path
    settings: dict[str, Any]
    done: dict[str, float] = field(default_factory=dict)  #: stage → seconds

    def save(self) -> None:
        """Write it, atomically."""
        write_manifest(self.path, {"settings": self.settings, "done": self.done})


def run_demo(out: Path, settings: Settings | None = None, *, force: bool = False) -> None:
    """Run or finish the demo in ``out``.

    Parameters
    ----------
    out
        Folder to work in: new, empty, or an earlier demo's.
    settings
        What to make.
    force
        Start over in an earlier demo's folder.

    Raises
    ------
    InputError
        When a folder of recordings cannot be used, or the earlier demo has other settings.
    OutputError
        When ``out`` is something else's folder, or has no space, or another demo is at work in it.
    RNNoiseError
        When a stage fails; what it said stands above.
    """
    settings = _checked(settings or Settings())
    record = _open(out, settings, force=force)
    road = stages(out, settings)
    with locked(out / LOCK, out) as lock:
        if force:
            for stage in stages(out, Settings()):  # all there are
                _remove(*stage.makes, *stage.left_over)
            record.done = {}
        if not record.done:
            note(f"demo in {out}: {TIME}; {size(DISK_BYTES)} of disk. Interrupted, it goes on where it was.")
            check_space(out, int(DISK_BYTES), "the demo", "choose another with -o")
        record.save()
        write_text(out / "synthesizer.cfg", config_text(out, settings))
        left_out = _walk(road, record, lock)
    _conclude(out, road, record, left_out)


def _checked(settings: Settings) -> Settings:
    for folder in (settings.speech, settings.noise):
        if folder is not None and not list_audio_files(folder):
            raise InputError(f"folder {folder} holds no audio files (WAV, FLAC, …): give a folder of recordings")
    absolute = {
        name: None if path is None else path.resolve()
        for name, path in (("speech", settings.speech), ("noise", settings.noise))
    }
    return Settings(**{**asdict(settings), **absolute})


def _open(out: Path, settings: Settings, *, force: bool) -> Record:
    """Read the record of an earlier demo or begin one; refuse a folder that is something else's."""
    wanted = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(settings).items()}
    if not (out / RECORD).exists():
        check_output_folder(out, force=True)
        if any(not path.name.startswith(".") for path in out.iterdir()):
            raise OutputError(f"folder {out} is not empty and no demo's: choose another with -o")
        return Record(out / RECORD, wanted)
    earlier = read_manifest(out / RECORD)
    there = earlier.get("settings")
    different = [key for key in wanted if not isinstance(there, dict) or there.get(key) != wanted[key]]
    different += ["version"] * (earlier.get("tool") != TOOL)
    if different and not force:
        raise InputError(
            f"{out} is a demo with another {' and '.join(different)}: use the same to go on, "
            "--force to start over, or choose another folder with -o"
        )
    done = earlier.get("done")
    return Record(out / RECORD, wanted, dict(done) if isinstance(done, dict) else {})


def _walk(road: list[Stage], record: Record, lock: int | None) -> dict[str, str]:
    """Do what is not done yet; return the stages that are left out, with the reason."""
    left_out: dict[str, str] = {}
    redone: set[str] = set()
    for number, stage in enumerate(road, 1):
        head = f"[{number}/{len(road)}] {stage.name}: {stage.title}"
        if stage.name in record.done and not redone & set(stage.after) and all(path.exists() for path in stage.makes):
            note(f"{head}\n    there already; look at {stage.look}")
            continue
        reason = _reason(stage, left_out)
        if reason:
            left_out[stage.name] = reason
            note(f"{head}\n    left out: {reason}")
            continue
        note(head)
        if record.done.pop(stage.name, None) is not None:
            record.save()
            _remove(*stage.makes, *stage.left_over)
        start = time.monotonic()
        _run(stage, lock)
        redone.add(stage.name)
        record.done[stage.name] = round(time.monotonic() - start, 2)
        record.save()
        note(f"    {record.done[stage.name]:.1f} s; look at {stage.look}")
    return left_out


def _reason(stage: Stage, left_out: dict[str, str]) -> str:
    for earlier in stage.after:
        if earlier in left_out:
            return f"it follows `{earlier}`"
    if stage.needs:
        is_there, message = NEEDS[stage.needs]
        return "" if is_there() else message
    return ""


def _run(stage: Stage, lock: int | None) -> None:
    resume = stage.resume is not None and stage.resume.exists()
    if not resume:
        _remove(*stage.makes, *stage.left_over)
    said = ""
    for command in stage.commands:
        last = command is stage.commands[-1]
        line = [*command, *(["--resume"] if resume and last else [])]
        note(f"    $ {shlex.join(line)}")
        if getattr(reporter(), "quiet", True) and command[0] in {"rnnoise-py", "python"}:
            line.append("-q")
        done = subprocess.run(  # the lock is handed on: it holds as long as anything is at work
            program_of(tuple(line)),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            pass_fds=() if lock is None else (lock,),
        )
        said += done.stdout
        if done.returncode not in (stage.tolerated if last else (0,)):
            raise RNNoiseError(
                f"demo: stage {stage.name} failed (exit code {done.returncode}), what it said stands above; "
                f"the same command goes on from there"
            )
    for text in list(dict.fromkeys(said.splitlines()))[: stage.shown]:
        note(f"    {text}")
    if stage.log is not None:
        write_text(stage.log, said)


def _remove(*paths: Path) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _conclude(out: Path, road: list[Stage], record: Record, left_out: dict[str, str]) -> None:
    look = {stage.name: stage.look for stage in road if stage.name in record.done}
    note(f"\ndemo: all in {out}, {duration(sum(record.done.values()))} of work")
    if "denoise" in look:
        clips = list_audio_files(look["evaluation"])
        note(f"  listen to   {clips[0]}\n  denoised    {look['denoise'] / clips[0].name}")
    for name, title in (("build", "the library "), ("compare", "open        ")):
        if name in look:
            note(f"  {title}{look[name]}")
    for name, reason in left_out.items():
        note(f"  not done    {name}: {reason}")
