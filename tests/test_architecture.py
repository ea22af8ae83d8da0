"""The shape of the house: who may import whom, one noun everywhere, nothing hidden in kernels."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

BASE = {"errors", "names", "version", "contents", "spec"}
#: rooms of ``rnnoise_py``, from the ground up, and what each may import of the others
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "names": set(),
    "version": set(),
    "contents": set(),
    "spec": set(),
    "lanes": set(),
    "dsp": {"spec", "lanes"},
    "runs": {"errors", "names", "version"},
    "audio": BASE | {"runs", "contents"},
    "model": BASE | {"runs", "contents"},
    "rows": BASE | {"runs", "audio", "lanes", "dsp"},
    "synthetic": BASE | {"runs", "audio", "lanes", "dsp"},
    "dataset": BASE | {"runs", "audio", "lanes", "dsp", "rows", "synthetic"},
    "corpora": BASE | {"runs", "audio", "synthetic"},
    "codegen": BASE | {"runs", "model"},
    "denoiser": BASE | {"runs", "audio", "lanes", "dsp", "model", "codegen"},  # it builds the library for itself
    "rnnoise_wrapper": BASE | {"runs", "audio", "model", "denoiser"},
    "training": BASE | {"runs", "lanes", "rows", "model"},
    "report": BASE | {"runs", "audio", "lanes", "dsp", "rows", "model", "dataset", "denoiser", "training"},
    "adaptation": BASE
    | {
        "runs",
        "audio",
        "lanes",
        "dsp",
        "synthetic",
        "corpora",
        "rows",
        "model",
        "dataset",
        "denoiser",
        "training",
        "report",
    },
}
#: the rooms that stand on all of those, each on the ones before it
UPPER = ("stages", "recipe", "cli")
#: heavy packages, and the only parts that may import them when they are imported themselves
HEAVY = {
    "tensorflow": {"training"},
    "keras": {"training"},
    "matplotlib": {"report"},
    "jinja2": {"report"},
    "scipy": {"report"},
    "pesq": {"report"},
    "pystoi": {"report"},
}
#: TensorFlow stays out of every other part even inside functions
ONLY_IN_TRAINING = {"tensorflow", "keras"}
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "tools", "base"}
MAX_LINES = 300
#: longer modules and why
LONG: dict[str, str] = {}
NOUNS = (
    "rand",
    "biquad",
    "window",
    "fft",
    "bands",
    "dct",
    "whitening",
    "pitch_search",
    "octave",
    "logarithm",
    "cepstrum",
    "variability",
    "vad_label",
    "activation",
    "correlation",
    "features",
    "mixer",
    "rows",
    "dense",
    "gru",
    "pitch_filter",
    "network",
    "denoiser",
)


def _modules(*roots: str) -> list[Path]:
    return sorted(path for root in roots for path in (REPOSITORY / root).rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def _imported(nodes: Iterator[ast.AST]) -> set[str]:
    """Dotted names of absolute imports; ``from a import b`` gives both ``a`` and ``a.b``."""
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(str(node.module))
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def _outside_functions(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                waiting.append(child)


def _part(path: Path) -> str:
    """The part of ``rnnoise_py`` that a module belongs to."""
    parts = path.relative_to(REPOSITORY).parts
    return parts[0] if parts[0] == "codegen" else parts[1].removesuffix(".py")


def _parts_imported(path: Path) -> set[str]:
    names = _imported(ast.walk(_tree(path)))
    return {name.split(".")[1] for name in names if name.startswith("rnnoise_py.")}


@pytest.mark.parametrize("path", _modules("rnnoise_py", "codegen"), ids=_name)
def test_rooms_import_only_rooms_below(path: Path) -> None:
    """Each room imports only rooms below it: no circles."""
    part, imported = _part(path), _parts_imported(path)
    if part in {"__init__", "__main__"}:
        return
    rooms = [*MAY_IMPORT, *UPPER]
    assert part in rooms, f"{part} is new: say in this test what it may import"
    allowed = MAY_IMPORT[part] if part in MAY_IMPORT else set(rooms[: rooms.index(part)])
    wrong = (imported & set(rooms)) - allowed - {part}
    assert not wrong, f"{_name(path)} imports {sorted(wrong)}"


def test_the_order_of_rooms_has_no_circles() -> None:
    """What a room may import stands above it in the list."""
    seen: set[str] = set()
    for room, below in MAY_IMPORT.items():
        assert below <= seen, room
        seen.add(room)


@pytest.mark.parametrize("path", _modules("rnnoise_py", "codegen"), ids=_name)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    """TensorFlow in training alone; nothing heavy when another module is imported."""
    part = _part(path)
    for name in {n.split(".")[0] for n in _imported(_outside_functions(_tree(path)))} & set(HEAVY):
        assert part in HEAVY[name], f"{_name(path)} imports {name} at its top"
    everywhere = {n.split(".")[0] for n in _imported(ast.walk(_tree(path)))}
    if part != "training":
        assert not everywhere & ONLY_IN_TRAINING, f"{_name(path)} imports TensorFlow"


def test_no_fast_math() -> None:
    """No kernel may be re-associated or contracted (training may contract), or run by numba's own threads."""
    for path in _modules("rnnoise_py"):
        banned = {"parallel"} if _name(path) == "rnnoise_py/lanes/jit.py" else {"fastmath", "parallel"}
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.keyword):
                assert node.arg not in banned, f"{_name(path)}:{node.value.lineno}"


