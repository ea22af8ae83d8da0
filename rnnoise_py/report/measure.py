"""Measure one recording with every model: numbers, pictures, sound. Runs in a worker process."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.denoiser.backend import Backend
from rnnoise_py.denoiser.engine import open_engine
from rnnoise_py.denoiser.models import find_model
from rnnoise_py.errors import InputError, RNNoiseError
from rnnoise_py.names import printable
from rnnoise_py.report.contenders import CLEAN, INPUT, Contender
from rnnoise_py.report.denoising import Denoised, denoise_recording
from rnnoise_py.report.labels import SPEECH
from rnnoise_py.report.levels import speech_level
from rnnoise_py.report.pictures import LOUDEST_QUANTILE, gain_image, probability_path, spectrogram_image, wave_path
from rnnoise_py.report.recordings import Recording
from rnnoise_py.report.results import RecordingResult, clean_value
from rnnoise_py.report.scores import Packages, Scorer
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
    packages: Packages
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
    scorer = Scorer(source.noisy, source.clean, _heard(outputs, source.noisy), plan.packages)
    values = {INPUT: scorer.of_input, **{name: scorer.of_model(output) for name, output in outputs.items()}}
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
    return Measured(index, result, _tracks(plan, index, source, outputs, scorer.labels, highest), highest)


@lru_cache(maxsize=8)
def _backend(contender: Contender) -> Backend:
    return contender.backend()


@lru_cache(maxsize=1)
def _shipped() -> Backend:
    return open_engine(find_model(None)[0]).make()


def _denoise(contender: Contender, pcm: Int16) -> Denoised:
    return denoise_recording(_backend(contender), pcm)


def _heard(outputs: dict[str, Denoised], noisy: Int16) -> F32:
    """Speech probabilities by the shipped model and all others, (models, frames)."""
    shipped = denoise_recording(_shipped(), noisy).vad
    return np.stack([shipped, *(output.vad for output in outputs.values())])


def _tracks(
    plan: Plan, index: int, source: Source, outputs: dict[str, Denoised], labels: F32, highest: float
) -> list[Track]:
    signals: dict[str, Int16] = {INPUT: source.noisy}
    if source.clean is not None:
        signals[CLEAN] = source.clean
    signals |= {name: output.audio for name, output in outputs.items()}
    spectrograms = {name: mel_spectrogram(pcm, IMAGE_COLUMNS, highest) for name, pcm in signals.items()}
    top = max(float(np.quantile(values, LOUDEST_QUANTILE)) for values in spectrograms.values())
    tracks = []
    for number, (name, pcm) in enumerate(signals.items()):
        output: Any = outputs.get(name)
        flac = None
        if plan.flac_folder is not None:
            flac = f"{plan.flac_folder.name}/{flac_name(index + 1, number)}"
            write_flac(plan.flac_folder.parent / flac, pcm)
        loudness = clean_value(speech_level(pcm[: len(labels) * FRAME_SIZE], labels == SPEECH))
        tracks.append(
            Track(
                name,
                opus_bytes(pcm, plan.bitrate),
                spectrogram_image(spectrograms[name], top),
                wave_path(pcm),
                probability_path(labels if output is None else output.vad),
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
