"""Measure one recording with every model: numbers, pictures, sound. Runs in a worker process."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import printable
from rnnoise_py.denoiser.backend import Backend, NumbaBackend
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.report import levels, metrics
from rnnoise_py.report.contenders import CLEAN, INPUT, Contender
from rnnoise_py.report.denoising import Denoised, denoise_recording
from rnnoise_py.report.measures import GAINS
from rnnoise_py.report.pictures import LOUDEST_QUANTILE, gain_image, probability_path, spectrogram_image, wave_path
from rnnoise_py.report.recordings import Recording
from rnnoise_py.report.results import RecordingResult, Values, clean_value
from rnnoise_py.report.signals import resample
from rnnoise_py.report.sound import flac_name, opus_bytes, write_flac
from rnnoise_py.report.source import Source, read_source
from rnnoise_py.report.spectra import HIGHEST_HZ, band_gains, mel_spectrogram
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

IMAGE_COLUMNS: Final = 1200


@dataclass(frozen=True)
class Plan:
    """What to do with each recording."""

    contenders: tuple[Contender, ...]
    pesq: bool  #: whether it is installed
    bitrate: int  #: of Opus, bits a second
    flac_folder: Path | None = None  #: where lossless copies go


@dataclass(frozen=True)
class Track:
    """One signal of a recording as the page shows and plays it."""

    name: str  #: ``input``, ``clean`` or a model
    opus: bytes
    spectrogram: bytes  #: WebP
    wave: str  #: SVG path
    speech: str | None  #: SVG path of the speech probability
    gains: bytes | None  #: WebP; None for input and clean
    speech_level: float | None  #: dBFS, for playing equally loud
    flac: str | None = None  #: path of the lossless copy, relative to the page


@dataclass(frozen=True)
class Measured:
    """A recording's numbers and tracks, or why there are none."""

    index: int
    result: RecordingResult | None = None
    tracks: list[Track] = field(default_factory=list)
    highest_hz: float = HIGHEST_HZ  #: of the spectrograms
    reason: str = ""


def measure_recording(plan: Plan, task: tuple[int, Recording]) -> Measured:
    """Run every model over a recording; what cannot be read comes back with its reason."""
    index, recording = task
    try:
        source = read_source(recording)
        outputs = {contender.name: _denoise(contender, source.noisy) for contender in plan.contenders}
    except (RNNoiseError, OSError) as error:
        return Measured(index, reason=" ".join(str(error).split()))
    speech = _speech_labels(source)
    clean = None if source.clean is None else _Reference(source.clean, pesq=plan.pesq)
    values = {INPUT: _signal_values(source.noisy, speech, clean)}
    for name, output in outputs.items():
        values[name] = _model_values(output, values[INPUT], speech, clean)
    result = RecordingResult(
        recording.name,
        printable(recording.path),
        len(source.noisy) / SAMPLE_RATE,
        source.rate,
        {name: {key: None if v is None else clean_value(v) for key, v in own.items()} for name, own in values.items()},
        None if recording.clean is None else printable(recording.clean),
        None if recording.noise is None else printable(recording.noise),
        recording.noise_type,
        recording.snr,
        source.lag / SAMPLE_RATE,
    )
    highest = min(HIGHEST_HZ, source.rate / 2)
    return Measured(index, result, _tracks(plan, index, source, outputs, speech, values, highest), highest)


@lru_cache(maxsize=8)
def _backend(contender: Contender) -> Backend:
    return contender.backend()


@lru_cache(maxsize=1)
def _shipped() -> Backend:
    return NumbaBackend(find_model(None)[0])


def _denoise(contender: Contender, pcm: Int16) -> Denoised:
    return denoise_recording(_backend(contender), pcm)


def _speech_labels(source: Source) -> F32:
    """1 speech, 0 none, ½ undecided, of each whole frame: by the clean original, else by the shipped model's VAD."""
    whole = len(source.noisy) // FRAME_SIZE
    if source.clean is not None:
        return levels.reference_vad(source.clean)
    vad = denoise_recording(_shipped(), source.noisy).vad[:whole]
    return (vad >= metrics.VAD_THRESHOLD).astype(np.float32)


