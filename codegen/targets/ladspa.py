"""``build --target ladspa``: a LADSPA plugin with the model built in, and a PipeWire configuration for it."""

import os
import shlex
import subprocess
from pathlib import Path
from string import Template
from typing import Final

from rnnoise_py.codegen.library import MakeError, find_compiler, run_make
from rnnoise_py.codegen.package import check_exported
from rnnoise_py.codegen.targets.exported import exported_model
from rnnoise_py.runs.atomic import atomic_path, write_text

SOURCES: Final = Path(__file__).resolve().parent / "plugin"
PLUGIN: Final = "librnnoise_ladspa.so"  #: what configurations of others call it too
CONFIGURATION: Final = "rnnoise-py.conf"
_FLAGS: Final = ["-std=c99", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", "-fno-fast-math", "-ffp-contract=off"]
#: nothing of the library is seen from outside, so that another librnnoise in the same program is not called
_LINK: Final = ["-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL", "-Wl,--gc-sections", "-Wl,-z,defs", "-lm"]


def make_plugin(folder: Path, place: Path, given: str | None, jobs: int) -> tuple[Path, str]:
    """Compile the plugin of an exported folder into ``place``, and write a PipeWire configuration beside it.

    Returns
    -------
    tuple
        The plugin, and the compiler.

    Raises
    ------
    InputError
        When the folder is none that ``export`` wrote.
    DependencyError
        When there is no compiler or no make.
    MakeError
        When the compiler fails.
    """
    check_exported(folder)
    compiler = find_compiler(given)
    objects = place.resolve() / "objects"
    build = os.path.relpath(objects, folder.resolve())  # make takes no spaces, and the folder's name may have some
    run_make(folder, [f"-j{jobs}", f"CC={compiler}", f"BUILD={build}", f"{build}/librnnoise.a"])
    plugin = place.resolve() / PLUGIN
    model = exported_model(folder)
    named = f'-DRNN_MODEL="model {model.digest[:8]}"'
    with atomic_path(plugin) as made:
        command = [*shlex.split(compiler), *_FLAGS, named, "-iquote", str(folder / "include")]
        command += [str(SOURCES / "rnnoise_ladspa.c"), str(objects / "librnnoise.a"), *_LINK, "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            raise MakeError(
                f"{compiler} cannot make the plugin (exit code {done.returncode}): its words are above",
                tuple(done.stderr.splitlines()),
            )
        made.chmod(0o755)
    write_text(place / CONFIGURATION, configuration(plugin, f"{folder.resolve().name} (rnnoise)"))
    return plugin, compiler


def configuration(plugin: Path, description: str) -> str:
    """Text of the PipeWire configuration that makes a microphone without noise with a plugin."""
    quoted = description.replace("\\", "").replace('"', "'")
    template = Template((SOURCES / "pipewire.conf.in").read_text(encoding="utf-8"))
    return template.substitute(plugin=plugin, description=quoted)
