"""The numbers of a report: what each is called, its unit, which way is better."""

from dataclasses import dataclass
from typing import Final

HIGHER, LOWER, ZERO = "higher", "lower", "zero"


@dataclass(frozen=True)
class Measure:
    """One number of a recording and a model."""

    name: str  #: field of report.json and column of report.csv
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

    def best(self, values: list[float | None]) -> set[int]:
        """Places of the best of several values; empty when there is no choice."""
        known = [(place, value) for place, value in enumerate(values) if value is not None]
        if not self.better or len(known) < 2:
            return set()
        shown = [(place, round(value, self.digits)) for place, value in known]
        worth = [(place, self._worth(value)) for place, value in shown]
        top = max(value for _, value in worth)
        winners = {place for place, value in worth if value == top}
        return winners if len(winners) < len(known) else set()

    def _worth(self, value: float) -> float:
        if self.better == ZERO:
            return -abs(value)
        return value if self.better == HIGHER else -value


MEASURES: Final = (
    Measure("pesq", "PESQ", "MOS-LQO", 3, HIGHER, True, True,
            "Perceptual quality, ITU-T P.862.2 wide band at 16 kHz: 1.04 (bad) … 4.64"),
    Measure("pesq_gain", "PESQ gain", "", 3, HIGHER, False, True, "PESQ minus that of the input"),
    Measure("stoi", "STOI", "", 4, HIGHER, True, True, "Short-time objective intelligibility: 0 … 1"),
    Measure("stoi_gain", "STOI gain", "", 4, HIGHER, False, True, "STOI minus that of the input"),
    Measure("si_sdr", "SI-SDR", "dB", 2, HIGHER, True, True, "Scale-invariant signal-to-distortion ratio"),
    Measure("si_sdr_gain", "SI-SDR gain", "dB", 2, HIGHER, False, True, "SI-SDR minus that of the input"),
    Measure("segmental_snr", "Segmental SNR", "dB", 2, HIGHER, True, True,
            "Mean SNR of 30 ms segments with speech, each limited to −10 … 35 dB"),
    Measure("segmental_snr_gain", "Segmental SNR gain", "dB", 2, HIGHER, False, True,
            "Segmental SNR minus that of the input"),
    Measure("vad_precision", "VAD precision", "", 3, HIGHER, False, True,
            "Share of the frames called speech that are speech in the clean original"),
    Measure("vad_recall", "VAD recall", "", 3, HIGHER, False, True,
            "Share of the frames of speech in the clean original that are called so"),
    Measure("vad_share", "VAD share", "", 3, "", False, False, "Share of the frames that the model calls speech"),
    Measure("level", "Level", "dBFS", 1, "", True, False, "RMS level of the whole recording"),
    Measure("speech_level", "Speech level", "dBFS", 1, "", True, False, "RMS level where there is speech"),
    Measure("speech_change", "Speech change", "dB", 1, ZERO, False, False,
            "Speech level minus that of the input: what is lost of it, noise under the speech included"),
    Measure("noise_floor", "Noise floor", "dBFS", 1, LOWER, True, False, "RMS level where there is no speech"),
    Measure("attenuation", "Attenuation", "dB", 1, HIGHER, False, False,
            "Noise floor of the input minus that of the output"),
    Measure("rtf", "Time, file", "× audio", 4, LOWER, False, False,
            "Processor time over time of audio, whole file at once (1 would be real time)"),
    Measure("rtf_buffer", "Time, 20 ms", "× audio", 4, LOWER, False, False,
            "Processor time over time of audio, in buffers of 20 ms"),
)  # fmt: skip
BY_NAME: Final = {measure.name: measure for measure in MEASURES}
#: measures that are differences to the input, and of what
GAINS: Final = {name: name.removesuffix("_gain") for name in BY_NAME if name.endswith("_gain")}
