"""The WebAssembly modules that the package ships, compiled without a model.

``python -m rnnoise_py.codegen.targets.wasm_template`` writes ``codegen/targets/web/rnnoise.wasm`` (scalar) and
``rnnoise-simd.wasm``; with ``--check`` it writes nothing and exits with 1 when one differs. Needed is the compiler of
:data:`COMPILER` (``pip install ziglang==…``); another version gives other bytes, the same audio.
"""

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnnoise_py.codegen.sources import source_folder
from rnnoise_py.codegen.targets.wasm import AREA
from rnnoise_py.errors import DependencyError
from rnnoise_py.runs.atomic import write_bytes

COMPILER: Final = "ziglang==0.17.1"  #: that the shipped modules were made with
FOLDER: Final = Path(__file__).resolve().parent / "web"

STACK_BYTES: Final = 128 << 10
MEMORY_BYTES: Final = 4 << 20  #: stack, model area, heap: all of it, from the start
#: module → what of WebAssembly it uses; SIMD came to browsers with the other three, or after them
FEATURES: Final = {"rnnoise.wasm": "mvp", "rnnoise-simd.wasm": "mvp+simd128+nontrapping_fptoint+sign_ext+bulk_memory"}
_SMALL: Final = frozenset({"rnnoise", "model", "module", "memory"})  # not in the way of a frame
_FLAGS: Final = (
    "-std=c11 -ffreestanding -Wall -Wextra -Werror -fno-fast-math -ffp-contract=off -fno-math-errno -fno-trapping-math "
    "-fvisibility=hidden -ffunction-sections -fno-unroll-loops -DRNN_HAVE_BASELINE -DRNN_SUFFIX=baseline "
    f"-DRNN_STACK_SIZE={STACK_BYTES} -isystem wasm/include -iquote src -iquote generated -iquote include"
).split()
_LINK: Final = (
    f"--no-entry --export={AREA} --export-table --stack-first -z stack-size={STACK_BYTES} --gc-sections --strip-all "
    f"--initial-memory={MEMORY_BYTES} --max-memory={MEMORY_BYTES}"
).split()


def compile_module(name: str, zig: Sequence[str]) -> bytes:
    """Compile one of :data:`FEATURES` with the command ``zig`` and return its bytes."""
    sources = source_folder()
    target = ["-target", "wasm32-freestanding", f"-mcpu={FEATURES[name]}"]
    with tempfile.TemporaryDirectory() as scratch:
        objects = []
        for source in (*_library_sources(sources), "wasm/module.c", "wasm/memory.c"):
            made = f"{scratch}/{Path(source).stem}.o"
            level = ["-Os" if Path(source).stem in _SMALL else "-O3"]
            builtin = ["-fno-builtin"] if source == "wasm/memory.c" else []  # its loops must not call themselves
            _run([*zig, "cc", *target, *level, *_FLAGS, *builtin, "-c", source, "-o", made], sources)
            objects.append(made)
        linked = Path(scratch, "module.wasm")
        _run([*zig, "wasm-ld", *objects, *_LINK, "-o", str(linked)], sources)
        return linked.read_bytes()


def find_zig() -> list[str]:
    """Return the command of zig as a Python package.

    Raises
    ------
    DependencyError
        When it is not installed.
    """
    if importlib.util.find_spec("ziglang") is None:
        raise DependencyError("the cross compiler is not installed: pip install ziglang")
    return [sys.executable, "-m", "ziglang"]


def _library_sources(sources: Path) -> list[str]:
    """List what the Makefile compiles into the library, without the model."""
    makefile = (sources / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    names = " ".join(re.findall(r"^LIBRARY_(?:KERNELS|COMMON) := (.*)$", makefile, re.MULTILINE)).split()
    return [f"{'generated' if name == 'rnnoise_tables' else 'src'}/{name}.c" for name in names if name != "rnn_data"]


def _run(command: Sequence[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the modules, or check them; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rnnoise_py.codegen.targets.wasm_template", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a module differs")
    check = parser.parse_args(arguments).check
    stale = 0
    for name in FEATURES:
        made, path = compile_module(name, find_zig()), FOLDER / name
        if check:
            same = path.is_file() and path.read_bytes() == made
            stale += not same
            print(f"{path}: {'the same bytes' if same else 'differs'}", file=sys.stderr)
        else:
            write_bytes(path, made)
            print(path)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
