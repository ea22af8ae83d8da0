"""What the data doctor looks for in one file, and how bad each finding is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from rnnoise_py.dataset.finding_kinds import OF_FILES
from rnnoise_py.dataset.meter import Measures
from rnnoise_py.spec.constants import SAMPLE_RATE

CLEAN, NOISE = "clean", "noise"

MOST_CLIPPED: Final = 1e-4  # share of samples
MOST_DC: Final = 0.01  # share of full scale
MOST_SILENCE: Final = {CLEAN: 0.7, NOISE: 0.5}  # share of frames
LEAST_SNR: Final = 22.0  # dB between speech and the floor of a clean file
QUIET: Final = -37.0  # dBFS: quieter speech hardly ever gets a VAD label (energy limits 1e8 and 1e9 a frame)
LOUD: Final = -9.0  # dBFS
MOST_SPEECH: Final = 0.2  # share of a noise file that may look like speech


@dataclass(frozen=True)
class Finding:
    """One thing found."""

    code: str  #: one of :data:`rnnoise_py.dataset.finding_kinds.CODES`
    spoils: bool  #: whether it would spoil a training
    text: str
    value: str = ""  #: how much, in a few words
    severity: float = 0.0  #: the larger the worse, among findings of one code

    def as_json(self) -> dict[str, Any]:
        """Return code, weight and text."""
        return {"code": self.code, "spoils": self.spoils, "text": self.text}


def finding(code: str, text: str, value: str = "", severity: float = 0.0) -> Finding:
    """Return a finding of one file, as bad as its kind is."""
    return Finding(code, OF_FILES[code].spoils, text, value, severity)


@dataclass(frozen=True)
class Evidence:
    """What is known about one file."""

    kind: str  #: CLEAN or NOISE
    rate: int  #: Hz, of the file
    measures: Measures
    speech: float  #: share that looks like speech
    truncated: bool = False  #: whether the header promises more


_Rule = Callable[[Evidence], Finding | None]


def _clipping(file: Evidence) -> Finding | None:
    share = file.measures.clipped / max(1.0, file.measures.seconds * SAMPLE_RATE)
    if share <= MOST_CLIPPED:
        return None
    value = f"{100 * share:.2f} %"
    return finding("clipped", f"{value} of the samples are clipped", value, share)


def _offset(file: Evidence) -> Finding | None:
    if abs(file.measures.dc) <= MOST_DC:
        return None
    value = f"{100 * file.measures.dc:.1f} %"
    return finding("dc", f"DC offset of {value} of full scale", value, abs(file.measures.dc))


def _silence(file: Evidence) -> Finding | None:
    if file.measures.silence <= MOST_SILENCE[file.kind]:
        return None
    value = f"{100 * file.measures.silence:.0f} %"
    return finding("silent", f"{value} is silence", value, file.measures.silence)


def _bandwidth(file: Evidence) -> Finding | None:
    if not file.measures.narrow:
        return None
    how = f"upsampled to {file.rate} Hz" if file.rate >= SAMPLE_RATE else f"recorded at {file.rate} Hz"
    return finding("narrow", f"nothing above 8 kHz ({how}?)", f"{file.rate} Hz", -file.rate)


def _level(file: Evidence) -> Finding | None:
    active = file.measures.active
    value = f"{active:.0f} dBFS"
    if file.kind == CLEAN and active < QUIET:
        return finding("quiet", f"speech at {value}: VAD labels need {QUIET:.0f} and more", value, -active)
    if active > LOUD:
        return finding("loud", f"level of {value}", value, active)
    return None


def _floor(file: Evidence) -> Finding | None:
    distance = file.measures.active - file.measures.floor
    if file.kind != CLEAN or distance >= LEAST_SNR or file.measures.active <= -100:
        return None
    value = f"{distance:.0f} dB"
    return finding("noisy", f"noise floor only {value} below the speech", value, -distance)


def _speech(file: Evidence) -> Finding | None:
    if file.kind != NOISE or file.speech <= MOST_SPEECH:
        return None
    value = f"{100 * file.speech:.0f} %"
    return finding("speech", f"{value} looks like speech", value, file.speech)


def _truncation(file: Evidence) -> Finding | None:
    if not file.truncated:
        return None
    return finding("truncated", "the file is cut short or damaged")


_RULES: Final[tuple[_Rule, ...]] = (_clipping, _offset, _silence, _bandwidth, _level, _floor, _speech, _truncation)


def findings(file: Evidence) -> list[Finding]:
    """Apply every rule to one file."""
    found = (rule(file) for rule in _RULES)
    return [finding for finding in found if finding is not None]
