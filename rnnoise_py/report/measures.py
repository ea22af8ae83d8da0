"""The numbers of a report: what each is called, its unit, which way is better."""

from dataclasses import dataclass
from typing import Final

HIGHER, LOWER, ZERO = "higher", "lower", "zero"
GAIN, WORSE = "_gain", "_worse"  # ends of the names of measures that are made of a score
QUALITY, SPEECH, NOISE, DETECTION, SPEED = "quality", "speech", "noise", "detection", "speed"
#: themes in the order of the page, and their headings
THEMES: Final = {
    QUALITY: "Quality",
    SPEECH: "What happens to the speech",
    NOISE: "What is left of the noise",
    DETECTION: "Speech detection",
    SPEED: "Speed",
}


@dataclass(frozen=True)
class Measure:
    """One number of a recording and a model."""

    name: str  #: field of report.json and column of report.csv
    theme: str
    title: str
    unit: str
    digits: int  #: after the point
    better: str  #: HIGHER, LOWER, ZERO (the nearer the better) or empty
    of_input: bool  #: whether the unprocessed input has it too
    needs_clean: bool
    meaning: str

    def text(self, value: float | None, *, signed: bool = False) -> str:
        """Write a value as people read it; a dash where there is none."""
        if value is None:
            return "–"
        rounded = round(value, self.digits) + 0.0  # no −0
        text = f"{rounded:{'+' if signed else ''}.{self.digits}f}"
        return text.replace("-", "−")

    def worth(self, value: float) -> float:
        """Return a value such that more of it is better; 0 for all where neither way is."""
        if self.better == ZERO:
            return -abs(value)
        return value if self.better == HIGHER else -value if self.better == LOWER else 0.0

    def best(self, values: list[float | None]) -> set[int]:
        """Places of the best of several values as they are shown; empty when there is no choice."""
        known = [
            (place, self.worth(round(value, self.digits))) for place, value in enumerate(values) if value is not None
        ]
        if not self.better or len(known) < 2:
            return set()
        top = max(worth for _, worth in known)
        winners = {place for place, worth in known if worth == top}
        return winners if len(winners) < len(known) else set()


def _with_gain(name: str, title: str, unit: str, digits: int, needs_clean: bool, meaning: str) -> tuple[Measure, ...]:
    """A score, and what a model adds to that of the input."""
    short, own = title.removeprefix("DNSMOS "), unit if unit == "dB" else ""
    return (
        Measure(name, QUALITY, title, unit, digits, HIGHER, True, needs_clean, meaning),
        Measure(
            f"{name}{GAIN}",
            QUALITY,
            f"{title} gain",
            own,
            digits,
            HIGHER,
            False,
            needs_clean,
            f"{short} minus that of the input",
        ),
    )


def _worse(name: str, title: str, needs_clean: bool) -> Measure:
    """Whether a score fell below that of the input."""
    meaning = f"1 where {title} is lower than that of the input, else 0; the mean is the share of such recordings"
    return Measure(f"{name}{WORSE}", SPEECH, f"{title} worse", "", 2, LOWER, False, needs_clean, meaning)


def _loss(name: str, title: str, meaning: str) -> Measure:
    return Measure(name, SPEECH, title, "dB", 1, ZERO, False, True, meaning)