class _Reference:
    """The clean original, resampled once, and the scores against it; whole frames only."""

    def __init__(self, clean: Int16, *, pesq: bool) -> None:
        self._clean = clean[: len(clean) // FRAME_SIZE * FRAME_SIZE]
        self._low = self._lower(self._clean)
        self._pesq = pesq

    @staticmethod
    def _lower(pcm: Int16) -> npt.NDArray[np.float64]:
        return resample(pcm, SAMPLE_RATE, metrics.PESQ_RATE)

    def scores(self, pcm: Int16) -> Values:
        """Score a signal."""
        signal = pcm[: len(self._clean)]
        low = self._lower(signal)
        return {
            "pesq": metrics.pesq_wb(self._low, low, metrics.PESQ_RATE) if self._pesq else None,
            "stoi": metrics.stoi(self._low, low, metrics.PESQ_RATE),
            "si_sdr": metrics.si_sdr(self._clean, signal),
            "segmental_snr": metrics.segmental_snr(self._clean, signal),
        }


def _signal_values(pcm: Int16, speech: F32, clean: _Reference | None) -> Values:
    whole = pcm[: len(speech) * FRAME_SIZE]
    values: Values = {
        "level": levels.level(pcm),
        "speech_level": levels.speech_level(whole, speech == 1),
        "noise_floor": levels.noise_floor(whole, speech > 0),
    }
    return values if clean is None else values | clean.scores(pcm)


def _model_values(output: Denoised, before: Values, speech: F32, clean: _Reference | None) -> Values:
    values = _signal_values(output.audio, speech, clean)
    values["speech_change"] = _difference(values["speech_level"], before["speech_level"])
    values["attenuation"] = _difference(before["noise_floor"], values["noise_floor"])
    values["vad_share"] = float((output.vad >= metrics.VAD_THRESHOLD).mean())
    values["rtf"], values["rtf_buffer"] = output.factor, output.buffer_factor
    if clean is not None:
        values["vad_precision"], values["vad_recall"] = metrics.vad_scores(speech, output.vad[: len(speech)])
        for gain, score in GAINS.items():
            values[gain] = _difference(values[score], before[score])
    return values


def _difference(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _tracks(
    plan: Plan,
    index: int,
    source: Source,
    outputs: dict[str, Denoised],
    speech: F32,
    values: dict[str, Values],
    highest: float,
) -> list[Track]:
    signals: dict[str, Int16] = {INPUT: source.noisy}
    if source.clean is not None:
        signals[CLEAN] = source.clean
    signals |= {name: output.audio for name, output in outputs.items()}
    spectrograms = {name: mel_spectrogram(pcm, IMAGE_COLUMNS, highest) for name, pcm in signals.items()}
    top = max(float(np.quantile(levels_db, LOUDEST_QUANTILE)) for levels_db in spectrograms.values())
    tracks = []
    for number, (name, pcm) in enumerate(signals.items()):
        output: Any = outputs.get(name)
        flac = None
        if plan.flac_folder is not None:
            flac = f"{plan.flac_folder.name}/{flac_name(index + 1, number)}"
            write_flac(plan.flac_folder.parent / flac, pcm)
        loudness = clean_value(levels.speech_level(pcm[: len(speech) * FRAME_SIZE], speech == 1))
        tracks.append(
            Track(
                name,
                opus_bytes(pcm, plan.bitrate),
                spectrogram_image(spectrograms[name], top),
                wave_path(pcm),
                probability_path(speech if output is None else output.vad),
                None if output is None else gain_image(band_gains(source.noisy, pcm, IMAGE_COLUMNS)),
                loudness,
                flac,
            )
        )
    return tracks


def seconds_of(recording: Recording) -> float:
    """Length of a recording as its header says; 0 when it cannot be opened."""
    from rnnoise_py.audio import open_audio

    try:
        with open_audio(recording.path) as audio:
            return audio.frames / audio.rate
    except (InputError, OSError):
        return 0.0
