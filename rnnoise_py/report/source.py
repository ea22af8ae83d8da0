"""Read a recording: noisy and clean as 48 kHz mono, aligned, or mixed on the fly."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import decode_int16, open_audio, to_int16
from rnnoise_py.errors import InputError
from rnnoise_py.names import printable
from rnnoise_py.report.recordings import Recording
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_SCALE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]

MIX_LEVEL: Final = -25  # dBFS RMS of what is mixed on the fly
MIX_WINDOW: Final = SAMPLE_RATE // 10  # samples: speech and noise are measured where the noise is active
LONGEST_LAG: Final = SAMPLE_RATE  # samples that a clean original may be early or late
CLEARLY: Final = 1.5  # a lag is believed when its correlation is so much higher than without one
UNEQUAL_SECONDS: Final = 1.0  # lengths of noisy and clean may differ by so much
SHORTEST: Final = FRAME_SIZE  # samples


@dataclass(frozen=True)
class Source:
    """The signals of a recording, 48 kHz mono int16, equally long."""

    noisy: Int16
    clean: Int16 | None
    rate: int  #: Hz, of the file
    lag: int = 0  #: samples by which the clean original was late before it was aligned


def read_source(recording: Recording) -> Source:
    """Decode (or mix) and align.

    Raises
    ------
    InputError
        When a file cannot be decoded, is too short, or noisy and clean do not belong together.
    """
    with open_audio(recording.path) as audio:
        rate = audio.rate
    if recording.noise is not None:
        noisy, clean = _mix(recording)
        return Source(noisy, clean, rate)
    noisy = _checked(decode_int16(recording.path), recording)
    if recording.clean is None:
        return Source(noisy, None, rate)
    clean = decode_int16(recording.clean)
    lag = find_lag(clean, noisy)
    clean = clean[lag:] if lag > 0 else np.concatenate([np.zeros(-lag, np.int16), clean])
    difference = abs(len(clean) - len(noisy)) / SAMPLE_RATE
    if difference > UNEQUAL_SECONDS:
        raise InputError(
            f"{printable(recording.path)} and {printable(recording.clean)} differ by {difference:.1f} s: "
            "is it the clean original?"
        )
    length = min(len(clean), len(noisy))
    return Source(_checked(noisy[:length], recording), clean[:length], rate, lag)


def find_lag(clean: Int16, noisy: Int16) -> int:
    """Samples by which ``clean`` is later than ``noisy``; 0 unless another lag fits clearly better.

    By cross-correlation, within one second each way.
    """
    size = 1 << (len(clean) + len(noisy) - 1).bit_length()
    spectrum = np.fft.rfft(clean.astype(np.float32), size) * np.conj(np.fft.rfft(noisy.astype(np.float32), size))
    correlation = np.abs(np.fft.irfft(spectrum, size))
    reach = min(LONGEST_LAG, size // 2 - 1)
    near = np.concatenate([correlation[-reach:], correlation[: reach + 1]])
    lag = int(near.argmax()) - reach
    return lag if near.max() > CLEARLY * near[reach] else 0


def _checked(pcm: Int16, recording: Recording) -> Int16:
    if len(pcm) < SHORTEST:
        raise InputError(f"{printable(recording.path)} is shorter than one frame (10 ms): give more audio")
    return pcm


def _mix(recording: Recording) -> tuple[Int16, Int16]:
    from rnnoise_py.dataset.mixing import mix

    assert recording.noise is not None
    assert recording.snr is not None
    clean = _checked(decode_int16(recording.path), recording).astype(np.float64) / PCM_SCALE
    noise = decode_int16(recording.noise).astype(np.float64) / PCM_SCALE
    start = int(np.random.default_rng(recording.seed).integers(len(noise)))
    repeated = np.tile(np.roll(noise, -start), -(-len(clean) // len(noise)))[: len(clean)]
    mixture = mix(clean, repeated, snr=recording.snr, level=MIX_LEVEL, window=MIX_WINDOW)
    if mixture is None:
        raise InputError(
            f"{printable(recording.path)} or {printable(recording.noise)} is silent: nothing to mix at an SNR"
        )
    return to_int16(mixture.noisy)[0], to_int16(mixture.clean)[0]
