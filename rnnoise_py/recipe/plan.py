"""A recipe → its stages, shared ones once, in the order of the data."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.model import read_float_model
from rnnoise_py.recipe.audio_stages import Streams, build_streams
from rnnoise_py.recipe.document import COMPARE, EXPORT, FEATURES, FINETUNE, RESULT, TRAIN, Combination, Recipe
from rnnoise_py.recipe.keys import PATH, as_arguments
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.recipe.stage import Stage
from rnnoise_py.rows.needs import disk_bytes
from rnnoise_py.rows.shards import manifest_path, shard_paths

ROWS, WEIGHTS, RUN = "rows.h5", "weights.hdf5", "run"
MODEL_TEXT, MODEL_PACKED = f"{RUN}/model.rnnn", f"{RUN}/model.rnn"
HISTORY, QUANTIZATION, RECORD = "history.csv", "quantization.json", "run.json"  # in RUN
FIGURES: Final = tuple(f"{RUN}/{name}" for name in (HISTORY, QUANTIZATION, RECORD))  #: what the table is made of
MODEL_FOLDER: Final = "model"
REPORT: Final = "report"
REPORT_JSON: Final = "report.json"
SHIPPED: Final = "default"  #: the model of the package


@dataclass(frozen=True)
class Model:
    """One model of a recipe and the stages that lead to it."""

    combination: Combination
    training: tuple[Stage, ...]  #: train, and finetune where the recipe has it
    export: Stage
    stages: tuple[Stage, ...]  #: all of them, in the order of the data

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.combination.name

    @property
    def text(self) -> Path:
        """The int8 model as text."""
        return self.training[-1].folder / MODEL_TEXT

    @property
    def packed(self) -> Path:
        """The int8 model, packed."""
        return self.training[-1].folder / MODEL_PACKED

    @property
    def weights(self) -> Path:
        """The Keras weights."""
        return self.training[-1].folder / WEIGHTS


@dataclass
class Plan:
    """All stages of a recipe, each once."""

    recipe: Recipe
    sources: Sources  #: the user's files
    models: list[Model] = field(default_factory=list)
    stages: dict[str, Stage] = field(default_factory=dict)  #: by name, without the comparison
    comparison: Stage | None = None  #: of all models
    compare: Callable[[list[Model]], Stage | None] = lambda _: None  #: plans the comparison of some of them

    def add(self, stage: Stage) -> Stage:
        """Return the stage, or the equal one that is there already."""
        return self.stages.setdefault(stage.name, stage)


def make_plan(recipe: Recipe, work: Path, sources: Sources) -> Plan:
    """Turn a recipe into stages.

    Raises
    ------
    InputError
        When a file or folder that the recipe names is missing or holds nothing to use.
    """
    plan = Plan(recipe, sources)
    for combination in recipe.combinations:
        plan.models.append(_model(recipe, combination, plan, work, sources))
    plan.compare = lambda models: _comparison(recipe, models, work, sources)
    plan.comparison = plan.compare(plan.models)
    return plan


def _model(recipe: Recipe, combination: Combination, plan: Plan, work: Path, sources: Sources) -> Model:
    settings, decided = combination.settings, combination.decided
    streams = build_streams(recipe, combination, work, sources)
    audio = [plan.add(stage) for stage in streams.stages]
    rows = plan.add(_features(recipe, combination, streams))
    training = [plan.add(_training(recipe, combination, TRAIN, rows, None, work, sources))]
    if FINETUNE in settings:
        training.append(plan.add(_training(recipe, combination, FINETUNE, rows, training[-1], work, sources)))
    weights = training[-1]
    options = as_arguments(settings[EXPORT], recipe.sections[EXPORT].keys)
    export = plan.add(
        Stage(
            EXPORT,
            work,
            decided[EXPORT],
            (weights,),
            lambda folder: ["export", str(weights.folder / WEIGHTS), "-o", str(folder / MODEL_FOLDER), *options],
            (MODEL_FOLDER,),
            workers=False,
            size=2e6,
        )
    )
    return Model(combination, tuple(training), export, (*audio, rows, *training, export))


def _features(recipe: Recipe, combination: Combination, streams: Streams) -> Stage:
    settings, decided = combination.settings.get(FEATURES, {}), combination.decided[FEATURES]
    shards, count = decided["shards"], decided["count"]
    rows = count * shards if count else None
    shard_names = [path.name for path in shard_paths(Path(ROWS), shards)]
    products = (ROWS,) if shards == 1 else (manifest_path(Path(ROWS)).name, *shard_names)
    options = as_arguments(settings, recipe.sections[FEATURES].keys)
    (clean,), (noise,) = streams.clean, streams.noise
    return Stage(
        FEATURES,
        streams.work,
        {**decided, **streams.decides("clean", "noise")},
        tuple(streams.stages[-1:]),
        lambda folder: ["features", str(clean), str(noise), *options, "-o", str(folder / ROWS)],
        products,
        ("--resume",),
        ("--resume",),
        amount=rows,
        size=None if rows is None else disk_bytes(rows),
        sources=streams.own("clean", "noise"),
    )


def _training(
    recipe: Recipe,
    combination: Combination,
    section: str,
    rows: Stage,
    start: Stage | None,
    work: Path,
    sources: Sources,
) -> Stage:
    settings, decided = combination.settings.get(section, {}), dict(combination.decided[section])
    keys = recipe.sections[section].keys
    named = {name: Path(settings[name]) for name in settings if keys[name].kind == PATH}
    for name, path in named.items():
        where = f"{recipe.path}: [{section}] {name}"
        decided[name] = sources.describe(path, where)
        with _said_of(where):
            read_float_model(path)
    options = as_arguments(settings, keys)
    if start is not None:
        options += ["--init", str(start.folder / WEIGHTS)]
    if rows.amount is not None and rows.amount < 2 * decided["window"]:
        raise InputError(
            f"{recipe.path}: [{section}] window is {decided['window']}: {rows.amount:,.0f} rows are less than two "
            f"windows; make more rows, or windows shorter"
        )
    amount = None if rows.amount is None else rows.amount * decided["epochs"]
    return Stage(
        section,
        work,
        decided,
        (rows,) if start is None else (rows, start),
        lambda folder: [
            "train",
            str(rows.folder / rows.products[0]),
            "-o",
            str(folder / WEIGHTS),
            "--run",
            str(folder / RUN),
            *options,
        ],
        (WEIGHTS, MODEL_TEXT, MODEL_PACKED, *FIGURES),
        resume=("--resume",),
        begun=f"{RUN}/checkpoint.npz",
        amount=amount,
        size=6e6,
        sources=tuple(named.values()),
    )


@contextlib.contextmanager
def _said_of(where: str) -> Iterator[None]:
    """Say of an error which part of the recipe it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _check_recordings(inputs: list[Path], named: dict[str, Path], settings: dict[str, Any], where: str) -> None:
    """Find now what the command would find after the trainings."""
    from rnnoise_py.report.recordings import find_recordings, mixed_recordings
    from rnnoise_py.report.results import read_values

    with _said_of(where):
        if inputs:
            find_recordings(inputs, named.get("clean"))
        else:
            mixed_recordings(named["clean"], named["noise"], [0.0], settings.get("seed", 1))
        if "baseline" in named:
            read_values(named["baseline"])


