"""The sections of a recipe: each speaks to one step, and its keys are the fields of that step's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from rnnoise_py.recipe.keys import canonical
from rnnoise_py.runs.settings import Known, Settings, known_fields, option

DATA, RESULT, SWEEP = "data", "result", "sweep"
MATERIAL, RECORDED, MADE_UP, BALANCE, SYNTHESIZE, CHECK = (
    f"{DATA}.{name}" for name in ("material", "recorded", "made_up", "balance", "synthesize", "check")
)
EVALUATION, FEATURES, VERIFY = "evaluation", "features", "verify"
TRAIN, FINETUNE, EXPORT, BUILD, DENOISE, COMPARE = "train", "finetune", "export", "build", "denoise", "compare"

#: section → module of :mod:`rnnoise_py.stages`
STAGES: Final = {
    MATERIAL: "material",
    RECORDED: "recorded",
    MADE_UP: "made_up",
    BALANCE: "balance",
    SYNTHESIZE: "synthesize",
    CHECK: "check",
    EVALUATION: "synthesize",
    FEATURES: "features",
    VERIFY: "verify_features",
    TRAIN: "train",
    FINETUNE: "train",
    EXPORT: "export",
    BUILD: "build",
    DENOISE: "denoise",
    COMPARE: "compare",
}
OVERRIDES: Final = "overrides"  #: field of a step that reads a config: keys that replace the config's
#: fields of a section's settings that the recipe gives, besides those that no recipe may set
_GIVEN: Final = {FINETUNE: frozenset({"initial"}), DENOISE: frozenset({"model", "library"})}
#: fields that a recipe may set although they are no options: recordings of the user's
_INPUTS: Final = {DENOISE: ("inputs",), COMPARE: ("inputs",)}


@dataclass(frozen=True, kw_only=True)
class DataSettings(Settings):
    """``[data]``: the user's own folders."""

    clean: tuple[Path, ...] = option((), "Folders of clean speech, or one file.")
    noise: tuple[Path, ...] = option((), "Folders of noise, or one file.")


@dataclass(frozen=True, kw_only=True)
class ResultSettings(Settings):
    """``[result]``: what comes of it; ``expect`` is read apart."""

    name: str = option("", "Name of the model; the recipe's own name without this line.")
    best: str = option("", "Figure by which the best model of a sweep is marked; else the first known.")


@dataclass(frozen=True)
class Section:
    """A section, and the step that it speaks to."""

    name: str
    keys: Mapping[str, Known]  #: by their names in a recipe
    settings: type[Settings]
    overrides: frozenset[str] = frozenset()  #: keys that are of a config which the step reads

    def by_field(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a recipe under the names of the fields."""
        found = {self.keys[name].name: value for name, value in values.items() if name not in self.overrides}
        overrides = {name: value for name, value in values.items() if name in self.overrides}
        return {**found, OVERRIDES: overrides} if overrides else found

    def example(self, values: Mapping[str, Any]) -> Settings:
        """Make settings of values; fields that no recipe may set get stand-ins.

        Raises
        ------
        InputError
            When a value cannot be used.
        """
        given = self.by_field(values)
        known = known_fields(self.settings).items()
        supplied = {
            name: one for name, one in known if one.required or (one.option.positional and not one.option.recipe)
        }
        stand_ins = {name: _stand_in(one) for name, one in supplied.items() if name not in given}
        if OVERRIDES in known_fields(self.settings):
            stand_ins["output"] = Path("folder")
        return self.settings(**stand_ins, **given)

    def decide(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of the values decides the result, defaults filled in.

        Raises
        ------
        InputError
            When a value cannot be used.
        DependencyError
            When a program is missing whose version counts.
        """
        known = known_fields(self.settings)
        found = self.example(values).decisive()
        return {name: value for name, value in found.items() if name not in known or known[name].option.recipe}


def keys_of(settings: type[Settings], without: frozenset[str] = frozenset()) -> dict[str, Known]:
    """Return the keys that a recipe may set, by their names."""
    return {
        canonical(one.word): one
        for one in known_fields(settings).values()
        if one.option.recipe and one.name not in without
    }


def section_of(name: str) -> Section:
    """Return the section of this name; its step's module is imported, not its engine."""
    module = import_module(f"rnnoise_py.stages.{STAGES[name]}")
    keys = keys_of(module.Settings, _GIVEN.get(name, frozenset({OVERRIDES})))
    keys |= {field: known_fields(module.Settings)[field] for field in _INPUTS.get(name, ())}
    config: dict[str, Known] = module.config_options() if hasattr(module, "config_options") else {}
    overrides = {key: one for key, one in config.items() if one.option.recipe}
    return Section(name, {**keys, **overrides}, module.Settings, frozenset(overrides))


def _stand_in(one: Known) -> Any:
    """Return a value for a field that is known only when a step runs."""
    value: Any = Path(f"{one.name}.wav") if one.kind is Path else one.kind()
    return (value,) if one.many else value


def all_sections() -> dict[str, Section]:
    """Return every section that has a step behind it."""
    return {name: section_of(name) for name in STAGES}
