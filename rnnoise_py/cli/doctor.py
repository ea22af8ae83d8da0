"""``rnnoise-py doctor``: what is installed and found on this machine."""

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import click

from rnnoise_py.cli.options import json_option, verbosity
from rnnoise_py.names import printable
from rnnoise_py.version import __version__

PACKAGES: Final = {  # distribution → what it is for
    "numpy": "everything",
    "numba": "everything",
    "llvmlite": "everything",
    "soundfile": "audio files",
    "av": "M4A, AAC, WebM, WMA (extra formats)",
    "soxr": "resampling",
    "h5py": "training rows",
    "click": "command line",
    "tqdm": "progress",
    "tensorflow": "train",
    "keras": "train",
    "matplotlib": "training curves, plot",
    "jinja2": "compare",
    "pillow": "compare",
    "pystoi": "compare: STOI",
    "pesq": "compare: PESQ",
}
REQUIRED: Final = ("numpy", "numba", "soundfile", "soxr", "h5py", "click", "tqdm")
REPORT: Final = ("jinja2", "pillow", "pystoi", "matplotlib")
#: names under which TensorFlow is distributed
TENSORFLOW_NAMES: Final = ("tensorflow", "tensorflow-cpu", "tensorflow-macos", "tf-nightly")
PROGRAMS: Final = {  # program → argument that shows its version
    "gcc": "--version",
    "clang": "--version",
    "make": "--version",
    "ffmpeg": "-version",
    "espeak-ng": "--version",
    "flite": "--version",
    "festival": "--version",
}
CPU_FEATURES: Final = ("sse2", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "neon")
_PROGRAM_SECONDS: Final = 10


@click.command()
@click.option("--report", "for_issue", is_flag=True, help="For an issue: Markdown, the home folder's name left out.")
@json_option
@verbosity
def command(for_issue: bool, as_json: bool) -> None:
    """Say what is installed and found: packages, compilers, CPU, caches, speech synthesizers.

    What is missing is named with what it is needed for; the exit code is 0 all the same.
    """
    facts = examine()
    if as_json:
        print(json.dumps(facts, indent=1))
    elif for_issue:
        print(f"```\n{without_home(report(facts))}\n```")
    else:
        print(report(facts))


def without_home(text: str) -> str:
    """Return the text with ``~`` for the user's home folder."""
    home = os.path.expanduser("~")
    return text.replace(home, "~") if len(home) > 1 else text


def examine() -> dict[str, Any]:
    """Look around; nothing heavy is imported and nothing is changed."""
    packages = {name: package_version(name) for name in PACKAGES}
    packages["tensorflow"] = next(filter(None, map(package_version, TENSORFLOW_NAMES)), None)
    library = os.environ.get("RNNOISE_LIBRARY")
    programs = {name: program(name, flag) for name, flag in PROGRAMS.items()}
    cache = kernel_cache()
    return {
        "rnnoise_py": {"version": __version__, "path": str(Path(__file__).parent.parent)},
        "python": {"version": platform.python_version(), "executable": sys.executable},
        "system": {"name": platform.system(), "machine": platform.machine(), "libc": " ".join(platform.libc_ver())},
        "cpu": cpu(),
        "packages": packages,
        "programs": programs,
        "kernel_cache": cache,
        "temporary_folder": {"path": tempfile.gettempdir(), "free_bytes": _free(Path(tempfile.gettempdir()))},
        "library": library,
        "problems": problems(packages, programs, cache, library),
    }


