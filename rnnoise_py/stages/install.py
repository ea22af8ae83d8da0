"""A folder that ``export`` wrote → a microphone without noise in this user's PipeWire; and back."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.runs.progress import Reporter, note, reporting
from rnnoise_py.runs.settings import Settings as BaseSettings
from rnnoise_py.runs.settings import force_option, option, workers_option
from rnnoise_py.runs.workers import cores
from rnnoise_py.stages.result import Result as BaseResult

VERSION: Final = 1

_MARK: Final = "made by rnnoise-py"  #: in the first line of a configuration that may be taken away
_RESTART: Final = "systemctl --user restart filter-chain"


@dataclass(frozen=True, kw_only=True)
class Settings(BaseSettings):
    """What to install, where.

    Raises
    ------
    InputError
        When a value cannot be used.
    """

    folder: Path | None = option(None, "Folder that `export` wrote.", positional=True, metavar="[DIR]", recipe=False)
    pipewire: bool = option(False, "A microphone without noise, for this user's PipeWire.")
    undo: bool = option(False, "Take away what was installed.")
    dry_run: bool = option(False, "Only say which files would be written or taken away.", decides=False)
    cc: str | None = option(
        None, "C compiler.", metavar="COMPILER", default_text="$CC, gcc, cc, clang: the first that is there"
    )
    workers: int | None = workers_option()
    force: bool = force_option()


@dataclass(frozen=True, kw_only=True)
class Result(BaseResult):
    """What was written or taken away, or would be."""

    files: tuple[Path, ...]


def run(settings: Settings, progress: Reporter | None = None) -> Result:
    """Build the LADSPA plugin of a model, and put it and a configuration where PipeWire's filter-chain reads them.

    Parameters
    ----------
    settings
        What to do.
    progress
        Hears what is said.

    Raises
    ------
    InputError
        When there is nothing to install or to undo, or what is there is not of this program.
    OutputError
        When another configuration is there (without ``force``), or nothing can be written.
    DependencyError
        When there is no compiler or no make.
    MakeError
        When the compiler fails.
    """
    with reporting(progress) as reporter:
        if not settings.pipewire:
            raise InputError("say for what to install: --pipewire")
        if not sys.platform.startswith("linux"):
            raise InputError("PipeWire is of Linux: build a library for this system with `rnnoise-py build`")
        files = _take_away(settings) if settings.undo else _install(settings)
        return Result(files=files, warnings=tuple(reporter.warnings))


def configuration_place() -> Path:
    """Where the configuration of this user's filter-chain lies."""
    return _home("XDG_CONFIG_HOME", ".config") / "pipewire" / "filter-chain.conf.d" / "rnnoise-py.conf"


def plugin_place() -> Path:
    """Where the plugin lies."""
    return _home("XDG_DATA_HOME", ".local/share") / "rnnoise-py" / "librnnoise_ladspa.so"


def _home(variable: str, otherwise: str) -> Path:
    given = os.environ.get(variable, "")
    return Path(given) if Path(given).is_absolute() else Path.home() / otherwise


def _install(settings: Settings) -> tuple[Path, ...]:
    from rnnoise_py.codegen.package import check_exported
    from rnnoise_py.codegen.targets.ladspa import configuration
    from rnnoise_py.codegen.targets.make import make_target
    from rnnoise_py.runs.atomic import check_new, write_bytes, write_text
    from rnnoise_py.spec.targets import LADSPA

    folder = settings.folder
    if folder is None:
        raise InputError("say which model to install: the folder that `rnnoise-py export WEIGHTS -o DIR` wrote")
    check_exported(folder)
    plugin, written = plugin_place(), configuration_place()
    text = configuration(plugin, f"{folder.resolve().name} (rnnoise)")
    if _read(written) not in (None, text):
        check_new(written, force=settings.force)
    if settings.dry_run:
        note("these files would be written")
        return plugin, written
    note(f"making {printable(folder)} for {LADSPA}")
    made = make_target(
        LADSPA, folder, copy_to=None, compiler=settings.cc, jobs=cores(settings.workers), force=settings.force
    )
    for place in (plugin, written):
        place.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(plugin, made.product.read_bytes())
    plugin.chmod(0o755)
    write_text(written, text)
    note(f"now: {_RESTART} (the first time: systemctl --user enable --now filter-chain)")
    return plugin, written


def _take_away(settings: Settings) -> tuple[Path, ...]:
    if settings.folder is not None:
        raise InputError("--undo takes no folder: it takes away what is installed")
    plugin, written = plugin_place(), configuration_place()
    text = _read(written)
    if text is not None and _MARK not in text.partition("\n")[0] and not settings.force:
        raise InputError(f"{printable(written)} is not of rnnoise-py: look into it, or take it away with --force")
    found = tuple(path for path in (written, plugin) if path.is_file())
    if not found:
        raise InputError(f"nothing is installed ({printable(written)} is not there)")
    if settings.dry_run:
        note("these files would be taken away")
        return found
    for path in found:
        path.unlink()
    note(f"now: {_RESTART}")
    return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
