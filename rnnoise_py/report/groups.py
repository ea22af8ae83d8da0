"""Recordings grouped by SNR and by noise type."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rnnoise_py.report.results import RecordingResult

Group = dict[str, "list[RecordingResult]"]

MOST_VALUES: Final = 6  #: SNRs that each are a group; more of them, or odd ones, are put into ranges
STEP_DB: Final = 0.5  #: an SNR that is no multiple of it is odd: it was drawn, not chosen
RANGES_DB: Final = (5, 10, 20, 40)  #: widths of ranges
MOST_RANGES: Final = 8


def groups(recordings: "Sequence[RecordingResult]") -> dict[str, Group]:
    """Group by ``snr`` and by ``noise``; a grouping that tells nothing apart is left out."""
    by_noise: Group = {}
    for recording in recordings:
        if recording.noise_type is not None:
            by_noise.setdefault(recording.noise_type, []).append(recording)
    found = {"snr": snr_groups(recordings), "noise": {noise: by_noise[noise] for noise in sorted(by_noise)}}
    return {name: members for name, members in found.items() if len(members) > 1}


def snr_groups(recordings: "Sequence[RecordingResult]") -> Group:
    """A group for each SNR where there are a few chosen ones (0, 5, 12 dB), else for ranges of 5 dB or more."""
    known = sorted((one.snr, place) for place, one in enumerate(recordings) if one.snr is not None)
    values = list(dict.fromkeys(snr for snr, _ in known))
    if not values:
        return {}
    grouped: Group = {}
    if len(values) <= MOST_VALUES and all(value % STEP_DB == 0 for value in values):
        for snr, place in known:
            grouped.setdefault(_minus(f"{snr:g} dB"), []).append(recordings[place])
        return grouped
    spread = values[-1] - values[0]
    width = next((width for width in RANGES_DB if spread < width * MOST_RANGES), math.ceil(spread / MOST_RANGES))
    for snr, place in known:
        low = width * math.floor(snr / width)
        grouped.setdefault(_minus(f"{low} … {low + width} dB"), []).append(recordings[place])
    return grouped


def _minus(text: str) -> str:
    return text.replace("-", "−")