def package_version(name: str) -> str | None:
    """Version of an installed distribution; None when it is not installed. Nothing is imported."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def program(name: str, flag: str) -> dict[str, str] | None:
    """Path and version of a program; None when it is not found."""
    path = shutil.which(name)
    if path is None:
        return None
    try:
        said = subprocess.run(
            [path, flag], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PROGRAM_SECONDS, check=False
        )
        lines = (said.stdout or said.stderr).decode(errors="replace").strip().splitlines()
    except (OSError, subprocess.TimeoutExpired) as error:
        lines = [f"cannot be run: {error}"]
    return {"path": path, "version": lines[0] if lines else "?"}


def cpu() -> dict[str, Any]:
    """Cores, name and the vector instructions that matter."""
    found: dict[str, Any] = {"cores": os.cpu_count(), "usable_cores": _usable_cores(), "name": platform.processor()}
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        found["name"] = (names or [found["name"]])[0]
    except OSError:
        pass
    try:
        from llvmlite import binding

        host = binding.get_host_cpu_features()
        found["llvm_name"] = str(binding.get_host_cpu_name())
        found["features"] = [feature for feature in CPU_FEATURES if host.get(feature)]
    except (ImportError, RuntimeError):
        found["llvm_name"], found["features"] = None, []
    return found


def _usable_cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def kernel_cache() -> dict[str, Any]:
    """Where compiled kernels are kept, whether it can be written, whether they are there already."""
    if importlib.util.find_spec("numba") is None:
        return {"path": None, "writable": False, "compiled": 0}
    from rnnoise_py.lanes.cache import cache_folder

    folder = cache_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    return {
        "path": str(folder),
        "writable": os.access(existing, os.W_OK | os.X_OK),
        "compiled": sum(1 for _ in folder.rglob("*.nbc")),
    }


def _free(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def problems(
    packages: dict[str, str | None],
    programs: dict[str, dict[str, str] | None],
    cache: dict[str, Any],
    library: str | None,
) -> list[str]:
    """Say what some commands will miss, and what to do."""
    found = [f"{name} is not installed: pip install {name}" for name in REQUIRED if packages[name] is None]
    if packages["tensorflow"] is None:
        found.append("TensorFlow is not installed, `train` may need it: pip install tensorflow")
    missing = [name for name in REPORT if packages[name] is None]
    if missing:
        found.append(f"{', '.join(missing)} not installed, `compare` and `plot`: pip install {' '.join(missing)}")
    if packages["pesq"] is None:
        found.append("pesq is not installed, `compare` goes without PESQ: pip install pesq (compiles)")
    if programs["gcc"] is None and programs["clang"] is None:
        found.append("no C compiler, `build` needs one: apt-get install gcc make")
    elif programs["make"] is None:
        found.append("no make, `build` needs it: apt-get install make")
    if not cache["writable"]:
        found.append(f"kernel cache {cache['path']} is not writable, so compiled anew: set NUMBA_CACHE_DIR")
    if library and not Path(library).is_file():
        found.append(f"RNNOISE_LIBRARY is {printable(library)}, which is no file: name a built librnnoise, or unset it")
    return found


def report(facts: dict[str, Any]) -> str:
    """Return the same for people."""
    cpu_facts, cache = facts["cpu"], facts["kernel_cache"]
    lines = [
        f"rnnoise-py    {facts['rnnoise_py']['version']}  {facts['rnnoise_py']['path']}",
        f"python        {facts['python']['version']}  {facts['python']['executable']}",
        f"system        {' '.join(facts['system'].values())}",
        f"cpu           {cpu_facts['name']} ({cpu_facts['llvm_name']}), {cpu_facts['usable_cores']} of "
        f"{cpu_facts['cores']} cores, {' '.join(cpu_facts['features']) or 'no known vector instructions'}",
        f"kernel cache  {cache['path']} ({'writable' if cache['writable'] else 'not writable'}, "
        f"{cache['compiled']} compiled)",
        f"library       {facts['library'] or 'RNNOISE_LIBRARY is not set'}",
        "",
    ]
    for name, version in facts["packages"].items():
        lines.append(f"  {name:<12}{version or '-':<14}{PACKAGES[name]}")
    lines.append("")
    for name, found in facts["programs"].items():
        lines.append(f"  {name:<12}{'-' if found is None else found['path'] + '  ' + found['version']}")
    lines += ["", *(f"! {problem}" for problem in facts["problems"] or ["nothing is missing"])]
    return "\n".join(lines)
