"""SNR and noise type of a recording, and the name of its clean original, where a manifest or the names tell."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rnnoise_py.names import escape_controls, printable
from rnnoise_py.runs.provenance import parse_json

#: looked for in the folders of the recordings, above them, and in a folder ``logs`` beside them; the last two are
#: VoiceBank-DEMAND's
MANIFESTS: Final = ("manifest.json", "clips.csv", "log_testset.txt", "log_trainset_28spk.txt")
_NAMES: Final = ("noisy", "file", "filename", "name", "path", "id")
_SNRS: Final = ("snr", "snr_db")
_NOISES: Final = ("noise_type", "noise_category", "category", "noise")
LARGEST_MANIFEST: Final = 1 << 26  #: bytes
_LARGEST_SNR: Final = 200.0
_CLEAN: Final = ("clean", "reference", "ref")
_NOISY: Final = ("noisy", "mixture", "mixed", "mix")
_ROLE: Final = "|".join(_CLEAN + _NOISY)
_ROLE_BEFORE: Final = re.compile(rf"^({_ROLE})[_\-. ]+", re.IGNORECASE)
_ROLE_AFTER: Final = re.compile(rf"[_\-. ]+({_ROLE})$", re.IGNORECASE)
_FILE_ID: Final = re.compile(r"fileid_?(\d+)$", re.IGNORECASE)
_SNR_IN_NAME: Final = re.compile(r"(?:^|[_\-. ])snr[_=]?(-?\d+(?:\.\d+)?)(?:db)?(?=$|[_\-. ])", re.IGNORECASE)
_NOISE_IN_NAME: Final = re.compile(r"(?:^|[_\-. ])noise[_=]([a-z][a-z0-9]*)(?=$|[_\-. ])", re.IGNORECASE)


@dataclass(frozen=True)
class Condition:
    """What is known of how a recording was made."""

    snr: float | None = None  #: dB
    noise: str | None = None  #: family of noise
    clean: str | None = None  #: name of the clean file


def role_of(stem: str) -> str | None:
    """Tell ``"clean"`` from ``"noisy"`` by the word before or after the rest of a name; None without one."""
    found = _ROLE_AFTER.search(stem) or _ROLE_BEFORE.search(stem)
    if found is None:
        return None
    return "clean" if found[1].lower() in _CLEAN else "noisy"


def match_keys(stem: str) -> list[str]:
    """Names under which a file may be found, best first: itself, without its role, its number.

    >>> match_keys("0_1_noisy")
    ['0_1_noisy', '0_1']
    >>> match_keys("book_fan_snr5_tl-25_fileid_7")
    ['book_fan_snr5_tl-25_fileid_7', 'fileid_7']
    """
    keys = [stem, _ROLE_AFTER.sub("", _ROLE_BEFORE.sub("", stem))]
    found = _FILE_ID.search(stem)
    if found:
        keys.append(f"fileid_{int(found[1])}")
    return list(dict.fromkeys(key for key in keys if key))


def read_conditions(folders: Iterable[Path]) -> tuple[dict[str, Condition], list[str]]:
    """Read the manifests around some folders.

    A manifest is a JSON list of objects (or an object with one such list), or a CSV table; of each entry the name
    (``id``, ``file``, ``noisy`` …), ``snr`` and ``noise`` are used. VoiceBank-DEMAND's logs have lines of name, noise
    and SNR.

    Returns
    -------
    Key of a name → condition; and a remark on each manifest that cannot be read: it is passed over.
    """
    conditions: dict[str, Condition] = {}
    remarks: list[str] = []
    places = dict.fromkeys(
        place for folder in folders for place in (folder, folder.parent, folder.parent / "logs", folder / "logs")
    )
    for place in places:
        for name in MANIFESTS:
            entries, trouble = _entries(place / name)
            for entry in entries:
                _take(entry, conditions)
            if trouble:
                remarks.append(
                    f"{printable(place / name)} is passed over, SNR and noise are not known from it: {trouble}"
                )
    return conditions, remarks


def condition_of(stem: str, conditions: Mapping[str, Condition]) -> Condition:
    """Find what is known of a recording, first in the manifests, then in its name."""
    known = next((conditions[key] for key in match_keys(stem) if key in conditions), Condition())
    snr, noise = _SNR_IN_NAME.search(stem), _NOISE_IN_NAME.search(stem)
    return Condition(
        known.snr if known.snr is not None or snr is None else float(snr[1]),
        known.noise if known.noise is not None or noise is None else noise[1].lower(),
        known.clean,
    )


def _entries(path: Path) -> tuple[list[Mapping[str, Any]], str]:
    """Entries of a manifest, and what is wrong with it."""
    try:
        if not path.is_file():
            return [], ""
        if path.stat().st_size > LARGEST_MANIFEST:
            return [], f"it has more than {LARGEST_MANIFEST >> 20} MB"
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            return list(csv.DictReader(text.splitlines())), ""
        if path.suffix == ".txt":
            return [entry for line in text.splitlines() if (entry := _log_entry(line))], ""
        content = parse_json(text)
    except OSError as error:
        return [], str(error.strerror)
    except UnicodeError:
        return [], "it is no UTF-8 text"
    except csv.Error:
        return [], "it is no CSV"
    except ValueError as error:
        return [], f"it is no JSON that can be read ({error})"
    lists = content.values() if isinstance(content, dict) else [content]
    return [entry for some in lists if isinstance(some, list) for entry in some if isinstance(entry, dict)], ""


def _log_entry(line: str) -> Mapping[str, Any] | None:
    """Read ``p232_001 living 17.5``."""
    words = line.split()
    return dict(zip(("id", "noise", "snr"), words, strict=True)) if len(words) == 3 else None


def _take(entry: Mapping[str, Any], conditions: dict[str, Condition]) -> None:
    names = [entry[key] for key in _NAMES if isinstance(entry.get(key), (str, int)) and entry[key] != ""]
    condition = Condition(_snr(entry), _noise(entry), _file_name(entry.get("clean")))
    if not names or condition == Condition():
        return
    for key in match_keys(_stem(str(names[0]))):
        conditions.setdefault(key, condition)


def _snr(entry: Mapping[str, Any]) -> float | None:
    for key in _SNRS:
        try:
            value = float(entry[key])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if abs(value) <= _LARGEST_SNR:
            return value
    return None


def _noise(entry: Mapping[str, Any]) -> str | None:
    """Family of the noise; names of files (``noise_fileid_1.wav``) are none."""
    for key in _NOISES:
        value = entry.get(key)
        if isinstance(value, str) and value.strip() and not Path(value).suffix:
            return escape_controls(value.strip())
    return None


def _file_name(value: Any) -> str | None:
    return _stem(value) if isinstance(value, str) and value.strip() else None


def _stem(name: str) -> str:
    """Name without folders and without the suffix of an audio file."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    head, dot, tail = last.rpartition(".")
    return head if dot and head and tail.isalnum() and not tail.isdigit() else last
