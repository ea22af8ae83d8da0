"""The shape of the house: who may import whom, one noun everywhere, nothing hidden in kernels."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

#: what each part of ``rnnoise_py`` may import of it besides itself; a part is a module or a package
BASE = {"constants", "errors", "layout", "names", "tables", "version", "quirks"}
FILES = BASE | {"atomic", "progress", "provenance", "space"}
MAY_IMPORT: dict[str, set[str]] = {
    "constants": set(),
    "errors": set(),
    "names": set(),
    "version": set(),
    "quirks": set(),
    "layout": {"constants"},
    "tables": {"constants"},
    "dsp": {"constants", "layout", "tables"},
    "atomic": {"errors"},
    "progress": {"errors", "names"},
    "space": {"errors"},
    "provenance": {"atomic", "errors", "names", "version"},
    "audio": FILES,
    "workers": {"errors"},
    "synthetic": FILES | {"audio", "dsp", "workers"},
    "dataset": FILES | {"audio", "dsp", "synthetic", "workers"},
    "model": FILES,
    "mixer": BASE | {"audio", "dsp"},
    "turns": set(),
    "rows": BASE | {"audio", "dsp", "mixer", "turns"},
    "features": BASE | {"audio", "dsp"},
    "denoiser": FILES | {"audio", "dsp", "features", "model"},
}
#: parts above those: everything but the command line
ABOVE = {"pipeline", "recipe", "training", "report"}
CODEGEN_MAY_IMPORT = FILES | {"model"}
IMPORT_CODEGEN = {"cli", "pipeline"}
#: heavy packages, and the only parts that may import them when they are imported themselves
HEAVY = {
    "tensorflow": {"training"}, "keras": {"training"}, "matplotlib": {"report"}, "jinja2": {"report"},
    "scipy": {"report"}, "pesq": {"report"}, "pystoi": {"report"},
}  # fmt: skip
#: TensorFlow stays out of every other part even inside functions
ONLY_IN_TRAINING = {"tensorflow", "keras"}
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "tools", "base"}
MAX_LINES = 300
#: longer modules and why
LONG: dict[str, str] = {}
NOUNS = (
    "rand", "biquad", "window", "fft", "bands", "dct", "whitening", "pitch_search", "octave", "cepstrum",
    "variability", "vad_label", "activation", "dense", "gru", "pitch_filter",
)  # fmt: skip


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
    return path.relative_to(REPOSITORY / "rnnoise_py").parts[0].removesuffix(".py")


def _parts_imported(path: Path) -> set[str]:
    names = _imported(ast.walk(_tree(path)))
    return {name.split(".")[1] for name in names if name.startswith("rnnoise_py.")}


@pytest.mark.parametrize("path", _modules("rnnoise_py"), ids=_name)
def test_layers_point_one_way(path: Path) -> None:
    """Each part imports only parts below it."""
    part, imported = _part(path), _parts_imported(path)
    if part in {"__init__", "__main__", "cli", "rnnoise_wrapper"}:
        return
    existing = {_part(p) for p in _modules("rnnoise_py")}
    if part in ABOVE:
        assert not imported & {"cli"}, f"{part} knows nothing of the command line"
        return
    assert part in MAY_IMPORT, f"{part} is new: say in this test what it may import"
    wrong = (imported & existing) - MAY_IMPORT[part] - {part}
    assert not wrong, f"{_name(path)} imports {sorted(wrong)}"


@pytest.mark.parametrize("path", _modules("codegen"), ids=_name)
def test_codegen_imports_only_what_it_emits(path: Path) -> None:
    """Constants, layout, tables, models and the plumbing of files."""
    existing = {_part(p) for p in _modules("rnnoise_py")}
    assert not (_parts_imported(path) & existing) - CODEGEN_MAY_IMPORT


def test_only_cli_and_pipeline_import_codegen() -> None:
    """The rest of the package works without the writer of C."""
    users = {_part(p) for p in _modules("rnnoise_py") if any(
        name.split(".")[0] == "codegen" for name in _imported(ast.walk(_tree(p)))
    )}  # fmt: skip
    assert users <= IMPORT_CODEGEN


@pytest.mark.parametrize("path", _modules("rnnoise_py", "codegen"), ids=_name)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    """TensorFlow in training alone; nothing heavy when another module is imported."""
    part = _part(path) if path.is_relative_to(REPOSITORY / "rnnoise_py") else "codegen"
    for name in {n.split(".")[0] for n in _imported(_outside_functions(_tree(path)))} & set(HEAVY):
        assert part in HEAVY[name], f"{_name(path)} imports {name} at its top"
    everywhere = {n.split(".")[0] for n in _imported(ast.walk(_tree(path)))}
    if part != "training":
        assert not everywhere & ONLY_IN_TRAINING, f"{_name(path)} imports TensorFlow"


def test_no_fast_math() -> None:
    """No kernel may be re-associated or contracted (training may contract), or run by numba's own threads."""
    for path in _modules("rnnoise_py"):
        banned = {"parallel"} if _name(path) == "rnnoise_py/training/jit.py" else {"fastmath", "parallel"}
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
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr in {"float32", "float64"}
            and n.args and isinstance(n.args[0], ast.Constant)
        }  # fmt: skip
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


@pytest.mark.parametrize("noun", NOUNS)
def test_the_same_noun_everywhere(noun: str) -> None:
    """A block has one name in the kernels, in the C and in the tests."""
    kernels = REPOSITORY / "rnnoise_py" / "dsp" / f"{noun}.py"
    assert kernels.is_file()
    assert (REPOSITORY / "reference_c" / "src" / f"{noun}.c").is_file(), f"no reference_c/src/{noun}.c"
    assert (REPOSITORY / "tests" / f"test_{noun}.py").is_file(), f"no tests/test_{noun}.py"


def test_modules_are_short() -> None:
    """A module over 300 lines is a conversation, and its reason stands in this test."""
    long = {_name(p) for p in _modules("rnnoise_py", "codegen") if len(p.read_text().splitlines()) > MAX_LINES}
    assert long <= set(LONG)