def _kernels(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Name) and called.id.endswith("kernel"):
                    yield node


@pytest.mark.parametrize("path", _modules("rnnoise_py/dsp"), ids=_name)
def test_kernels_hold_no_bare_floats(path: Path) -> None:
    """Constants are np.float32 or np.float64 by name; a bare float would promote differently in numba and numpy."""
    for kernel in _kernels(path):
        floats = [n.value for n in ast.walk(kernel) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
        wrapped = {
            n.args[0].value
            for n in ast.walk(kernel)
            if isinstance(n, ast.Call)
            and isinstance(n.func, ast.Attribute)
            and n.func.attr in {"float32", "float64"}
            and n.args
            and isinstance(n.args[0], ast.Constant)
        }
        assert set(floats) <= wrapped, f"{_name(path)}: {kernel.name} holds {floats}"


@pytest.mark.parametrize("path", _modules("rnnoise_py/dsp"), ids=_name)
def test_kernels_raise_nothing(path: Path) -> None:
    """Validation is at public edges."""
    for kernel in _kernels(path):
        assert not [n for n in ast.walk(kernel) if isinstance(n, (ast.Raise, ast.Assert))], kernel.name


def test_names_say_what_is_inside() -> None:
    """No module is called utils, common, helpers or misc."""
    for path in _modules("rnnoise_py", "codegen", "tests", "benchmarks"):
        names = {part.removesuffix(".py") for part in path.relative_to(REPOSITORY).parts}
        assert not names & BANNED_NAMES, _name(path)


@cache
def _benchmarked() -> set[str]:
    """Modules of ``dsp`` that a benchmark calls."""
    names: set[str] = set()
    for path in (REPOSITORY / "benchmarks").glob("*.py"):
        names |= {n.split(".")[2] for n in _imported(ast.walk(_tree(path))) if n.startswith("rnnoise_py.dsp.")}
    return names


@pytest.mark.parametrize("noun", NOUNS)
def test_the_same_noun_everywhere(noun: str) -> None:
    """A block has one name in the kernels, in the C, in the tests and in the benchmarks."""
    kernels = REPOSITORY / "rnnoise_py" / "dsp" / f"{noun}.py"
    assert kernels.is_file()
    assert (REPOSITORY / "reference_c" / "src" / f"{noun}.c").is_file(), f"no reference_c/src/{noun}.c"
    assert (REPOSITORY / "tests" / "dsp" / f"test_{noun}.py").is_file(), f"no tests/dsp/test_{noun}.py"
    assert noun in _benchmarked(), f"no benchmark imports rnnoise_py.dsp.{noun}"


def test_every_block_of_the_c_tree_is_a_noun() -> None:
    """What has a header of its own in C and is no plumbing is a block here too."""
    plumbing = {"dispatch", "lanes", "minmax", "model", "rnn", "rnn_data", "variant"}
    blocks = {path.stem for path in (REPOSITORY / "reference_c" / "src").glob("*.h")}
    assert blocks - plumbing == set(NOUNS)


def test_modules_are_short() -> None:
    """A module over 300 lines is a conversation, and its reason stands in this test."""
    long = {_name(p) for p in _modules("rnnoise_py", "codegen") if len(p.read_text().splitlines()) > MAX_LINES}
    assert long <= set(LONG)
