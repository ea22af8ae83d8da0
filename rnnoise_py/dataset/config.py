"""What a synthesis run is told: the DNS-Challenge ``.cfg``, read unchanged, and our keys for each correction.

The keys and their meaning are those of Microsoft's noisy-speech synthesizer of 2020; the keys of the second
table switch our corrections off one by one, ``compatible`` all of them at once.
"""

import configparser
import difflib
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.spec.constants import PCM_BYTES, SAMPLE_RATE

SECTION: Final = "noisy_speech"
ORIGINAL_RATE: Final = 16_000  # Hz
_MOST: Final = 1e12  # hours of a run, seconds of a clip

_log = logging.getLogger("rnnoise_py.dataset")


@dataclass(frozen=True)
class Config:
    """A synthesis run; the attributes carry the names of the keys."""

    sampling_rate: int = SAMPLE_RATE  #: Hz of what is written
    audioformat: str = "*.wav"  #: glob of noise files
    audio_length: float = 30.0  #: seconds a clip
    silence_length: float = 0.2  #: seconds between joined sources
    total_hours: float = 500.0
    snr_lower: int = -5  #: dB
    snr_upper: int = 20  #: dB, exclusive
    randomize_snr: bool = True
    snr: float | None = None  #: dB, when not random; None: the mean of the bounds
    target_level_lower: int = -35  #: dBFS
    target_level_upper: int = -15  #: dBFS, exclusive
    clean_activity_threshold: float = 0.6
    noise_activity_threshold: float = 0.0
    fileindex_start: int | None = None
    fileindex_end: int | None = None
    is_test_set: bool = False
    noise_dir: tuple[str, ...] = ("datasets/noise",)
    speech_dir: tuple[str, ...] = ("datasets/clean/read_speech",)
    noise_types_excluded: tuple[str, ...] = ()
    noisy_destination: str = "noisy"
    clean_destination: str = "clean"
    noise_destination: str = "noise"
    log_dir: str = "logs"
    use_singing_data: bool = True
    clean_singing: str | None = None
    singing_choice: int = 3
    use_emotion_data: bool = True
    clean_emotion: str | None = None
    use_mandarin_data: bool = True
    clean_mandarin: str | None = None
    rir_choice: int = 3
    lower_t60: float = 0.3  #: seconds
    upper_t60: float = 1.3  #: seconds
    rir_table_csv: str | None = None
    speech_csv: str | None = None
    noise_csv: str | None = None
    # our corrections
    rir_probability: float = 0.0  #: share of clips that are reverberant (original: 1)
    exact_snr: bool = True  #: the SNR asked for (original: off by rms_clean / rms_noise)
    scaled_windows: bool = True  #: windows of 50 and 100 ms (original: 800 and 1600 samples at any rate)
    mixed_groups: bool = True  #: one shuffled list (original: groups one after the other)
    exact_count: bool = True  #: as many clips as announced (original: one more)
    all_formats: bool = True  #: all that soundfile reads where the glob is ``*.wav`` (original: WAV only)
    # where from
    folder: str = field(default=".", compare=False)  #: folder of the config file
    explicit: frozenset[str] = field(default=frozenset(), compare=False)  #: keys that were given

    @property
    def clip_ids(self) -> range:
        """The ids to write."""
        count = int(self.total_hours * 3600 / self.audio_length + 1e-9)
        start = self.fileindex_start or 0
        if self.fileindex_end is not None:
            return range(start, self.fileindex_end + 1)
        return range(start, start + count + (0 if self.exact_count else 1))

    @property
    def clips(self) -> int:
        """How many clips to write; unlike ``len(clip_ids)`` any number."""
        return max(0, self.clip_ids.stop - self.clip_ids.start)

    @property
    def clip_bytes(self) -> int:
        """Bytes of one clip on disk: noisy, clean and noise, 16 bits a sample."""
        return 3 * self.clip_samples * PCM_BYTES

    @property
    def clip_samples(self) -> int:
        """Samples of one clip."""
        return int(self.audio_length * self.sampling_rate)

    def as_json(self) -> dict[str, Any]:
        """Return the keys as JSON values, without the places of the results."""
        content = {key: value for key, value in asdict(self).items() if key not in _PLACES}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in content.items()}


_ORIGINAL: Final[dict[str, Any]] = {
    "sampling_rate": ORIGINAL_RATE,
    "rir_probability": 1.0,
    "exact_snr": False,
    "scaled_windows": False,
    "mixed_groups": False,
    "exact_count": False,
    "all_formats": False,
}
#: where results go is no part of what they are
_PLACES: Final = frozenset(
    {"noisy_destination", "clean_destination", "noise_destination", "log_dir", "folder", "explicit"}
)
#: read by the original, never used
_WITHOUT_EFFECT: Final = frozenset(
    {
        "total_snrlevels",
        "clean_speech_t60_csv",
        "noise_test_dir",
        "speech_test_dir",
        "clean_test",
        "noise_test",
        "noisy_test",
        "percent_for_test_set",
        "unit_tests_log_dir",
    }
)


_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("True or False")
    return word in _TRUE


