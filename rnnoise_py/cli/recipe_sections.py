"""The sections of a recipe, read off the commands: a key is an option, its type and range are the option's."""

import inspect
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import click

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.recipe import keys
from rnnoise_py.recipe.audio_stages import MATERIAL_MODULE
from rnnoise_py.recipe.code import code_digest
from rnnoise_py.recipe.document import (
    BALANCE,
    COMPARE,
    EXPORT,
    FEATURES,
    FINETUNE,
    MATERIAL,
    SYNTHESIZE,
    TRAIN,
    Section,
)
from rnnoise_py.recipe.keys import Key

Decide = Callable[[Mapping[str, Any]], dict[str, Any]]

#: options that the runner gives itself, or that decide nothing
OUTSIDE: Final = frozenset(
    {
        "output",
        "workers",
        "resume",
        "force",
        "quiet",
        "verbose",
        "json",
        "config",
        "run",
        "export",
        "set",
        "block_rows",
        "help",
        "clean",
        "noise",
    }
)
#: options that a section takes although their names are outside
INSIDE: Final = {COMPARE: frozenset({"clean", "noise"})}
_KINDS: Final = {"int": keys.INTEGER, "float": keys.NUMBER, "bool": keys.SWITCH, "str": keys.TEXT}
#: options that leave the result as it is
_NOT_RESULT: Final = frozenset({"workers", "tensorboard", "block_rows", "link"})


def recipe_sections() -> dict[str, Section]:
    """Return every section of a recipe that has a command behind it."""
    from rnnoise_py import report
    from rnnoise_py.cli import compare, dataset, export, features, train
    from rnnoise_py.codegen.sources import library_sources, source_folder

    exported, templates = source_folder(), Path(report.__path__[0], "templates")
    inputs = Key("inputs", keys.PATH, many=True, default=[], text="Recordings: folders, files, or names with *.")
    sections = {
        MATERIAL: _section(MATERIAL, material_command(), MATERIAL_MODULE, _decide_material),
        BALANCE: _section(BALANCE, dataset.balance, "rnnoise_py.dataset.balance"),
        SYNTHESIZE: _section(
            SYNTHESIZE, dataset.synthesize, "rnnoise_py.dataset.synthesize", _decide_synthesis, _config_keys()
        ),
        FEATURES: _section(FEATURES, features.command, "rnnoise_py.rows.shards", _decide_features),
        TRAIN: _section(TRAIN, train.command, "rnnoise_py.training.run", _decide_training),
        EXPORT: _section(
            EXPORT, export.command, "codegen.package", files=[exported / name for name in library_sources(exported)]
        ),
        COMPARE: _section(
            COMPARE,
            compare.command,
            "rnnoise_py.report.compare",
            _decide_comparison,
            {"inputs": inputs},
            sorted(templates.iterdir()),
        ),
    }
    without_init = {name: key for name, key in sections[TRAIN].keys.items() if name != "init"}
    sections[FINETUNE] = replace(sections[TRAIN], keys=without_init)
    return sections


def option_keys(section: str, command: click.Command) -> dict[str, Key]:
    """Return the keys that a command's options are."""
    found = {}
    for option in command.params:
        if isinstance(option, click.Option):
            key = _key(option)
            if key.name not in OUTSIDE - INSIDE.get(section, frozenset()):
                found[key.name] = key
    return found


def _key(option: click.Option) -> Key:
    word = max((word for word in option.opts if word.startswith("--")), key=len)
    kind, minimum, maximum = keys.TEXT, None, None
    choices: tuple[str, ...] = ()
    if option.is_flag:
        kind = keys.SWITCH
    elif isinstance(option.type, click.Choice):
        choices = tuple(map(str, option.type.choices))
    elif isinstance(option.type, click.Path):
        kind = keys.PATH
    elif isinstance(option.type, click.types.FloatParamType):
        kind = keys.NUMBER
    elif isinstance(option.type, click.types.IntParamType):
        kind = keys.INTEGER
    if isinstance(option.type, (click.IntRange, click.FloatRange)):
        minimum, maximum = option.type.min, option.type.max
    default = [] if option.multiple else option.default is True if kind == keys.SWITCH else option.default
    default = list(default) if isinstance(default, tuple) else default
    return Key(
        keys.canonical(word.removeprefix("--")),
        kind,
        option.multiple,
        option.nargs,
        choices,
        minimum,
        maximum,
        option.required,
        word,
        option.secondary_opts[0] if option.secondary_opts else "",
        option.name or "",
        default if isinstance(default, (bool, int, float, str, list)) else None,
        option.help or "",
    )


def _section(
    name: str,
    command: click.Command,
    module: str,
    decide: Decide | None = None,
    more: Mapping[str, Key] | None = None,
    files: Iterable[Path] = (),
) -> Section:
    """Make a section of a command; ``module`` and ``files`` are the code that decides what it makes."""
    found = {**option_keys(name, command), **(more or {})}
    workers = any(option.name == "workers" for option in command.params)
    decide = decide or (lambda settings: with_defaults(found, settings))
    return Section(found, decide, workers, code_digest([module], files))


