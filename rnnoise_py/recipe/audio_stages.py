"""The stages that end in clean speech and noise: made-up material, or the user's folders."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.audio.files import CLEAN_STREAM, NOISE_STREAM
from rnnoise_py.dataset.config import PATH_KEYS
from rnnoise_py.errors import InputError
from rnnoise_py.recipe.code import code_digest
from rnnoise_py.recipe.document import BALANCE, DATA, MATERIAL, SYNTHESIZE, Combination, Recipe
from rnnoise_py.recipe.keys import PATH, as_arguments
from rnnoise_py.recipe.sources import Sources
from rnnoise_py.recipe.stage import Stage
from rnnoise_py.spec.constants import PCM_BYTES

MATERIAL_MODULE: Final = "rnnoise_py.synthetic.material"  #: a program of its own: ``python -m``
MERGE_MODULE: Final = "rnnoise_py.dataset.merge"
CLIP_BYTES: Final = 1.1e6  # of made-up material, about
CONFIG_NAME: Final = "synthesizer.cfg"
EMPTY_CONFIG: Final = "; its keys are those of the recipe: see the command in stage.json\n[noisy_speech]\n"


@dataclass
class Streams:
    """What the stages so far have made of the user's folders."""

    work: Path
    sources: Sources
    where: str  #: of the recipe's ``[data]``, for messages
    clean: list[Path]
    noise: list[Path]
    stages: list[Stage] = field(default_factory=list)  #: each made from the one before

    def decides(self, *kinds: str) -> dict[str, Any]:
        """What the folders are: the user's by content, ours by the name of their stage."""
        return {kind: [self._describe(path, kind) for path in getattr(self, kind)] for kind in kinds}

    def own(self, *kinds: str) -> tuple[Path, ...]:
        """Return the folders that are the user's."""
        return tuple(path for kind in kinds for path in getattr(self, kind) if not self._is_made(path))

    def _is_made(self, path: Path) -> bool:
        return any(path.is_relative_to(stage.folder) for stage in self.stages)

    def _describe(self, path: Path, kind: str) -> Any:
        if self._is_made(path):
            return str(path.relative_to(self.work))
        return self.sources.describe(path, f"{self.where} {kind}")

    def add(self, stage: Stage, clean: str = "", noise: str = "") -> None:
        """Go on from what a stage makes: names in its folder."""
        self.stages.append(stage)
        if clean:
            self.clean = [stage.folder / clean]
        if noise:
            self.noise = [stage.folder / noise]


def build_streams(recipe: Recipe, combination: Combination, work: Path, sources: Sources) -> Streams:
    """Plan the way from ``[data]`` to one clean and one noise input of ``features``.

    Raises
    ------
    InputError
        When a folder is missing, or sections exclude each other.
    """
    settings = combination.settings
    own = settings.get(DATA, {})
    clean, noise = ([Path(path) for path in own.get(kind, [])] for kind in ("clean", "noise"))
    streams = Streams(work, sources, f"{recipe.path}: [{DATA}]", clean, noise)
    _check(recipe, settings, streams)
    if MATERIAL in settings:
        _material(recipe, combination, streams)
        return streams
    if BALANCE in settings:
        _balance(recipe, combination, streams)
    if SYNTHESIZE in settings:
        _synthesize(recipe, combination, streams)
    if len(streams.clean) > 1 or len(streams.noise) > 1:
        _merge(streams)
    return streams


def _check(recipe: Recipe, settings: dict[str, dict[str, Any]], streams: Streams) -> None:
    own = [kind for kind in ("clean", "noise") if getattr(streams, kind)]
    if MATERIAL in settings:
        other = own + [section for section in (BALANCE, SYNTHESIZE) if section in settings]
        if other:
            raise InputError(f"{recipe.path}: [{MATERIAL}] excludes {other[0]}: take one of them away")
        return
    configured = "config" in settings.get(SYNTHESIZE, {})
    missing = [kind for kind in ("clean", "noise") if kind not in own and not configured]
    if missing:
        raise InputError(f"{streams.where} needs {missing[0]}: name your folders, or write a section [{MATERIAL}]")
    for kind in own:
        paths = getattr(streams, kind)
        for path in paths:
            if path.is_file() and (len(paths) > 1 or SYNTHESIZE in settings):
                raise InputError(f"{streams.where} {kind}: {path} is a file: give folders")
    if BALANCE in settings and len(streams.clean) != 1:
        raise InputError(f"{recipe.path}: [{BALANCE}] needs one folder: [{DATA}] clean has {len(streams.clean)}")


