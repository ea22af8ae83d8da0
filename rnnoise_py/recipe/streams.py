"""The artefacts that end in clean speech and noise: made-up material, or the user's folders."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.errors import InputError
from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.document import Combination, Recipe
from rnnoise_py.recipe.sections import (
    BALANCE,
    CHECK,
    DATA,
    EVALUATION,
    MADE_UP,
    MATERIAL,
    OVERRIDES,
    RECORDED,
    SYNTHESIZE,
)
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.spec.constants import PCM_BYTES
from rnnoise_py.stages import balance, check, made_up, material, merge, recorded, synthesize

CLIP_BYTES: Final = 1.1e6  # of made-up material, about
FILE_BYTES: Final = 1.5e6  # of a made-up file of the default length, about
CHECKED: Final = "offenders.tsv"  #: what ``[data.check]`` leaves
UNSEEN_SEED: Final = 1  #: added to the seed of made-up audio for ``[evaluation]``: other voices, other noises


@dataclass
class Streams:
    """What the steps so far have made of the user's folders."""

    work: Path
    sources: Sources
    where: str  #: of the recipe's ``[data]``, for messages
    clean: list[Path]
    noise: list[Path]
    made: list[Artefact] = field(default_factory=list)  #: each made from the one before

    def decides(self, *kinds: str) -> dict[str, Any]:
        """What the folders are: the user's by content, ours by the name of their artefact."""
        return {kind: [self._describe(path, kind) for path in getattr(self, kind)] for kind in kinds}

    def own(self, *kinds: str) -> tuple[Path, ...]:
        """Return the folders that are the user's."""
        return tuple(path for kind in kinds for path in getattr(self, kind) if not self._is_made(path))

    def _is_made(self, path: Path) -> bool:
        return any(path.is_relative_to(one.folder) for one in self.made)

    def _describe(self, path: Path, kind: str) -> Any:
        if self._is_made(path):
            return str(path.relative_to(self.work))
        return self.sources.describe(path, f"{self.where} {kind}")

    def add(self, artefact: Artefact, clean: str = "", noise: str = "") -> None:
        """Go on from what a step makes: names in its folder."""
        self.made.append(artefact)
        if clean:
            self.clean = [artefact.folder / clean]
        if noise:
            self.noise = [artefact.folder / noise]


@dataclass(frozen=True)
class Audio:
    """All audio of a combination."""

    streams: Streams  #: ends in one clean and one noise input of ``features``
    check: Artefact | None = None
    evaluation: tuple[Artefact, ...] = ()  #: the last one has noisy and clean clips to judge by


def plan_audio(recipe: Recipe, combination: Combination, work: Path, sources: Sources) -> Audio:
    """Plan the way from ``[data]`` to one clean and one noise input of ``features``.

    Raises
    ------
    InputError
        When a folder is missing, or sections exclude each other.
    """
    settings = combination.settings
    own = settings.get(DATA, {})
    clean, noise = (list(own.get(kind, ())) for kind in ("clean", "noise"))
    streams = Streams(work, sources, f"{recipe.path}: [{DATA}]", clean, noise)
    _check_sections(recipe, settings, streams)
    whole = _whole(settings)
    if whole:
        _material(recipe, combination, streams, whole)
        return Audio(streams)
    unseen = Streams(work, sources, streams.where, list(clean), list(noise))
    if MADE_UP in settings:
        _made_up(recipe, combination, streams)
    if BALANCE in settings:
        _balance(recipe, combination, streams)
    if SYNTHESIZE in settings:
        _synthesize(recipe, combination, streams, SYNTHESIZE)
    checked = _check(recipe, combination, streams) if CHECK in settings else None
    if len(streams.clean) > 1 or len(streams.noise) > 1:
        _merge(streams)
    if EVALUATION in settings:
        if MADE_UP in settings:
            _made_up(recipe, combination, unseen, UNSEEN_SEED)
        _synthesize(recipe, combination, unseen, EVALUATION)
    return Audio(streams, checked, tuple(unseen.made) if EVALUATION in settings else ())


def _check_sections(recipe: Recipe, settings: Mapping[str, Mapping[str, Any]], streams: Streams) -> None:
    own = [kind for kind in ("clean", "noise") if getattr(streams, kind)]
    whole = _whole(settings)
    if whole:
        others = {MATERIAL, RECORDED, MADE_UP, BALANCE, SYNTHESIZE, CHECK, EVALUATION} - {whole}
        other = own + [section for section in settings if section in others]
        if other:
            raise InputError(f"{recipe.path}: [{whole}] excludes {other[0]}: take one of them away")
        return
    configured = "config" in settings.get(SYNTHESIZE, {})
    missing = [kind for kind in ("clean", "noise") if kind not in own and not configured and MADE_UP not in settings]
    if missing:
        raise InputError(f"{streams.where} needs {missing[0]}: name your folders, or write a section [{MATERIAL}]")
    for kind in own:
        paths = getattr(streams, kind)
        for path in paths:
            if path.is_file() and (len(paths) > 1 or SYNTHESIZE in settings):
                raise InputError(f"{streams.where} {kind}: {path} is a file: give folders")
    if BALANCE in settings and len(streams.clean) != 1:
        raise InputError(f"{recipe.path}: [{BALANCE}] needs one folder: [{DATA}] clean has {len(streams.clean)}")


def _values(recipe: Recipe, combination: Combination, section: str) -> dict[str, Any]:
    """Values of a section by field."""
    return recipe.sections[section].by_field(combination.settings.get(section, {}))


def _whole(settings: Mapping[str, Any]) -> str:
    """Return the section that makes both streams by itself, where there is one."""
    return next((section for section in (MATERIAL, RECORDED) if section in settings), "")