MEASURES: Final = (
    *_with_gain("pesq", "PESQ", "MOS-LQO", 3, True,
                "Perceptual quality, ITU-T P.862.2 wide band at 16 kHz: 1.04 (bad) … 4.64"),
    *_with_gain("stoi", "STOI", "", 4, True, "Short-time objective intelligibility: 0 … 1"),
    *_with_gain("estoi", "ESTOI", "", 4, True, "Extended STOI, made for noise that comes and goes: 0 … 1"),
    *_with_gain("si_sdr", "SI-SDR", "dB", 2, True, "Scale-invariant signal-to-distortion ratio"),
    *_with_gain("segmental_snr", "Segmental SNR", "dB", 2, True,
                "Mean SNR of 30 ms segments with speech, each limited to −10 … 35 dB"),
    *_with_gain("sig", "DNSMOS SIG", "MOS", 2, False, "What listeners would say of the speech, DNSMOS P.835: 1 … 5"),
    *_with_gain("bak", "DNSMOS BAK", "MOS", 2, False,
                "What listeners would say of the background, DNSMOS P.835: 1 … 5"),
    *_with_gain("ovrl", "DNSMOS OVRL", "MOS", 2, False, "What listeners would say all in all, DNSMOS P.835: 1 … 5"),
    *_with_gain("p808", "DNSMOS P.808", "MOS", 2, False, "What listeners would say all in all, DNSMOS P.808: 1 … 5"),
    _worse("pesq", "PESQ", True),
    _worse("stoi", "STOI", True),
    _worse("si_sdr", "SI-SDR", True),
    _worse("ovrl", "OVRL", False),
    Measure("level_change", SPEECH, "Level of the speech", "dB", 1, ZERO, True, True,
            "Level with which the clean original is in the signal, over its own"),
    _loss("speech_loss", "Speech lost", "Level of the clean speech in the input minus that in the output"),
    _loss("loss_low", "Lost below 500 Hz", "Speech lost below 500 Hz"),
    _loss("loss_mid", "Lost 0.5 … 2 kHz", "Speech lost from 500 Hz to 2 kHz"),
    _loss("loss_high", "Lost 2 … 8 kHz", "Speech lost from 2 to 8 kHz"),
    _loss("loss_top", "Lost above 8 kHz", "Speech lost above 8 kHz, where PESQ and STOI hear nothing"),
    _loss("loss_sibilants", "Sibilants lost", "Speech lost above 3 kHz in frames with more there than below 2 kHz"),
    _loss("loss_onsets", "Onsets lost", "Speech lost in the first 50 ms after at least 100 ms without speech"),
    Measure("speech_change", SPEECH, "Speech change", "dB", 1, ZERO, False, False,
            "Speech level minus that of the input: what is lost of it, noise under the speech included"),
    Measure("speech_level", SPEECH, "Speech level", "dBFS", 1, "", True, False, "RMS level where there is speech"),
    Measure("level", SPEECH, "Level", "dBFS", 1, "", True, False, "RMS level of the whole recording"),
    Measure("residual_noise", NOISE, "Residual noise", "dB", 1, LOWER, False, True,
            "Level in pauses of the clean original, relative to the input"),
    Measure("bursts", NOISE, "Bursts", "1/s", 2, LOWER, False, True,
            "Bursts of noise in a second of pauses: runs of frames less than 6 dB below the input"),
    Measure("noise_floor", NOISE, "Noise floor", "dBFS", 1, LOWER, True, False,
            "Level in pauses; without a clean original, what 85 % of the frames stay below that are soft and in which "
            "no model hears speech"),
    Measure("attenuation", NOISE, "Attenuation", "dB", 1, HIGHER, False, False,
            "Noise floor of the input minus that of the output"),
    Measure("vad_auc", DETECTION, "VAD AUC", "", 3, HIGHER, False, True,
            "Chance that a frame of speech gets a higher speech probability than one of a pause: 0.5 is guessing"),
    Measure("vad_miss", DETECTION, "VAD misses", "", 3, LOWER, False, True,
            "Share of the frames of speech that are not called so"),
    Measure("vad_false_alarm", DETECTION, "VAD false alarms", "", 3, LOWER, False, True,
            "Share of the frames of pauses that are called speech"),
    Measure("vad_precision", DETECTION, "VAD precision", "", 3, HIGHER, False, True,
            "Share of the frames called speech that are speech in the clean original"),
    Measure("vad_recall", DETECTION, "VAD recall", "", 3, HIGHER, False, True,
            "Share of the frames of speech in the clean original that are called so"),
    Measure("vad_share", DETECTION, "VAD share", "", 3, "", False, False,
            "Share of the frames that the model calls speech"),
    Measure("rtf", SPEED, "Time, file", "× audio", 4, LOWER, False, False,
            "Processor time over time of audio, whole file at once (1 would be real time)"),
    Measure("rtf_buffer", SPEED, "Time, 20 ms", "× audio", 4, LOWER, False, False,
            "Processor time over time of audio, in buffers of 20 ms"),
)  # fmt: skip
BY_NAME: Final = {measure.name: measure for measure in MEASURES}
#: measures that are differences to the input, and of what
GAINS: Final = {name: name.removesuffix(GAIN) for name in BY_NAME if name.endswith(GAIN)}
#: measures that say whether a score fell below the input's, and which
WORSENINGS: Final = {name: name.removesuffix(WORSE) for name in BY_NAME if name.endswith(WORSE)}
#: scores that an optional package computes
OF_PESQ: Final = ("pesq",)
OF_DNSMOS: Final = ("sig", "bak", "ovrl", "p808")


def score_of(name: str) -> str:
    """Return the score that a measure is or is made of: ``pesq`` of ``pesq_gain``."""
    return GAINS.get(name) or WORSENINGS.get(name) or name
