"""Make one clip of a synthesis run: all draws belong to its id."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.dataset.activity import activity, activity_window
from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.mixing import Mixture, mix, mixing_window
from rnnoise_py.dataset.reverb import read_response, reverberate
from rnnoise_py.dataset.sources import ImpulseResponse, SourceLists
from rnnoise_py.dataset.stream import LOW_ACTIVITY, UNMIXABLE, UNREADABLE, GivenUp, Passed, Piece, Walk, join_stream
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable

Float64 = npt.NDArray[np.float64]

MAX_TRIES: Final = 200  # streams of one clip that may fall through
_STEM_BYTES: Final = 100


@dataclass(frozen=True)
class Clip:
    """One finished clip."""

    number: int
    mixture: Mixture
    clean_pieces: list[Piece]
    noise_pieces: list[Piece]
    category: str
    activity: tuple[float | None, float | None]  #: of clean and noise, where it was asked for
    response: ImpulseResponse | None
    passed: Passed

    @property
    def names(self) -> dict[str, str]:
        """File names of the clean, noise and noisy signal."""
        snr = f"{self.mixture.snr:g}"
        stems = "_".join(_stems(pieces) for pieces in (self.clean_pieces, self.noise_pieces))
        return {
            "clean": f"clean_fileid_{self.number}.wav",
            "noise": f"noise_fileid_{self.number}.wav",
            "noisy": f"{stems}_snr{snr}_tl{self.mixture.level}_fileid_{self.number}.wav",
        }


def _stems(pieces: list[Piece]) -> str:
    joined = "-".join(piece.path.stem for piece in pieces)[:_STEM_BYTES]
    encoded = joined.encode("utf-8", "surrogateescape")[:_STEM_BYTES]
    return encoded.decode("utf-8", "ignore")


def make_clip(config: Config, lists: SourceLists, seed: int, number: int) -> Clip:
    """Draw, join, check and mix one clip.

    Parameters
    ----------
    config, lists, seed
        The run.
    number
        Id of the clip; together with the seed it decides everything.

    Raises
    ------
    InputError
        When no usable source is left, or no stream passes the checks.
    """
    rng = np.random.default_rng((seed, number))
    passed = Passed()
    speech = Walk(lists.speech, first_source(config, len(lists.speech), number), "speech")
    categories = list(lists.noise)
    for _ in range(MAX_TRIES):
        clean = _active_stream(config, speech, rng, passed, None)
        if clean is None:
            continue
        signal, pieces, clean_share = clean
        response = _draw_response(config, lists, rng)
        if response is not None:
            try:
                room = read_response(response.path, response.channel, config.sampling_rate)
            except InputError as error:
                passed.add(UNREADABLE, response.path, str(error))
                continue
            signal = reverberate(signal, room)
        drawn = _draw_noise(config, categories, rng, passed, len(signal))
        if drawn is None:
            continue
        category, noise = drawn
        mixture = _draw_mixture(config, signal, noise[0], rng)
        if mixture is None or mixture.clipped:
            silent = "speech or noise is silent where the noise is active"
            reason = "clips after mixing" if mixture else silent
            passed.add(UNMIXABLE, noise[1][0].path, reason)
            continue
        return Clip(number, mixture, pieces, noise[1], category, (clean_share, noise[2]), response, passed)
    kinds = Counter(kind for kind, _, _ in passed.rows)
    reasons = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    raise InputError(
        f"clip {number}: {MAX_TRIES} streams fell through (sources: {reasons}): lower clean_activity_threshold "
        f"({config.clean_activity_threshold:g}) or look at the sources with `rnnoise-py dataset check`"
    )


def first_source(config: Config, count: int, number: int) -> int:
    """Return where in the list of ``count`` files clip ``number`` starts.

    The starts are spread evenly over the list, so that a run uses all of it about equally often, whatever
    its length; with groups one after the other they follow each other.
    """
    index = number - config.clip_ids.start
    if config.mixed_groups:
        return index * count // config.clips
    return index % count


def _active_stream(
    config: Config, walk: Walk, rng: np.random.Generator, passed: Passed, length: int | None
) -> tuple[Float64, list[Piece], float | None] | None:
    """Join a stream (of ``length`` samples: noise); None when it falls through."""
    rate = config.sampling_rate
    is_speech = length is None
    try:
        signal, pieces = join_stream(
            walk,
            rng,
            passed,
            samples=length or config.clip_samples,
            rate=rate,
            silence=int(config.silence_length * rate),
            crop=not (is_speech and config.is_test_set),
        )
    except GivenUp:
        return None
    threshold = config.clean_activity_threshold if is_speech else config.noise_activity_threshold
    if threshold <= 0:
        return signal, pieces, None
    share = activity(signal, activity_window(rate, scaled=config.scaled_windows))
    if share > threshold:
        return signal, pieces, share
    for piece in pieces:
        passed.add(LOW_ACTIVITY, piece.path, f"in a stream not active enough, threshold {threshold:g}")
    return None


def _draw_noise(
    config: Config,
    categories: list[tuple[str, tuple[Path, ...]]],
    rng: np.random.Generator,
    passed: Passed,
    length: int,
) -> tuple[str, tuple[Float64, list[Piece], float | None]] | None:
    """Draw a category and a stream of it; categories without a usable file are dropped from the list."""
    while True:
        index = int(rng.integers(len(categories)))
        category, paths = categories[index]
        walk = Walk(paths, int(rng.integers(len(paths))), category or "noise")
        try:
            stream = _active_stream(config, walk, rng, passed, length)
        except InputError:
            if len(categories) == 1:
                raise
            del categories[index]
            continue
        return None if stream is None else (category, stream)


def _draw_response(config: Config, lists: SourceLists, rng: np.random.Generator) -> ImpulseResponse | None:
    if not lists.responses or rng.random() >= config.rir_probability:
        return None
    return lists.responses[int(rng.integers(len(lists.responses)))]


def _draw_mixture(config: Config, clean: Float64, noise: Float64, rng: np.random.Generator) -> Mixture | None:
    snr = float(_between(rng, config.snr_lower, config.snr_upper)) if config.randomize_snr else config.fixed_snr
    level = _between(rng, config.target_level_lower, config.target_level_upper)
    window = mixing_window(config.sampling_rate, scaled=config.scaled_windows)
    return mix(clean, noise, snr=snr, level=level, window=window, exact_snr=config.exact_snr)


def _between(rng: np.random.Generator, lower: int, upper: int) -> int:
    """Draw an integer, upper exclusive; the bound itself when both are equal."""
    return int(rng.integers(lower, max(upper, lower + 1)))


def write_clip(clip: Clip, folders: dict[str, Path], rate: int) -> dict[str, Any]:
    """Write the three files of a clip, each atomically, and return its row of the log.

    Raises
    ------
    OutputError
        When a file cannot be written.
    """
    from rnnoise_py.audio.convert import to_int16
    from rnnoise_py.audio.wav import wav_bytes
    from rnnoise_py.runs.atomic import write_bytes

    files = {}
    for kind, name in clip.names.items():
        content = wav_bytes(to_int16(getattr(clip.mixture, kind))[0], rate)
        write_bytes(folders[kind] / name, content)
        files[kind] = {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    mixture, room = clip.mixture, None
    if clip.response is not None:
        room = {"path": printable(clip.response.path), "channel": clip.response.channel + 1}
    return {
        "id": clip.number,
        "files": files,
        "snr": mixture.snr,
        "level": mixture.level,
        "lowered": mixture.lowered,
        "scaling": mixture.scaling,
        "seconds": len(mixture.clean) / rate,
        "noise_category": printable(clip.category),
        "clean_activity": clip.activity[0],
        "noise_activity": clip.activity[1],
        "clean_sources": [piece.as_json() for piece in clip.clean_pieces],
        "noise_sources": [piece.as_json() for piece in clip.noise_pieces],
        "room": room,
        "passed_over": list(clip.passed.rows),
    }


_PIECE = {"path": str, "offset": (int, float), "seconds": (int, float)}
_ROW: Final[dict[str, Any]] = {
    "id": int,
    "snr": (int, float),
    "level": int,
    "lowered": bool,
    "scaling": (int, float),
    "seconds": (int, float),
    "noise_category": str,
    "clean_activity": (int, float, NoneType),
    "noise_activity": (int, float, NoneType),
}


def is_clip_row(row: Any) -> bool:
    """Tell whether an object has all that :func:`write_clip` returns."""
    return (
        _has(row, _ROW)
        and isinstance(row.get("files"), dict)
        and row["files"].keys() == {"clean", "noise", "noisy"}
        and all(_has(file, {"name": str, "size": int, "sha256": str}) for file in row["files"].values())
        and all(
            isinstance(row.get(key), list) and all(_has(piece, _PIECE) for piece in row[key])
            for key in ("clean_sources", "noise_sources")
        )
        and "room" in row
        and (row["room"] is None or _has(row["room"], {"path": str, "channel": int}))
        and isinstance(row.get("passed_over"), list)
        and all(
            isinstance(item, list) and [type(part) for part in item] == [str, str, str] for item in row["passed_over"]
        )
    )


def _has(row: Any, kinds: Mapping[str, Any]) -> bool:
    return isinstance(row, dict) and all(
        key in row and isinstance(row[key], kind) and (kind is bool or not isinstance(row[key], bool))
        for key, kind in kinds.items()
    )