def _material(recipe: Recipe, combination: Combination, streams: Streams, section: str) -> None:
    values, decided = _values(recipe, combination, section), combination.decided[section]
    step = recorded.Settings if section == RECORDED else material.Settings
    clips = sum(value for name, value in decided.items() if name.endswith("_clips"))
    name = section.rpartition(".")[2]
    streams.add(
        Artefact(
            name,
            name,
            streams.work,
            decided,
            (),
            lambda folder: step(**values, output=folder, force=True),
            (CLEAN_STREAM, NOISE_STREAM),
            amount=clips,
            size=clips * CLIP_BYTES,
            title="speech and noise, recorded and made up" if section == RECORDED else "made-up speech and noise",
        ),
        CLEAN_STREAM,
        NOISE_STREAM,
    )


def _made_up(recipe: Recipe, combination: Combination, streams: Streams, more_seed: int = 0) -> None:
    """Plan small folders of made-up audio for what ``[data]`` does not name."""
    values = _values(recipe, combination, MADE_UP)
    decided = dict(combination.decided[MADE_UP])
    values["seed"] = decided["seed"] = decided["seed"] + more_seed
    absent = {kind for kind in ("clean", "noise") if not getattr(streams, kind)}
    for kind, name in (("clean", "speech_files"), ("noise", "noise_files")):
        if kind not in absent:
            values[name] = decided[name] = 0
    if not absent:
        return
    files = decided["speech_files"] + decided["noise_files"]
    streams.add(
        Artefact(
            "made_up",
            "made_up",
            streams.work,
            decided,
            (),
            lambda folder: made_up.Settings(**values, output=folder, force=True),
            tuple(name for kind, name in (("clean", "speech"), ("noise", "noise")) if kind in absent),
            amount=files,
            size=files * FILE_BYTES,
            title="made-up speech and noise",
        ),
        "speech" if "clean" in absent else "",
        "noise" if "noise" in absent else "",
    )


def _balance(recipe: Recipe, combination: Combination, streams: Streams) -> None:
    root, values = streams.clean[0], _values(recipe, combination, BALANCE)
    streams.add(
        Artefact(
            "balance",
            "balance",
            streams.work,
            {**combination.decided[BALANCE], **streams.decides("clean")},
            tuple(streams.made[-1:]),
            lambda folder: balance.Settings(**values, root=root, output=folder / "speech"),
            ("speech",),
            sources=streams.own("clean"),
            title="languages of equal hours",
        ),
        clean="speech",
    )


def _synthesize(recipe: Recipe, combination: Combination, streams: Streams, section: str) -> None:
    """Plan ``dataset synthesize``; folders come from ``[data]``, else from the config."""
    values = _values(recipe, combination, section)
    decided = dict(combination.decided[section])
    streams.clean = streams.clean or [Path(name) for name in decided["speech_dir"]]
    streams.noise = streams.noise or [Path(name) for name in decided["noise_dir"]]
    decides = {name: value for name, value in decided.items() if name not in {"speech_dir", "noise_dir"}}
    decides |= streams.decides("clean", "noise")
    named = _named_files(decides)
    for name, path in named.items():
        decides[name] = streams.sources.describe(path, f"{recipe.path}: [{section}] {name}")
    folders = {
        key: [str(path.absolute()) for path in paths]
        for key, paths in (("speech_dir", streams.clean), ("noise_dir", streams.noise))
    }
    overrides = {**values.pop(OVERRIDES, {}), **folders}
    seconds = 3600.0 * decided["total_hours"]
    streams.add(
        Artefact(
            section.rpartition(".")[2],
            "synthesize",
            streams.work,
            decides,
            tuple(streams.made[-1:]),
            lambda folder: synthesize.Settings(**values, overrides=overrides, output=folder),
            ("logs/manifest.json", "clean", "noise", "noisy"),
            amount=seconds,
            size=3 * seconds * decided["sampling_rate"] * PCM_BYTES,
            sources=(*streams.own("clean", "noise"), *named.values()),
            title="clips to judge by" if section == EVALUATION else "clean, noise and noisy clips",
        ),
        "clean",
        "noise",
    )


def _named_files(decided: Mapping[str, Any]) -> dict[str, Path]:
    """Files and folders that keys of a synthesis name."""
    keys = {name for name, one in synthesize.config_options().items() if one.kind is Path and not one.many}
    return {
        name: Path(decided[name]) for name in keys & decided.keys() if decided[name] and Path(decided[name]).exists()
    }


def _check(recipe: Recipe, combination: Combination, streams: Streams) -> Artefact:
    values = _values(recipe, combination, CHECK)
    clean, noise = tuple(streams.clean), tuple(streams.noise)
    return Artefact(
        "check",
        "check",
        streams.work,
        {**combination.decided[CHECK], **streams.decides("clean", "noise")},
        tuple(streams.made[-1:]),
        lambda folder: check.Settings(**values, clean=clean, noise=noise, listing=folder / CHECKED),
        (CHECKED,),
        sources=streams.own("clean", "noise"),
        title="what would spoil a training",
    )


def _merge(streams: Streams) -> None:
    clean, noise = tuple(streams.clean), tuple(streams.noise)
    streams.add(
        Artefact(
            "merge",
            "merge",
            streams.work,
            streams.decides("clean", "noise"),
            tuple(streams.made[-1:]),
            lambda folder: merge.Settings(clean=clean, noise=noise, output=folder),
            (CLEAN_STREAM, NOISE_STREAM),
            sources=streams.own("clean", "noise"),
            title="one clean and one noise stream",
        ),
        CLEAN_STREAM,
        NOISE_STREAM,
    )
