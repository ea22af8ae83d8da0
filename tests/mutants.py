"""Would the tests notice? Change one thing in a room's code, run its tests, and say what survives.

``python -m tests.mutants ROOM`` (`make mutants`) works on a copy of the repository; ``--most N`` takes a sample. The
room's tests run once to learn which of them pass through which line. A mutant meets those first, quickest first, then
(should it live) the whole room's. What behaves like the original is listed, with reasons, in equivalent_mutants.toml.
"""

import argparse
import ast
import contextlib
import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from tests import mutant_lines

REPOSITORY: Final = Path(__file__).parents[1]
EQUIVALENT: Final = Path(__file__).with_name("equivalent_mutants.toml")
#: room → tests besides those of its own folder
MORE_TESTS: Final[dict[str, tuple[str, ...]]] = {
    "denoiser": ("tests/cli/test_denoise.py",),
    "rows": ("tests/cli/test_features.py",),
}
#: operators that make nothing but noise here: decorators register, annotations decide nothing
LEFT_OUT: Final = ("core/RemoveDecorator", "core/ExceptionReplacer", "core/Variable")
SECONDS: Final = 600.0  # for the tests of one mutant
HEAVY: Final = ("numpy", "numba", "h5py", "soundfile", "soxr", "hypothesis", "pytest", "_pytest.assertion.rewrite")
OURS: Final = ("rnnoise_py", "codegen", "tests", "benchmarks")


def mutations(module: Path) -> list[Any]:
    """Return every mutation of a module, as cosmic-ray describes them, but for those of annotations."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.work_item import MutationSpec

    tree, found = get_ast_from_path(module), []
    idle = _idle_spans(ast.parse(module.read_text()))
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if name.startswith(LEFT_OUT) or operator.arguments():
            continue
        one = operator()
        places = [place for node in ast_nodes(tree) for place in one.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
            if any(first <= start and end <= last for first, last in idle):
                continue
            found.append(
                MutationSpec(
                    module_path=str(module),
                    operator_name=name,
                    operator_args={},
                    occurrence=occurrence,
                    start_pos=start,
                    end_pos=end,
                    definition_name=None,
                )
            )
    return found


def _idle_spans(tree: ast.AST) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Places of annotations: a mutant there is an error of import or nothing."""
    spans = []
    for node in ast.walk(tree):
        for one in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(one, ast.expr):
                end = (one.end_lineno or one.lineno, one.end_col_offset or one.col_offset)
                spans.append(((one.lineno, one.col_offset), end))
    return spans


def sample(everything: list[Any], most: int, seed: int) -> list[Any]:
    """Draw places, each as likely as any other, and one mutant for each: there are eleven for a plus, one for a not."""
    if not most:
        return everything
    places = defaultdict(list)
    for one in everything:
        places[one.module_path, one.start_pos, one.end_pos].append(one)
    draw = random.Random(seed)
    return [draw.choice(places[place]) for place in draw.sample(sorted(places), min(most, len(places)))]