def with_defaults(known: Mapping[str, Key], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides the result, defaults of the options filled in."""
    every = {name: key.default for name, key in known.items()} | dict(settings)
    return {name: value for name, value in every.items() if name not in _NOT_RESULT}


def _decide_features(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Check counts, seeds and shards."""
    from rnnoise_py.cli.features import command
    from rnnoise_py.rows.extractor import check_count, check_seed
    from rnnoise_py.rows.shards import shard_seeds

    decided = with_defaults(option_keys(FEATURES, command), settings)
    check_seed(decided["seed"])
    shard_seeds(decided["seed"], decided["shards"])
    if decided["count"] is not None:
        check_count(decided["count"])
    return decided


def _decide_training(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Check by the configuration that the command would make."""
    from rnnoise_py.cli.train import command, read_activations
    from rnnoise_py.training import TrainingConfig
    from rnnoise_py.training.architecture import complete_activations

    known = option_keys(TRAIN, command)
    given = {known[name].parameter: value for name, value in settings.items()}
    if "activations" in given:
        given["activations"] = read_activations(given["activations"])
        complete_activations(given["activations"])
    config = TrainingConfig(rows=(Path("rows.h5"),), **given)
    outside = {"rows", "output", "run_folder", "initial", *_NOT_RESULT}
    return {name: value for name, value in config.plain().items() if name not in outside}


def _config_keys() -> dict[str, Key]:
    """Keys of a synthesis config, as keys of a recipe; folders of sources and results are given by the recipe."""
    from rnnoise_py.dataset.config import KEYS, PATH_KEYS, Config

    outside = {"speech_dir", "noise_dir", "noisy_destination", "clean_destination", "noise_destination", "log_dir"}
    found = {"config": Key("config", keys.PATH, text="A DNS-Challenge config; other keys replace its own.")}
    for name in sorted(KEYS - outside):
        field = Config.__dataclass_fields__[name]
        kind = str(getattr(field.type, "__name__", field.type)).partition(" | ")[0]
        many = kind.startswith("tuple")
        found[name] = Key(
            name,
            keys.PATH if name in PATH_KEYS else _KINDS.get(kind, keys.TEXT),
            many,
            default=field.default,
            text="See docs/dataset.md.",
        )
    return found


def _decide_synthesis(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Check by the configuration that the command would read."""
    from rnnoise_py.cli.dataset import synthesize
    from rnnoise_py.dataset.config import PATH_KEYS, SECTION, read_config
    from rnnoise_py.dataset.sources import find_input
    from rnnoise_py.recipe.audio_stages import EMPTY_CONFIG, config_text

    options = with_defaults(option_keys(SYNTHESIZE, synthesize), settings)
    if options["seed"] < 0:
        raise InputError(f"seed is {options['seed']}: 0 or more")
    overrides = {
        name: config_text(value) for name, value in settings.items() if name in _config_keys() and name != "config"
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(settings.get("config") or Path(folder) / "recipe")
        if "config" not in settings:
            path.write_text(EMPTY_CONFIG)
        config, _ = read_config(
            path, section=options["section"] or SECTION, overrides=overrides, compatible=bool(options["compatible"])
        )
    decided = {**config.as_json(), "seed": options["seed"]}
    for name in ("speech_dir", "noise_dir"):
        decided[name] = [str(find_input(config, path)) for path in decided[name]]
    for name in PATH_KEYS & decided.keys():
        decided[name] = decided[name] and str(find_input(config, decided[name]))
    return decided


def _decide_comparison(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Check what the command would find out after the trainings."""
    from rnnoise_py.cli import compare

    mixing = {"clean", "noise", "snr"}
    if {"noise", "snr"} & set(settings):
        if not mixing <= set(settings) or "inputs" in settings:
            raise InputError("mixing on the fly takes clean, noise and snr, and no inputs")
        compare.read_snrs(settings["snr"])
    elif "inputs" not in settings:
        raise InputError("needs inputs (recordings), or clean, noise and snr to mix some")
    if "fail_if" in settings:
        from rnnoise_py.report.baseline import parse_rule

        for rule in settings["fail_if"]:
            parse_rule(rule)
        if "baseline" not in settings:
            raise InputError("fail_if needs something to compare with: add baseline")
    return with_defaults(option_keys(COMPARE, compare.command), settings)


def _decide_material(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Add the versions of the programs that speak."""
    known = option_keys(MATERIAL, material_command())
    for name, value in settings.items():
        if known[name].kind == keys.INTEGER and value < 0:
            raise InputError(f"{name} is {value}: 0 or more")
    programs = _cached_versions()
    missing = [name for name, version in programs.items() if version == "absent"] + _cached_missing_voices()
    if missing:
        raise DependencyError(
            "speech programs or voices are not installed: apt-get install --no-install-recommends "
            + " ".join(dict.fromkeys(missing))
        )
    return {**with_defaults(known, settings), "programs": programs}


@cache
def _cached_versions() -> dict[str, str]:
    from rnnoise_py.synthetic.voices import program_versions

    return program_versions()


@cache
def _cached_missing_voices() -> list[str]:
    from rnnoise_py.synthetic.festival import missing_voices

    return missing_voices()


def material_command() -> click.Command:
    """Return the generator of made-up material as a command: its options are the parameters of its function."""
    from rnnoise_py.synthetic.material import write_material

    options: list[click.Parameter] = [click.Option(["-o", "--output"], type=click.Path(path_type=Path), required=True)]
    for name, parameter in inspect.signature(write_material).parameters.items():
        default = parameter.default
        if isinstance(default, (bool, int, float, str)):
            options.append(
                click.Option(
                    [f"--{name.replace('_', '-')}"],
                    type=type(default),
                    default=default,
                    is_flag=isinstance(default, bool),
                )
            )

    def make(output: Path, **given: Any) -> None:
        write_material(output, **given)

    return click.Command("material", callback=make, params=options)