def _comparison(recipe: Recipe, models: list[Model], work: Path, sources: Sources) -> Stage | None:
    """One comparison of several models; it is no part of a sweep."""
    from rnnoise_py.report.contenders import open_contender

    first = recipe.combinations[0]
    if COMPARE not in first.settings:
        return None
    section, where = recipe.sections[COMPARE], f"{recipe.path}: [{COMPARE}]"
    settings, decides = dict(first.settings[COMPARE]), dict(first.decided[COMPARE])
    inputs = [path for pattern in settings.pop("inputs", []) for path in _expand(Path(pattern), f"{where} inputs")]
    decides["inputs"] = [[path.name, sources.describe(path, f"{where} inputs")] for path in inputs]
    others = [_other(recipe, given, where) for given in settings.pop("model", [])]
    names = [model.name for model in models]
    for place, (name, path) in enumerate(others):
        if name in [*names, *(other for other, _ in others[:place])]:
            raise InputError(f"{where} model {name} is another model's name too: give another, or [{RESULT}] name = …")
        with _said_of(f"{where} model"):
            open_contender(f"{name}={path}")
    decides["model"] = [[name, sources.describe(path, f"{where} model {name}")] for name, path in others]
    decides["names"] = names
    named = {name: Path(value) for name, value in settings.items() if section.keys[name].kind == PATH}
    for name, path in named.items():
        decides[name] = sources.describe(path, f"{where} {name}")
    _check_recordings(inputs, named, settings, where)
    words = [f"--model={model.name}={model.text}" for model in models]
    words += [f"--model={name}={path}" for name, path in others]
    words += as_arguments(settings, section.keys)
    return Stage(
        COMPARE,
        work,
        decides,
        tuple(model.training[-1] for model in models),
        lambda folder: ["compare", *map(str, inputs), *words, "-o", str(folder / REPORT)],
        (REPORT, f"{REPORT}/{REPORT_JSON}"),
        workers=section.workers,
        sources=(*inputs, *named.values(), *(path for _, path in others)),
    )


def _other(recipe: Recipe, given: str, where: str) -> tuple[str, Path]:
    """Name and file of a model that the recipe does not make."""
    from rnnoise_py.denoiser.models import default_model_path

    name, equals, file = given.partition("=")
    if given == SHIPPED:
        return SHIPPED, default_model_path()
    if not (name and equals and file):
        raise InputError(f"{where} model is {given!r}: write NAME=FILE, or {SHIPPED}")
    return name, recipe.path.parent / Path(file).expanduser()


def _expand(pattern: Path, where: str) -> list[Path]:
    """Return the paths that a pattern with ``*`` means, in the order of their names; others as they are."""
    if pattern.exists() or not any(sign in pattern.name for sign in "*?["):
        return [pattern]
    found = sorted(pattern.parent.glob(pattern.name)) if pattern.parent.is_dir() else []
    if not found:
        raise InputError(f"{where}: nothing is called {pattern}")
    return found