def _material(recipe: Recipe, combination: Combination, streams: Streams) -> None:
    section, decided = recipe.sections[MATERIAL], combination.decided[MATERIAL]
    clips = sum(value for name, value in decided.items() if name.endswith("_clips"))
    options = as_arguments(combination.settings[MATERIAL], section.keys)
    stage = Stage(
        "material",
        streams.work,
        decided,
        (),
        lambda folder: [MATERIAL_MODULE, "-o", str(folder), *options],
        (CLEAN_STREAM, NOISE_STREAM),
        fresh=(),
        resume=(),
        workers=section.workers,
        program="python -m",
        amount=clips,
        size=clips * CLIP_BYTES,
    )
    streams.add(stage, CLEAN_STREAM, NOISE_STREAM)


def _balance(recipe: Recipe, combination: Combination, streams: Streams) -> None:
    root = streams.clean[0]
    options = as_arguments(combination.settings[BALANCE], recipe.sections[BALANCE].keys)
    decides = {**combination.decided[BALANCE], **streams.decides("clean")}
    streams.add(
        Stage(
            "balance",
            streams.work,
            decides,
            (),
            lambda folder: ["dataset", "balance", str(root), *options, "-o", str(folder / "speech")],
            ("speech",),
            workers=False,
            sources=(root,),
        ),
        clean="speech",
    )


def _synthesize(recipe: Recipe, combination: Combination, streams: Streams) -> None:
    """Plan ``dataset synthesize``: keys of the config become ``--set``, folders come from ``[data]``."""
    settings, decided = combination.settings[SYNTHESIZE], combination.decided[SYNTHESIZE]
    keys = recipe.sections[SYNTHESIZE].keys
    decides = {name: value for name, value in decided.items() if name not in {"speech_dir", "noise_dir"}}
    streams.clean = streams.clean or [Path(name) for name in decided["speech_dir"]]
    streams.noise = streams.noise or [Path(name) for name in decided["noise_dir"]]
    decides |= streams.decides("clean", "noise")
    named = {name: Path(settings[name]) for name in settings if keys[name].kind == PATH}
    named |= {name: Path(decided[name]) for name in PATH_KEYS if decided.get(name) and Path(decided[name]).exists()}
    for name, path in named.items():
        decides[name] = streams.sources.describe(path, f"{recipe.path}: [{SYNTHESIZE}] {name}")
    sources = (*streams.own("clean", "noise"), *named.values())
    options = as_arguments({name: value for name, value in settings.items() if keys[name].option}, keys)
    pairs = {name: config_text(value) for name, value in settings.items() if not keys[name].option and name != "config"}
    for key, paths in (("speech_dir", streams.clean), ("noise_dir", streams.noise)):
        pairs[key] = ",".join(str(path.absolute()) for path in paths)
    config = settings.get("config", "")
    sets = [word for name, text in pairs.items() for word in ("--set", f"{name}={text}")]
    seconds = 3600.0 * decided["total_hours"]
    streams.add(
        Stage(
            "synthesize",
            streams.work,
            decides,
            tuple(streams.stages[-1:]),
            lambda folder: [
                "dataset",
                "synthesize",
                config or str(folder / CONFIG_NAME),
                *options,
                *sets,
                "-o",
                str(folder),
            ],
            ("logs/manifest.json", "clean", "noise"),
            ("--resume",),
            ("--resume",),
            files=() if config else ((CONFIG_NAME, EMPTY_CONFIG),),
            amount=seconds,
            size=3 * seconds * decided["sampling_rate"] * PCM_BYTES,
            sources=sources,
        ),
        "clean",
        "noise",
    )


def config_text(value: Any) -> str:
    """Return a value of a recipe as the text of a config."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _merge(streams: Streams) -> None:
    clean, noise = streams.clean, streams.noise
    words = [word for path in clean for word in ("--clean", str(path))]
    words += [word for path in noise for word in ("--noise", str(path))]
    decides = {**streams.decides("clean", "noise"), "code": code_digest([MERGE_MODULE])}
    streams.add(
        Stage(
            "merge",
            streams.work,
            decides,
            tuple(streams.stages[-1:]),
            lambda folder: ["dataset", "merge", *words, "-o", str(folder)],
            (CLEAN_STREAM, NOISE_STREAM),
            sources=streams.own("clean", "noise"),
        ),
        CLEAN_STREAM,
        NOISE_STREAM,
    )
