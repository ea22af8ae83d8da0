"""A digest of the code that decides an artefact: a module and all modules of the project that it imports."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final

from rnnoise_py.runs.provenance import file_sha256

PACKAGES: Final = ("rnnoise_py", "codegen")  #: ours; imports of others are not followed
_DECIDES_NOTHING: Final = frozenset({"rnnoise_py.runs.progress"})  # says how far the work is, decides nothing


def code_digest(modules: Iterable[str], files: Iterable[Path] = ()) -> str:
    """Digest of the sources of some modules, of what they import, directly or not, and of other files.

    Parameters
    ----------
    modules
        Dotted names. Imports inside functions count, those by a name that is worked out do not.
    files
        What else decides: sources in C, templates.
    """
    digest = hashlib.sha256()
    paths = {name: _source(name) for name in imported_modules(modules)}
    for name, path in [*sorted(paths.items()), *((path.name, path) for path in files)]:
        if path is not None:
            digest.update(f"{name}\0{file_sha256(path)}\n".encode())
    return digest.hexdigest()


def imported_modules(modules: Iterable[str]) -> set[str]:
    """Return the modules and all of the project's that they import, the packages around them too."""
    found: set[str] = set()
    left = list(modules)
    while left:
        name = left.pop()
        if name in found or name in _DECIDES_NOTHING:
            continue
        found.add(name)
        left += [one for one in _imports_of(name) if _source(one) is not None]
        if "." in name:
            left.append(name.rpartition(".")[0])
    return found


@cache
def _source(module: str) -> Path | None:
    """Return the file of a module of ours; None for what is no module. Nothing is imported."""
    package, _, rest = module.partition(".")
    if package not in PACKAGES:
        return None
    place = Path(import_module(package).__path__[0]).joinpath(*rest.split(".")) if rest else None
    if place is None:
        return Path(str(import_module(package).__file__))
    return next((path for path in (place.with_name(f"{place.name}.py"), place / "__init__.py") if path.is_file()), None)


@cache
def _imports_of(module: str) -> frozenset[str]:
    path = _source(module)
    names: set[str] = set()
    if path is None:
        return frozenset()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)
