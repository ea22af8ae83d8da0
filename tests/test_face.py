"""What users import: every public name exists, is found by editors and mypy, and has a type."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from mypy import api

from tests.command_line import environment
from tests.conftest import REPOSITORY

#: packages that users import from
FACES = (
    "rnnoise_py",
    "rnnoise_py.audio",
    "rnnoise_py.dataset",
    "rnnoise_py.denoiser",
    "rnnoise_py.model",
    "rnnoise_py.report",
    "rnnoise_py.stages",
    "rnnoise_py.synthetic",
    "rnnoise_py.training",
)
_REVEALED = re.compile(r'^[^:]+:(\d+): note: Revealed type is "(.*)"$')


def public_names(module: ModuleType) -> list[str]:
    """What ``__all__`` lists."""
    return [name for name in getattr(module, "__all__", []) if not name.startswith("_")]


def revealed(names: list[tuple[str, str]], folder: Path) -> dict[tuple[str, str], str]:
    """Type of each (module, name), as ``mypy --strict`` sees it from outside."""
    lines = [f"import {module}" for module in sorted({module for module, _ in names})]
    place = {}
    for module, name in names:
        lines.append(f"reveal_type({module}.{name})")
        place[len(lines)] = module, name
    program = folder / "user.py"
    program.write_text("\n".join(lines) + "\n")
    config = ["--strict", "--config-file", str(REPOSITORY / "pyproject.toml"), "--follow-imports", "silent"]
    cache = ["--cache-dir", str(REPOSITORY / ".mypy_cache" / "face")]
    out, err, _ = api.run([*config, *cache, str(program)])
    types, complaints = {}, []
    for line in out.splitlines():
        found = _REVEALED.match(line)
        if found:
            types[place[int(found[1])]] = found[2]
        elif ": error:" in line:
            complaints.append(line)
    assert not complaints, "\n".join(complaints)
    assert not err, err
    return types


def test_every_public_name_has_a_type(tmp_path: Path) -> None:
    """None is Any, and none is unknown, of the packages and of the settings, results and functions of all stages."""
    names = [(face, name) for face in FACES for name in public_names(importlib.import_module(face))]
    stages = sorted(path.stem for path in (REPOSITORY / "rnnoise_py" / "stages").glob("*.py"))
    for stage in stages:
        module = f"rnnoise_py.stages.{stage}"
        if hasattr(importlib.import_module(module), "Settings"):
            names += [(module, name) for name in ("Settings", "Result", "run", "VERSION")]
    types = revealed(names, tmp_path)
    assert set(types) == set(names)
    untyped = [f"{module}.{name}" for (module, name), found in types.items() if found in {"Any", "def (*Any, **Any)"}]
    assert not untyped


@pytest.mark.parametrize("face", FACES)
def test_every_public_name_exists(face: str) -> None:
    """Each can be imported, and dir() lists it."""
    module = importlib.import_module(face)
    for name in public_names(module):
        assert name in dir(module), f"{face}.{name}"
        try:
            found = getattr(module, name)
        except ImportError as error:
            if error.name not in {"tensorflow", "keras"}:
                raise
        else:
            assert found is not None


def test_a_name_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    """To mypy as to Python: a typo in a user's program is found."""
    with pytest.raises(AttributeError, match="nonsense"):
        importlib.import_module("rnnoise_py").nonsense  # noqa: B018
    with pytest.raises(AssertionError, match="nonsense"):
        revealed([("rnnoise_py", "nonsense")], tmp_path)


@pytest.mark.parametrize("path", sorted((REPOSITORY / "rnnoise_py").rglob("__init__.py")), ids=lambda p: p.parent.name)
def test_lazy_names_are_hidden_from_mypy(path: Path) -> None:
    """A module's ``__getattr__`` would make every name Any, so it stands under ``if not TYPE_CHECKING``."""
    text = path.read_text()
    assert not re.search(r"^def __getattr__.*Any:", text, re.MULTILINE), path


def test_the_package_is_imported_in_no_time() -> None:
    """Nothing heavy comes with it: names are imported on first use."""
    program = (
        "import sys, rnnoise_py; print(sorted({'numpy', 'numba', 'h5py', 'soundfile', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
