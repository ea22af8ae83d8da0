"""The comparison at the end of a recipe: one report on all of its models, and on others."""

from pathlib import Path
from typing import Final

from rnnoise_py.errors import InputError
from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.document import Recipe, said_of
from rnnoise_py.recipe.model import Model
from rnnoise_py.recipe.sections import COMPARE, RESULT
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.stages import compare

REPORT: Final = "report"
REPORT_JSON: Final = "report.json"


def plan_comparison(recipe: Recipe, models: list[Model], work: Path, sources: Sources) -> Artefact | None:
    """One comparison of several models; it is no part of a sweep."""
    from rnnoise_py.report.contenders import open_contender

    first = recipe.combinations[0]
    if COMPARE not in first.settings:
        return None
    section, where = recipe.sections[COMPARE], f"{recipe.path}: [{COMPARE}]"
    values, decides = section.by_field(first.settings[COMPARE]), dict(first.decided[COMPARE])
    judged = models[0].evaluation if models else None
    upstream = [model.training[-1] for model in models]
    inputs = [path for pattern in values.pop("inputs", ()) for path in _expand(pattern, f"{where} inputs")]
    decides["inputs"] = [[path.name, sources.describe(path, f"{where} inputs")] for path in inputs]
    others = [_other(recipe, given, where) for given in values.pop("models", ())]
    names = [model.name for model in models]
    for place, (name, path) in enumerate(others):
        if name in [*names, *(other for other, _ in others[:place])]:
            raise InputError(f"{where} model {name} is another model's name too: give another, or [{RESULT}] name = …")
        with said_of(f"{where} model:"):
            open_contender(f"{name}={path}")
    decides["models"] = [[name, sources.describe(path, f"{where} model {name}")] for name, path in others]
    decides["names"] = names
    named = {name: value for name, value in values.items() if isinstance(value, Path)}
    for name, path in named.items():
        decides[name] = sources.describe(path, f"{where} {name}")
    ours: list[Artefact] = []
    if not inputs and "noise" not in values and judged is not None:
        ours = [judged]
        inputs, values["clean"] = [judged.folder / "noisy"], judged.folder / "clean"
    else:
        _check_recordings(inputs, named, where)
    given = tuple(f"{name}={path}" for name, path in [*((model.name, model.text) for model in models), *others])
    return Artefact(
        COMPARE,
        "compare",
        work,
        decides,
        (*upstream, *ours),
        lambda folder: compare.Settings(
            **values, inputs=tuple(inputs), models=given, output=folder / REPORT, force=True
        ),
        (REPORT, f"{REPORT}/{REPORT_JSON}"),
        sources=(*(() if ours else inputs), *named.values(), *(path for _, path in others)),
        title="a report on all models",
    )


def _check_recordings(inputs: list[Path], named: dict[str, Path], where: str) -> None:
    """Find now what the step would find after the trainings."""
    from rnnoise_py.report.recordings import find_recordings, mixed_recordings
    from rnnoise_py.report.results import read_values

    with said_of(f"{where}:"):
        if inputs:
            find_recordings(inputs, named.get("clean"))
        else:
            mixed_recordings(named["clean"], named["noise"], [0.0], 1)
        if "baseline" in named:
            read_values(named["baseline"])


def _other(recipe: Recipe, given: str, where: str) -> tuple[str, Path]:
    """Name and file of a model that the recipe does not make."""
    from rnnoise_py.model.shipped import SHIPPED

    name, equals, file = given.partition("=")
    if given in SHIPPED:
        return given, SHIPPED[given].path
    if not (name and equals and file):
        raise InputError(f"{where} model is {given!r}: write NAME=FILE, {' or '.join(SHIPPED)}")
    return name, recipe.path.parent / Path(file).expanduser()


def _expand(pattern: Path, where: str) -> list[Path]:
    """Return the paths that a pattern with ``*`` means, in the order of their names; others as they are."""
    if pattern.exists() or not any(sign in pattern.name for sign in "*?["):
        return [pattern]
    found = sorted(pattern.parent.glob(pattern.name)) if pattern.parent.is_dir() else []
    if not found:
        raise InputError(f"{where}: nothing is called {pattern}")
    return found