def _integer(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("a whole number") from None
    if not value.is_integer():
        raise ValueError("a whole number")
    return int(value)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("a number") from None
    if not abs(value) < float("inf"):
        raise ValueError("a finite number")
    return value


def _path(text: str) -> str:
    return text.replace("\\", "/")


def _paths(text: str) -> tuple[str, ...]:
    if Path(_path(text)).exists():
        return (_path(text),)
    return tuple(_path(part.strip()) for part in text.replace("\n", ",").split(",") if part.strip())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", ",").split(",") if word.strip())


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "int": _integer,
    "int | None": _integer,
    "float": _number,
    "float | None": _number,
    "bool": _boolean,
}
PATH_KEYS: Final = frozenset(
    {
        "noisy_destination",
        "clean_destination",
        "noise_destination",
        "log_dir",
        "clean_singing",
        "clean_emotion",
        "clean_mandarin",
        "rir_table_csv",
        "speech_csv",
        "noise_csv",
    }
)


def _reader(key: str) -> Callable[[str], Any]:
    if key in {"noise_dir", "speech_dir"}:
        return _paths
    if key == "noise_types_excluded":
        return _words
    if key in PATH_KEYS:
        return _path
    annotation = Config.__dataclass_fields__[key].type
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return _READERS.get(str(name), str)


KEYS: Final = frozenset(Config.__dataclass_fields__) - {"folder", "explicit"}


def read_config(
    path: Path, *, section: str = SECTION, overrides: Mapping[str, str] | None = None, compatible: bool = False
) -> tuple[Config, list[str]]:
    """Read a synthesis config.

    Parameters
    ----------
    path
        An ini file as the DNS-Challenge ships it; backslashes in paths are taken as slashes.
    section
        Which section of it.
    overrides
        Keys that replace those of the file, as text.
    compatible
        Start from the original's behaviour instead of the corrected one.

    Returns
    -------
    The config and the warnings to show, one line each.

    Raises
    ------
    InputError
        When the file, the section or a value cannot be used; the message names key, value and remedy.
    """
    texts = _read_texts(path, section)
    texts.update({key.strip().lower(): value.strip() for key, value in (overrides or {}).items()})
    warnings = []
    values: dict[str, Any] = dict(_ORIGINAL) if compatible else {}
    explicit = set()
    for key, text in texts.items():
        if key not in KEYS:
            if key in _WITHOUT_EFFECT or key.endswith("_test"):
                _log.debug("%s: key %s has no effect, here as in the original", path, key)
                continue
            near = difflib.get_close_matches(key, KEYS, 1)
            hint = f": did you mean {near[0]}?" if near else ""
            warnings.append(f"{path}: unknown key {key} is ignored{hint}")
            continue
        if text in {"None", ""}:
            continue
        try:
            values[key] = _reader(key)(text)
        except ValueError as error:
            raise InputError(f"{path}: {key} is {text!r}, but must be {error}") from None
        explicit.add(key)
    config = Config(**values, folder=str(path.parent), explicit=frozenset(explicit))
    _check(config, path)
    if not compatible and config.sampling_rate < SAMPLE_RATE:
        warnings.append(
            f"{path}: sampling_rate is {config.sampling_rate} Hz, but RNNoise works at {SAMPLE_RATE} Hz and "
            f"the upper bands stay empty: better --set sampling_rate={SAMPLE_RATE}"
        )
    return config, warnings


def _read_texts(path: Path, section: str) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=str(path))
    except OSError as error:
        raise InputError(f"cannot read config {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"config {path} is no UTF-8 text: is it really a .cfg?") from error
    except configparser.Error as error:
        raise InputError(f"config {path} is no ini file: {' '.join(str(error).split())}") from error
    if not parser.has_section(section):
        found = ", ".join(parser.sections()) or "none"
        raise InputError(f"config {path} has no section [{section}] (found: {found}): name it with --section")
    try:
        return {key: value.strip() for key, value in parser.items(section)}
    except configparser.Error as error:
        raise InputError(f"config {path}: {' '.join(str(error).split())}") from error


def _check(config: Config, path: Path) -> None:
    for key in ("total_hours", "audio_length"):
        if getattr(config, key) > _MOST:
            raise InputError(f"{path}: {key} must be at most {_MOST:g}")
    low, high = config.target_level_lower, config.target_level_upper
    rules: list[tuple[bool, str]] = [
        (4_000 <= config.sampling_rate <= 192_000, "sampling_rate must be 4000 … 192000 Hz"),
        (config.audio_length > 0, "audio_length must be more than 0 seconds"),
        (config.silence_length >= 0, "silence_length must not be negative"),
        (config.snr_lower <= config.snr_upper, "snr_lower must not be above snr_upper"),
        (low <= high < 1, "target_level_lower must not be above target_level_upper, nor that above 0 dBFS"),
        (0 <= config.clean_activity_threshold < 1, "clean_activity_threshold must be 0 … 1"),
        (0 <= config.noise_activity_threshold < 1, "noise_activity_threshold must be 0 … 1"),
        (0 <= config.rir_probability <= 1, "rir_probability must be 0 … 1"),
        (config.rir_choice in {1, 2, 3}, "rir_choice must be 1 (real), 2 (synthetic) or 3 (both)"),
        (config.singing_choice in {1, 2, 3}, "singing_choice must be 1 (male), 2 (female) or 3 (all)"),
        (config.clip_samples > 0, "audio_length is shorter than one sample"),
        ((config.fileindex_start or 0) >= 0, "fileindex_start must not be negative"),
    ]
    for holds, message in rules:
        if not holds:
            raise InputError(f"{path}: {message}")
    if not config.clip_ids:
        raise InputError(f"{path}: total_hours and the file indices leave no clip to write")
