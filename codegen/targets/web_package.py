"""``build --target web``: a folder for browsers and node, made of the package's templates without a compiler."""

import base64
import json
import re
from pathlib import Path
from string import Template
from typing import Final

from rnnoise_py.codegen.targets.wasm import with_aliases, with_model
from rnnoise_py.errors import DependencyError
from rnnoise_py.model import Int8Model
from rnnoise_py.model.int8 import packed_bytes
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import write_bytes
from rnnoise_py.version import __version__

TEMPLATES: Final = Path(__file__).resolve().parent / "web"
SCALAR, SIMD, JITSI_SYNC = "rnnoise.wasm", "rnnoise-simd.wasm", "rnnoise-jitsi-sync.wasm"
_BOTH: Final = {"c": "memory", "d": "__wasm_call_ctors", "j": "rnnoise_process_frame", "k": "__indirect_function_table"}
#: what the scripts of @jitsi/rnnoise-wasm 0.2.1 call the exports of its module; the synchronous one has other names
JITSI_NAMES: Final = _BOTH | {
    "e": "rnnoise_init",
    "f": "rnnoise_create",
    "g": "malloc",
    "h": "rnnoise_destroy",
    "i": "free",
}
JITSI_SYNC_NAMES: Final = _BOTH | {
    "e": "malloc",
    "f": "free",
    "g": "rnnoise_init",
    "h": "rnnoise_create",
    "i": "rnnoise_destroy",
}


def web_files(model: Int8Model, name: str) -> dict[str, bytes]:
    """Return the files of the package by name.

    Parameters
    ----------
    model
        What is built in.
    name
        Of the npm package, brought to what npm takes.

    Raises
    ------
    DependencyError
        When the templates are not installed.
    """
    package = package_name(name)
    packed = packed_bytes(model)
    made = {each: with_model(_template(each), packed) for each in (SCALAR, SIMD)}
    modules = {each: with_aliases(module, JITSI_NAMES) for each, module in made.items()}
    modules[JITSI_SYNC] = with_aliases(made[SCALAR], JITSI_SYNC_NAMES)
    core = _text("core.js")
    library = f"{core}\n{_text('page.js')}"
    worklet = f"(() => {{\n{core}\n{_text('worklet.js')}}})();\n"
    about = f"Model: {model.parameter_count:,} parameters, digest {model.digest[:16]}; rnnoise-py {__version__}."
    demo = Template(_text("demo.html")).substitute(
        title=package,
        about=about,
        worklet=worklet,
        library=library,
        simd=base64.b64encode(modules[SIMD]).decode(),
        scalar=base64.b64encode(modules[SCALAR]).decode(),
    )
    readme = Template(_text("readme.in")).substitute(title=package, name=package, about=about)
    texts = {
        "rnnoise.js": library,
        "rnnoise-worklet.js": worklet,
        "rnnoise-node.js": _text("node.js"),
        "rnnoise.d.ts": _text("rnnoise.d.ts"),
        "drop-in.js": _text("drop-in.js"),
        "demo.html": demo,
        "README.md": readme,
        "package.json": json.dumps(package_json(package, model), indent=2) + "\n",
    }
    return {**modules, **{each: text.encode() for each, text in texts.items()}}


def package_json(name: str, model: Int8Model) -> dict[str, object]:
    """Return what ``npm pack`` reads."""
    return {
        "name": name,
        "version": "1.0.0",
        "description": f"RNNoise noise suppression with its own model (digest {model.digest[:16]})",
        "type": "module",
        "main": "./rnnoise-node.js",
        "browser": "./rnnoise.js",
        "types": "./rnnoise.d.ts",
        "exports": {
            ".": {"types": "./rnnoise.d.ts", "node": "./rnnoise-node.js", "default": "./rnnoise.js"},
            **{f"./{each}": f"./{each}" for each in ("rnnoise-worklet.js", SCALAR, SIMD)},
        },
        "files": ["*.js", "*.d.ts", "*.wasm", "demo.html"],
        "license": "BSD-3-Clause",
    }


def package_name(name: str) -> str:
    """Bring a folder's name to what npm takes: small letters, digits, ``-``."""
    return re.sub(r"[^a-z0-9]+", "-", printable(name).lower()).strip("-") or "rnnoise-model"


def write_files(files: dict[str, bytes], folder: Path) -> None:
    """Write the files of a package, each whole; those that are the same stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if not (path.is_file() and path.read_bytes() == content):
            write_bytes(path, content)


def _template(name: str) -> bytes:
    try:
        return (TEMPLATES / name).read_bytes()
    except FileNotFoundError as error:
        raise DependencyError(f"{TEMPLATES / name} is missing: install rnnoise-py again") from error


def _text(name: str) -> str:
    return _template(name).decode()
