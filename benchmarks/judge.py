"""What :mod:`benchmarks.quality` measures of one clip, and the means of a set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.decode import decode_int16
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.denoiser.models import unrounded_network_of
from rnnoise_py.errors import InputError
from rnnoise_py.model import open_model
from rnnoise_py.report.denoising import denoise_recording
from rnnoise_py.report.detection import VAD_THRESHOLD, vad_scores
from rnnoise_py.report.labels import clean_labels
from rnnoise_py.report.metrics import pesq_wb, si_sdr, stoi
from rnnoise_py.report.opinion import dnsmos, dnsmos_installed
from rnnoise_py.report.safety import SpeechProbe
from rnnoise_py.spec.constants import FRAME_SIZE

Int16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

UNPROCESSED: Final = "unprocessed"
#: figures of a clip, with the digits that a table shows
QUALITY: Final = {"PESQ": 3, "STOI": 3, "ESTOI": 3, "SI-SDR": 2, "SIG": 2, "BAK": 2, "OVRL": 2, "P.808": 2}
SPEECH: Final = {
    "level": 2,
    "lost": 2,
    "sibilants": 1,
    "onsets": 1,
    "above 8 kHz": 1,
    "noise in pauses": 1,
    "bursts/s": 2,
    "PESQ worse": 2,
    "clean in: PESQ": 2,
    "clean in: level": 2,
}
#: figures of a set's frames, all clips together
DETECTION: Final = {"AUC": 3, "misses": 3, "false alarms": 3, "noise alone: false": 3, "noise alone: mean": 3}


class Contender(NamedTuple):
    """A model in one of its two precisions; without a file, no model."""

    file: Path | None
    precision: str

    def __str__(self) -> str:
        return UNPROCESSED if self.file is None else f"{self.file} {self.precision}"


class Pair(NamedTuple):
    """One clip of a set."""

    family: str
    noisy: Path
    clean: Path


class Heard(NamedTuple):
    """Labels and speech probabilities of a clip's frames."""

    labels: F32  #: 1 speech, 0 pause, ½ neither
    noisy: F32  #: probabilities of the noisy clip
    noise: F32  #: of its noise alone


class Scores(NamedTuple):
    """Everything measured of a clip."""

    figures: dict[str, float]  #: NaN: the clip has none
    heard: Heard | None  #: None for no model


def run_model(contender: Contender, *signals: Int16) -> list[tuple[Int16, F32]]:
    """Denoise some 48 kHz mono signals, delay compensated: audio and speech probabilities of each."""
    assert contender.file is not None
    opened = open_model(contender.file)
    backend = NumbaBackend(opened.model)
    if contender.precision == "float":
        assert opened.trained is not None
        backend = NumbaBackend(unrounded_network_of(opened.trained))
    return [(done.audio, done.vad) for done in (denoise_recording(backend, signal) for signal in signals)]


def score(_: None, task: tuple[int, Pair, Contender]) -> tuple[int, Scores]:
    """Measure one clip; the number of the task comes back with it."""
    number, pair, contender = task
    noisy, clean = decode_int16(pair.noisy), decode_int16(pair.clean)
    if len(noisy) != len(clean):
        raise InputError(f"{pair.noisy} and {pair.clean} differ in length: pairs must not")
    size = len(clean) // FRAME_SIZE * FRAME_SIZE
    labels = clean_labels(clean[:size])
    probe = SpeechProbe(clean[:size], noisy[:size], labels)
    heard = None
    if contender.file is None:
        output, figures = noisy, {}
    else:
        noise = np.clip(noisy.astype(np.int32) - clean, -32768, 32767).astype(np.int16)
        done, of_noise, of_clean = run_model(contender, noisy, noise, clean)
        output = done[0]
        heard = Heard(labels, done[1][: len(labels)], of_noise[1])
        figures = {
            "PESQ worse": float(pesq_wb(clean, output) < pesq_wb(clean, noisy)),
            "clean in: PESQ": pesq_wb(clean, of_clean[0]),
            "clean in: level": probe.level(of_clean[0][:size]),
        }
    losses, pauses = probe.losses(output[:size]), probe.pauses(output[:size])
    figures |= {
        "PESQ": pesq_wb(clean, output),
        "STOI": stoi(clean, output),
        "ESTOI": stoi(clean, output, extended=True),
        "SI-SDR": si_sdr(clean, output, zero_mean=True),
        "level": probe.level(output[:size]),
        "lost": losses.speech,
        "sibilants": losses.sibilants,
        "onsets": losses.onsets,
        "above 8 kHz": losses.top,
        "noise in pauses": pauses.residual,
        "bursts/s": pauses.bursts,
    }
    if dnsmos_installed():
        figures |= dict(zip(("SIG", "BAK", "OVRL", "P.808"), dnsmos(output), strict=True))
    return number, Scores(figures, heard)


def means(scores: Sequence[Scores]) -> dict[str, float | None]:
    """Mean of each figure over the clips that have it; those of frames over all frames of the set."""
    names = [*QUALITY, *SPEECH]
    columns = {name: [one.figures.get(name, np.nan) for one in scores] for name in names}
    found: dict[str, float | None] = {
        name: float(np.nanmean(values)) if np.isfinite(values).any() else None for name, values in columns.items()
    }
    return found | _of_frames([one.heard for one in scores if one.heard is not None])


def _of_frames(heard: Sequence[Heard]) -> dict[str, float | None]:
    if not heard:
        return dict.fromkeys(DETECTION)
    labels, noisy, noise = (np.concatenate(parts) for parts in zip(*heard, strict=True))
    found: Any = vad_scores(labels, noisy)
    values = (found.auc, found.miss, found.false_alarm, float((noise >= VAD_THRESHOLD).mean()), float(noise.mean()))
    return {name: value if np.isfinite(value) else None for name, value in zip(DETECTION, values, strict=True)}