def copied(folder: Path) -> Path:
    """Copy what the tests need."""
    names = ("rnnoise_py", "codegen", "tests", "benchmarks", "reference_c", "docs", "recipes", "pyproject.toml")
    for name in names:
        source = REPOSITORY / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "build")
            shutil.copytree(source, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copyfile(source, folder / name)
    command = [
        sys.executable,
        "-m",
        "compileall",
        "-q",
        "--invalidation-mode",
        "checked-hash",
        str(folder / "rnnoise_py"),
    ]
    subprocess.run(command, check=True)
    return folder


class Tests:
    """Runs tests of a copy, each time in a fork of this process: what is heavy is imported once."""

    def __init__(self, copy: Path, room: str, *, near: bool) -> None:
        self._copy, self._near = copy, near
        self._room = [f"tests/{room}", *MORE_TESTS.get(room, ())]
        self._lines = copy / "lines.json"
        for name in HEAVY:
            importlib.import_module(name)
        os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        os.environ.setdefault("RNNOISE_SHARED", str(REPOSITORY.parent / "shared"))

    def learn(self) -> None:
        """Run them once, unchanged, and remember who passes where."""
        self._run(self._room, lines=True, seconds=10 * SECONDS)
        self._known = json.loads(self._lines.read_text())
        for test in self._known["failed"]:
            print(f"left out: it fails without a mutant: {test}", flush=True)
        self._room += [f"--deselect={test}" for test in self._known["failed"]]

    def notice(self, module: str, first: int, last: int) -> bool:
        """Whether a test fails now that these lines of a module are changed."""
        known = self._known["lines"].get(module, {})
        near = {test for line in range(first, last + 1) for test in known.get(str(line), ())}
        near -= {*self._known["failed"]}
        quickest = sorted(near, key=lambda test: float(self._known["seconds"].get(test, 0)))
        if quickest and self._run(quickest):
            return True
        return not (quickest and self._near) and bool(self._run(self._room))

    def _run(self, what: list[str], lines: bool = False, seconds: float = SECONDS) -> int:
        child = os.fork()
        if not child:
            with contextlib.suppress(BaseException):
                os._exit(self._in_child(what, lines))
            os._exit(70)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return 1

    def _in_child(self, what: list[str], lines: bool) -> int:
        import pytest

        os.setsid()
        os.chdir(self._copy)
        log = os.open(self._copy / "tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(log, stream)
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[:] = [str(self._copy), *(place for place in sys.path if place not in ("", str(REPOSITORY)))]
        sys.dont_write_bytecode = True
        plugins = [mutant_lines.Lines(self._copy / "rnnoise_py", self._lines)] if lines else []
        options = ["-q", "-m", "not slow", "-p", "no:cacheprovider", f"--basetemp={self._copy}.tmp"]
        return int(pytest.main([*options, *([] if lines else ["-x"]), *what], plugins=plugins))


def reason_of(listed: list[dict[str, Any]], module: str, line: str, operator: str, becomes: set[str]) -> str:
    """Return why a mutant behaves like the original: of those that are listed; empty when it is not among them."""
    for one in listed:
        here = (one["module"], one["line"]) == (module, line) and operator in one["operators"]
        if here and one.get("becomes", "") in {"", *becomes}:
            return str(one["reason"])
    return ""


def main() -> int:
    """Test mutants of a room; exit code 1 when one survives."""
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    from rnnoise_py.runs.toml import parse_toml

    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("room", help="folder of rnnoise_py, or one module of it (rows/store.py)")
    parser.add_argument("--most", type=int, default=0, help="test a sample of so many; 0 is all")
    parser.add_argument("--near", action="store_true", help="only tests that pass the line: quick, and too strict")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    given = parser.parse_args()
    listed = parse_toml(EQUIVALENT)[1]["mutant"]
    counts = dict.fromkeys(("killed", "equivalent", "SURVIVED"), 0)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = copied(Path(folder))
        target = copy / "rnnoise_py" / given.room
        modules = sorted(target.rglob("*.py")) if target.is_dir() else [target]
        everything = [one for module in modules for one in mutations(module)]
        chosen = sample(everything, given.most, given.seed)
        tests = Tests(copy, given.room.partition("/")[0], near=given.near)
        tests.learn()
        for number, one in enumerate(chosen, 1):
            path, operator = Path(one.module_path), one.operator_name
            original = path.read_text()
            line = original.splitlines()[one.start_pos[0] - 1].strip()
            name = str(path.relative_to(copy / "rnnoise_py"))
            changed = mutate_code(original, plugins.get_operator(operator)(), one.occurrence)
            new = [text.strip() for text in changed.splitlines() if text not in original.splitlines()]
            reason = reason_of(listed, name, line, operator, set(new))
            path.write_text(changed)
            try:
                noticed = not reason and tests.notice(name, one.start_pos[0], one.end_pos[0])
            finally:
                path.write_text(original)
            word = "equivalent" if reason else "killed" if noticed else "SURVIVED"
            counts[word] += 1
            print(f"[{number}/{len(chosen)}] {word}  {name}:{one.start_pos[0]}  {operator}  {line}", flush=True)
            if word == "SURVIVED":
                print(*(f"    {text}" for text in new), sep="\n", flush=True)
        shutil.rmtree(f"{copy}.tmp", ignore_errors=True)
    score = 100 * counts["killed"] / max(len(chosen) - counts["equivalent"], 1)
    print(
        f"{given.room}: {len(chosen)} of {len(everything)} mutants, {counts['equivalent']} equivalent, "
        f"{counts['SURVIVED']} survived: {score:.0f} %"
    )
    return 1 if counts["SURVIVED"] else 0


if __name__ == "__main__":
    sys.exit(main())
