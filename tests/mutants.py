"""Would the tests notice? Change one thing in a room's code, run its tests, and say what survives.

``python -m tests.mutants ROOM`` (`make mutants`) works on a copy of the repository; ``--most N`` takes a sample.
"""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).parents[1]
#: room → tests besides those of its own folder
MORE_TESTS: Final[dict[str, tuple[str, ...]]] = {
    "denoiser": ("tests/cli/test_denoise.py",),
    "rows": ("tests/cli/test_features.py",),
}
#: operators that make nothing but noise here: decorators register, annotations decide nothing
LEFT_OUT: Final = ("core/RemoveDecorator", "core/ExceptionReplacer", "core/Variable")
SECONDS: Final = 600.0  # for the tests of one mutant
#: (module, line's text, operator) of mutants that behave like the original, with the reason
EQUIVALENT: Final[dict[tuple[str, str, str], str]] = {}


def mutations(module: Path) -> list[Any]:
    """Return every mutation of a module, as cosmic-ray describes them."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast_from_path
    from cosmic_ray.work_item import MutationSpec

    tree, found = get_ast_from_path(module), []
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if name.startswith(LEFT_OUT) or operator.arguments():
            continue
        one = operator()
        places = [place for node in ast_nodes(tree) for place in one.mutation_positions(node)]
        for occurrence, (start, end) in enumerate(places):
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
    return folder


def main() -> int:
    """Test mutants of a room; exit code 1 when one survives."""
    from cosmic_ray.mutating import mutate_and_test
    from cosmic_ray.work_item import TestOutcome

    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("room", help="folder of rnnoise_py, or one module of it (rows/store.py)")
    parser.add_argument("--most", type=int, default=0, help="test a sample of so many; 0 is all")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = copied(Path(folder))
        target = copy / "rnnoise_py" / given.room
        modules = sorted(target.rglob("*.py")) if target.is_dir() else [target]
        everything = [one for module in modules for one in mutations(module)]
        chosen = random.Random(given.seed).sample(everything, min(given.most or len(everything), len(everything)))
        room = given.room.partition("/")[0]
        tests = " ".join((f"tests/{room}", *MORE_TESTS.get(room, ())))
        command = f"env -C {copy} PYTHONPATH={copy} {sys.executable} -m pytest -x -q -m 'not slow' {tests}"
        survivors = 0
        for number, one in enumerate(chosen, 1):
            result = mutate_and_test([one], command, SECONDS)
            line = Path(one.module_path).read_text().splitlines()[one.start_pos[0] - 1].strip()
            name = str(Path(one.module_path).relative_to(copy / "rnnoise_py"))
            survived = result.test_outcome == TestOutcome.SURVIVED
            reason = EQUIVALENT.get((name, line, one.operator_name), "")
            survivors += survived and not reason
            word = f"equivalent: {reason}" if survived and reason else "SURVIVED" if survived else "killed"
            print(
                f"[{number}/{len(chosen)}] {word}  {name}:{one.start_pos[0]}  {one.operator_name}  {line}", flush=True
            )
            if survived and not reason:
                print(result.diff, flush=True)
        print(f"{given.room}: {len(chosen)} of {len(everything)} mutants, {survivors} survived", flush=True)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
