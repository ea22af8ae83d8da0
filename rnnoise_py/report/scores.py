"""Everything that is measured of the signals of one recording."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rnnoise_py.report import metrics
from rnnoise_py.report.denoising import Denoised
from rnnoise_py.report.detection import VAD_THRESHOLD, vad_scores
from rnnoise_py.report.labels import NEITHER, PAUSE, SPEECH, Flags, clean_labels, quiet_frames
from rnnoise_py.report.levels import level, noise_floor, robust_level, speech_level
from rnnoise_py.report.measures import BY_NAME, GAINS, WORSENINGS
from rnnoise_py.report.opinion import dnsmos
from rnnoise_py.report.results import Values
from rnnoise_py.report.safety import LEAST_PAUSE, SpeechProbe
from rnnoise_py.report.signals import resample
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Packages:
    """Optional packages that are used."""

    pesq: bool
    dnsmos: bool


class Scorer:
    """Measures of the signals of one recording.

    Parameters
    ----------
    noisy, clean
        48 kHz mono int16, equally long; ``clean`` is None where there is no original.
    heard
        float32 (models, frames): speech probabilities of ``noisy``, of as many models as there are. The first one
        tells where speech is when there is no clean original.
    packages
        What scores with.
    """

    def __init__(self, noisy: Int16, clean: Int16 | None, heard: F32, packages: Packages) -> None:
        self._packages = packages
        self._size = len(noisy) // FRAME_SIZE * FRAME_SIZE
        whole = noisy[: self._size]
        frames = self._size // FRAME_SIZE
        self._clean = None if clean is None else clean[: self._size]
        quiet = quiet_frames(whole, heard[:, :frames])
        if self._clean is None:
            self.labels = _labels_by_models(heard[0, :frames], quiet)
        else:
            self.labels = clean_labels(self._clean)
            self._low = _at_pesq_rate(self._clean)
            self._probe = SpeechProbe(self._clean, whole, self.labels)
        known = self._clean is not None and np.count_nonzero(self.labels == PAUSE) > LEAST_PAUSE
        self._quiet: Flags | None = None if known else quiet
        self.of_input = self._signal_values(noisy)  #: values of the unprocessed input

    def of_model(self, output: Denoised) -> Values:
        """Values of a model's output."""
        values = self._signal_values(output.audio)
        values["speech_change"] = _difference(values["speech_level"], self.of_input["speech_level"])
        values["attenuation"] = _difference(self.of_input["noise_floor"], values["noise_floor"])
        values["vad_share"] = float((output.vad >= VAD_THRESHOLD).mean())
        values["rtf"], values["rtf_buffer"] = output.factor, output.buffer_factor
        if self._clean is not None:
            values |= self._against_clean(output)
        for gain, score in GAINS.items():
            if score in values:
                values[gain] = _difference(values[score], self.of_input[score])
        for worse, score in WORSENINGS.items():
            change = values.get(f"{score}_gain")
            if f"{score}_gain" in values:
                values[worse] = None if change is None else float(round(change, BY_NAME[score].digits) < 0)
        return values

    def _signal_values(self, pcm: Int16) -> Values:
        whole = pcm[: self._size]
        values: Values = {
            "level": level(pcm),
            "speech_level": speech_level(whole, self.labels == SPEECH),
            "noise_floor": noise_floor(whole, self.labels != PAUSE)
            if self._quiet is None
            else robust_level(whole, self._quiet),
        }
        if self._packages.dnsmos:
            values |= dnsmos(whole)._asdict()
        return values if self._clean is None else values | self._scores(whole)

    def _scores(self, signal: Int16) -> Values:
        assert self._clean is not None
        low = _at_pesq_rate(signal)
        rate = metrics.PESQ_RATE
        return {
            "pesq": metrics.pesq_wb(self._low, low, rate) if self._packages.pesq else None,
            "stoi": metrics.stoi(self._low, low, rate),
            "estoi": metrics.stoi(self._low, low, rate, extended=True),
            "si_sdr": metrics.si_sdr(self._clean, signal),
            "segmental_snr": metrics.segmental_snr(self._clean, signal),
            "level_change": self._probe.level(signal),
        }

    def _against_clean(self, output: Denoised) -> Values:
        whole = output.audio[: self._size]
        losses, pauses = self._probe.losses(whole), self._probe.pauses(whole)
        found = vad_scores(self.labels, output.vad[: len(self.labels)])
        return {
            "speech_loss": losses.speech,
            **{f"loss_{name}": value for name, value in losses._asdict().items() if name != "speech"},
            "residual_noise": pauses.residual,
            "bursts": pauses.bursts,
            "vad_auc": found.auc,
            "vad_miss": found.miss,
            "vad_false_alarm": found.false_alarm,
            "vad_precision": found.precision,
            "vad_recall": found.recall,
        }


def _labels_by_models(heard: F32, quiet: Flags) -> F32:
    """1 where the first model hears speech, 0 in pauses, ½ elsewhere."""
    labels = np.full(len(quiet), NEITHER, np.float32)
    labels[heard >= VAD_THRESHOLD] = SPEECH
    labels[quiet] = PAUSE
    return labels


def _at_pesq_rate(pcm: Int16) -> npt.NDArray[np.float64]:
    return resample(pcm, SAMPLE_RATE, metrics.PESQ_RATE)


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second
