"""A recipe → its artefacts, shared ones once, in the order of the data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.model import read_float_model
from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.comparison import plan_comparison
from rnnoise_py.recipe.document import Combination, Recipe, said_of
from rnnoise_py.recipe.model import FIGURES, MODEL_FOLDER, MODEL_PACKED, MODEL_TEXT, ROWS, RUN, WEIGHTS, Model
from rnnoise_py.recipe.sections import BUILD, DENOISE, EVALUATION, EXPORT, FEATURES, FINETUNE, TRAIN, VERIFY
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.recipe.streams import Streams, plan_audio
from rnnoise_py.rows.kinds import V01
from rnnoise_py.rows.needs import disk_bytes
from rnnoise_py.rows.shards import manifest_path, shard_paths
from rnnoise_py.stages import build, denoise, export, features, train, verify_features

LIBRARY: Final = "librnnoise.so"  #: of ``[build]``
DENOISED: Final = "denoised"


@dataclass
class Plan:
    """All artefacts of a recipe, each once."""

    recipe: Recipe
    sources: Sources  #: the user's files
    models: list[Model] = field(default_factory=list)
    artefacts: dict[str, Artefact] = field(default_factory=dict)  #: by name, without the leaves
    leaves: dict[str, Artefact] = field(default_factory=dict)  #: by name, without the comparison
    comparison: Artefact | None = None  #: of all models
    compare: Callable[[list[Model]], Artefact | None] = lambda _: None  #: plans the comparison of some of them

    def add(self, artefact: Artefact) -> Artefact:
        """Return the artefact, or the equal one that is there already."""
        return self.artefacts.setdefault(artefact.name, artefact)

    def add_leaf(self, leaf: Artefact) -> Artefact:
        """The same for one that nothing follows from."""
        return self.leaves.setdefault(leaf.name, leaf)


def make_plan(recipe: Recipe, work: Path, sources: Sources) -> Plan:
    """Turn a recipe into artefacts.

    Raises
    ------
    InputError
        When a file or folder that the recipe names is missing or holds nothing to use.
    """
    plan = Plan(recipe, sources)
    for combination in recipe.combinations:
        plan.models.append(_Planner(recipe, combination, plan, work, sources).model())
    plan.compare = lambda models: plan_comparison(recipe, models, work, sources)
    plan.comparison = plan.compare(plan.models)
    return plan


@dataclass(frozen=True)
class _Planner:
    """Plans one model."""

    recipe: Recipe
    combination: Combination
    plan: Plan
    work: Path
    sources: Sources

    def model(self) -> Model:
        settings, plan = self.combination.settings, self.plan
        audio = plan_audio(self.recipe, self.combination, self.work, self.sources)
        made = [plan.add(one) for one in audio.streams.made]
        rows = plan.add(self.features(audio.streams))
        training = [plan.add(self.training(TRAIN, rows, None))]
        if FINETUNE in settings:
            training.append(plan.add(self.training(FINETUNE, rows, training[-1])))
        export = plan.add(self.export(training[-1]))
        evaluation = [plan.add(one) for one in audio.evaluation]
        leaves = [] if audio.check is None else [audio.check]
        if VERIFY in settings:
            leaves.append(self.verify(audio.streams))
        if BUILD in settings:
            leaves.append(self.build(export))
        if DENOISE in settings:
            leaves.append(self.denoise(training[-1], evaluation[-1] if evaluation else None))
        return Model(
            self.combination,
            tuple(training),
            export,
            (*made, rows, *training, export),
            tuple(plan.add_leaf(leaf) for leaf in leaves),
            evaluation[-1] if evaluation else None,
        )

    def values(self, section: str) -> dict[str, Any]:
        """Values of a section by field."""
        return self.recipe.sections[section].by_field(self.combination.settings.get(section, {}))

    def features(self, streams: Streams) -> Artefact:
        values, decided = self.values(FEATURES), self.combination.decided[FEATURES]
        shards, count = decided["shards"], decided["count"]
        rows = count * shards if count else None
        shard_names = [path.name for path in shard_paths(Path(ROWS), shards)]
        products = (ROWS,) if shards == 1 else (manifest_path(Path(ROWS)).name, *shard_names)
        (clean,), (noise,) = streams.clean, streams.noise
        return Artefact(
            FEATURES,
            "features",
            self.work,
            {**decided, **streams.decides("clean", "noise")},
            tuple(streams.made[-1:]),
            lambda folder: features.Settings(**values, clean=clean, noise=noise, output=folder / ROWS),
            products,
            amount=rows,
            size=None if rows is None else disk_bytes(rows),
            sources=streams.own("clean", "noise"),
            title="training rows of 87 numbers",
        )

    def verify(self, streams: Streams) -> Artefact:
        mixer = self.combination.decided[FEATURES]["mixer"]
        if mixer != V01:
            raise InputError(f"[verify]: no C tool makes the rows of mixer {mixer!r}: leave [verify] or the mixer out")
        values, decided = self.values(VERIFY), self.combination.decided[VERIFY]
        (clean,), (noise,) = streams.clean, streams.noise
        return Artefact(
            VERIFY,
            "verify_features",
            self.work,
            {**decided, **streams.decides("clean", "noise")},
            tuple(streams.made[-1:]),
            lambda folder: verify_features.Settings(
                **{"reference": verify_features.OUR_TOOL, **values}, clean=clean, noise=noise
            ),
            (),
            amount=decided["count"],
            sources=streams.own("clean", "noise"),
            title="the same rows from a C tool, bit for bit",
        )

    def training(self, section: str, rows: Artefact, start: Artefact | None) -> Artefact:
        values, decided = self.values(section), dict(self.combination.decided[section])
        named = {name: value for name, value in values.items() if isinstance(value, Path)}
        keys = {one.name: key for key, one in self.recipe.sections[section].keys.items()}
        for name, path in named.items():
            where = f"{self.recipe.path}: [{section}] {keys[name]}"
            decided[name] = self.sources.describe(path, where)
            with said_of(f"{where}:"):
                read_float_model(path)
        if start is not None:
            values["initial"] = start.folder / WEIGHTS
        if rows.amount is not None and rows.amount < 2 * decided["window"]:
            raise InputError(
                f"{self.recipe.path}: [{section}] window is {decided['window']}: {rows.amount:,.0f} rows are less "
                f"than two windows; make more rows, or windows shorter"
            )
        source = rows.folder / rows.products[0]
        return Artefact(
            section,
            "train",
            self.work,
            decided,
            (rows,) if start is None else (rows, start),
            lambda folder: train.Settings(
                **values, rows=(source,), output=folder / WEIGHTS, run_folder=folder / RUN, force=True
            ),
            (WEIGHTS, MODEL_TEXT, MODEL_PACKED, *FIGURES),
            begun=f"{RUN}/checkpoint.npz",
            amount=None if rows.amount is None else rows.amount * decided["epochs"],
            size=6e6,
            sources=tuple(named.values()),
            title="a second training from the weights of the first" if start else "weights",
        )

    def export(self, weights: Artefact) -> Artefact:
        values = self.values(EXPORT)
        return Artefact(
            EXPORT,
            "export",
            self.work,
            self.combination.decided[EXPORT],
            (weights,),
            lambda folder: export.Settings(**values, weights=weights.folder / WEIGHTS, output=folder / MODEL_FOLDER),
            (MODEL_FOLDER,),
            size=2e6,
            title="C sources and int8 models",
        )

    def build(self, exported: Artefact) -> Artefact:
        values, decided = self.values(BUILD), self.combination.decided[BUILD]
        source = exported.folder / MODEL_FOLDER
        return Artefact(
            BUILD,
            "build",
            self.work,
            decided,
            (exported,),
            lambda folder: build.Settings(**values, folder=source, copy_to=folder / LIBRARY, force=True),
            (LIBRARY,),
            size=1e6,
            title="a library",
        )

    def denoise(self, weights: Artefact, evaluation: Artefact | None) -> Artefact:
        values, decided = self.values(DENOISE), dict(self.combination.decided[DENOISE])
        inputs = tuple(values.pop("inputs", ()))
        if not inputs:
            if evaluation is None:
                raise InputError(f"{self.recipe.path}: [{DENOISE}] needs inputs, or a section [{EVALUATION}]")
            inputs = (evaluation.folder / "noisy",)
        own = () if evaluation is not None and inputs[0].is_relative_to(evaluation.folder) else inputs
        decided["inputs"] = [self.sources.describe(path, f"{self.recipe.path}: [{DENOISE}] inputs") for path in own]
        model = weights.folder / MODEL_TEXT
        return Artefact(
            DENOISE,
            "denoise",
            self.work,
            decided,
            (weights, *([evaluation] if evaluation is not None and not own else [])),
            lambda folder: denoise.Settings(
                **values, inputs=inputs, output_folder=folder / DENOISED, model=model, force=True
            ),
            (DENOISED,),
            sources=own,
            title="denoised audio",
        )
