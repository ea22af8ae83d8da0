"""The class of RNNoise_Wrapper: programs that were written for it run unchanged, with this import.

>>> from rnnoise_py.rnnoise_wrapper import RNNoise          # doctest: +SKIP
>>> denoiser = RNNoise()                                    # doctest: +SKIP
>>> audio = denoiser.read_wav("noisy.wav")                  # doctest: +SKIP
>>> denoiser.write_wav("clean.wav", denoiser.filter(audio))  # doctest: +SKIP

As there: audio has a length and slices in milliseconds, bytes are the next piece of one stream, whose state is kept
from call to call and whose sound comes 10 ms later, empty pieces give empty pieces.

Different, on purpose: a whole recording (not bytes) starts from nothing and comes back without delay; loud samples
saturate and do not wrap around; pieces of other rates are resampled with memory, so there are no seams (a piece may be
returned in part by the next call, and :meth:`RNNoise.flush` gives the last); a ``voice_prob_threshold`` mutes and
deletes nothing (unless ``cut=True``); channels are kept; neither pydub nor a compiled library is needed.
"""

import io
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio import open_audio, to_int16
from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.audio.open_file import check_rate
from rnnoise_py.audio.segment import Interleaved, Wav
from rnnoise_py.denoiser import Controls, Denoiser, open_engine
from rnnoise_py.denoiser.controls import DEFAULT_CONTROLS
from rnnoise_py.denoiser.pieces import Pieces, PiecesSettings
from rnnoise_py.errors import InputError, is_whole
from rnnoise_py.model import Int8Model
from rnnoise_py.runs.atomic import atomic_path
from rnnoise_py.spec.constants import FRAME_SIZE, PCM_BYTES, PCM_SCALE, SAMPLE_RATE

__all__ = ["RNNoise", "Wav"]

LATE_SECONDS: Final = 0.01  #: of bytes, piece by piece, at 48 kHz
_BYTES: Final = (bytes, bytearray, memoryview)


class RNNoise:
    """Noise suppression for bytes of 16-bit PCM, :class:`Wav` and pydub's ``AudioSegment``.

    Parameters
    ----------
    f_name_lib
        A librnnoise to use; numba kernels otherwise (same bits).
    model
        Model or model file; None is the one that ships with the package.
    """

    def __init__(self, f_name_lib: str | Path | None = None, model: Int8Model | str | Path | None = None) -> None:
        backend = "native" if f_name_lib is not None else "auto"
        self._engine = open_engine(model, backend, f_name_lib)
        self._frames = Denoiser(self._engine)
        self._stream: Pieces | None = None

    def reset(self) -> None:
        """Forget everything heard so far, in pieces and frames."""
        self._frames.reset()
        self._stream = None

    def filter_frame(self, frame: bytes) -> tuple[float, bytes]:
        """Denoise 10 ms of 48 kHz mono 16-bit PCM (960 bytes).

        Returns
        -------
        Speech probability 0 … 1 of this frame, and the denoised frame before it (10 ms late).

        Raises
        ------
        InputError
            When it is not one frame.
        """
        if len(frame) != FRAME_SIZE * PCM_BYTES:
            raise InputError(
                f"a frame of {len(frame)} bytes: give {FRAME_SIZE * PCM_BYTES} (10 ms of 48 kHz mono 16-bit), "
                "or use filter()"
            )
        out = self._frames.process_frame(_samples(frame, 1)[:, 0])
        return float(self._frames.vad[0]), _bytes(out)

    def filter(
        self,
        audio: Any,
        sample_rate: int | None = None,
        voice_prob_threshold: float = 0.0,
        save_source_sample_rate: bool = True,
        *,
        stream: bool = False,
        cut: bool = False,
    ) -> Any:
        """Denoise a recording, or the next piece of a stream of bytes.

        Bytes: the state is kept from call to call, as in RNNoise_Wrapper, and the sound comes 10 ms late. At 48 kHz
        pieces of whole 10 ms come back at their own length; else what is ready comes back, and :meth:`flush` gives
        the rest. Bytes of another rate begin a new stream.

        A :class:`Wav` or ``AudioSegment`` is a whole recording: denoised from nothing, without delay.

        Parameters
        ----------
        audio
            Bytes of mono 16-bit PCM, a :class:`Wav` or a pydub ``AudioSegment`` of 16 bits.
        sample_rate
            Hz, needed for bytes.
        voice_prob_threshold
            Mute where no frame reaches this probability of speech; 0: never.
        save_source_sample_rate
            Give the result at the rate of the input; else at 48 kHz.
        stream
            The audio is a piece of a longer stream without delay: all pieces and :meth:`flush`, joined, are as long
            as the input, sample for sample.
        cut
            Delete what the threshold would mute.

        Returns
        -------
        The same type; of a recording, the same length.

        Raises
        ------
        InputError
            When the audio or an argument cannot be used.
        """
        wav = _as_wav(audio, sample_rate)
        samples = _samples(wav.raw_data, wav.channels)
        rate = wav.frame_rate if save_source_sample_rate else SAMPLE_RATE
        late = not stream and isinstance(audio, _BYTES)
        gated = bool(voice_prob_threshold)
        controls = Controls(
            vad_threshold=voice_prob_threshold if gated else None,
            look_back=0 if late else DEFAULT_CONTROLS.look_back,  # bytes are 10 ms late, no more
            cut=cut and gated,
            raw_latency=late,
        )
        if stream or late:
            return _like(audio, _bytes(self._continue(samples, (wav.frame_rate, rate, controls))), rate)
        if rate != wav.frame_rate:
            samples = _resampled(samples, wav.frame_rate)
        if not len(samples):
            return audio
        with Denoiser(self._engine, sample_rate=rate, channels=wav.channels, controls=controls) as denoiser:
            result = np.concatenate([denoiser.process(samples), denoiser.flush()])
        return _like(audio, _bytes(result), rate)

    def _continue(self, samples: npt.NDArray[np.int16], settings: PiecesSettings) -> npt.NDArray[np.int16]:
        """Denoise the next piece; other settings begin a new stream, or are an error where nothing may be lost."""
        if self._stream is not None and self._stream.settings != settings:
            if not settings[2].raw_latency:
                raise InputError("rate and threshold cannot change within a stream: flush() or reset() first")
            self._stream = None
        if self._stream is None:
            self._stream = Pieces(self._engine, samples.shape[1], settings)
        return self._stream.process(samples)

    def flush(self) -> bytes:
        """End a stream of pieces: return the samples still inside."""
        if self._stream is None:
            return b""
        stream, self._stream = self._stream, None
        return _bytes(stream.flush())

    def read_wav(self, f_name_wav: str | Path | BinaryIO, sample_rate: int | None = None) -> Wav:
        """Read a recording of any format (a path or an open binary stream) as 16 bits.

        Floats are taken as ±1, rounded and saturated; the rate is the recording's own, or ``sample_rate``.

        Raises
        ------
        InputError
            When it cannot be read, holds samples that are not finite, or the rate is out of range.

        Warns
        -----
        UserWarning
            When it is cut short or damaged: what is there is taken.
        """
        with open_audio(Path(f_name_wav) if isinstance(f_name_wav, (str, Path)) else f_name_wav) as audio:
            rate = audio.rate
            whole = audio.read_int16(-1) if audio.subtype == "PCM_16" else to_int16(audio.read(-1))[0]
            if audio.shortfall:
                warnings.warn(f"{audio.name} {audio.shortfall}", stacklevel=2)
        wanted = rate if sample_rate is None else check_rate(sample_rate)
        if wanted != rate:
            whole, rate = _resampled(whole, rate, wanted), wanted
        return Wav(_bytes(whole), rate, whole.shape[1])

    def write_wav(self, f_name_wav: str | Path, audio_data: Any, sample_rate: int | None = None) -> None:
        """Write bytes (mono; ``sample_rate`` needed), a :class:`Wav` or an AudioSegment as 16-bit WAV.

        Raises
        ------
        InputError, OutputError
            When the audio cannot be used or the file not be written.

        Warns
        -----
        UserWarning
            When bytes are written while more than 10 ms of the pieces of a stream are still inside.
        """
        import soundfile

        wav = _as_wav(audio_data, sample_rate)
        if isinstance(audio_data, _BYTES) and self._stream is not None and self._stream.seconds_inside > LATE_SECONDS:
            warnings.warn(
                f"the last {1000 * self._stream.seconds_inside:.0f} ms are still being resampled: add "
                f"denoiser.flush() to the pieces before you write them",
                stacklevel=2,
            )
        content = io.BytesIO()
        soundfile.write(content, _samples(wav.raw_data, wav.channels), wav.frame_rate, "PCM_16", format="WAV")
        with atomic_path(Path(f_name_wav)) as temporary:
            temporary.write_bytes(content.getvalue())


def _as_wav(audio: Any, sample_rate: int | None) -> Wav:
    if isinstance(audio, _BYTES):
        if sample_rate is None:
            raise InputError("bytes do not know their rate: give sample_rate, e.g. 48000")
        if isinstance(audio, Interleaved):
            raise InputError(f"bytes of {audio.channels} channels: bytes are mono, so first audio.set_channels(1)")
        return Wav(bytes(audio), check_rate(sample_rate))
    try:
        wav = Wav(audio.raw_data, audio.frame_rate, audio.channels, audio.sample_width)
    except AttributeError:
        raise InputError(
            f"{type(audio).__name__} is no audio here: give bytes of 16-bit PCM, a Wav or an AudioSegment"
        ) from None
    if wav.sample_width != PCM_BYTES:
        raise InputError(f"audio has {8 * wav.sample_width} bits: convert it to 16 first (set_sample_width(2))")
    if not is_whole(wav.channels) or wav.channels < 1:
        raise InputError(f"audio has {wav.channels!r} channels: give 1 or more")
    check_rate(wav.frame_rate)
    return wav


def _samples(data: bytes, channels: int) -> npt.NDArray[np.int16]:
    if len(data) % (PCM_BYTES * channels):
        raise InputError(f"{len(data)} bytes are no whole number of 16-bit samples of {channels} channels")
    return np.frombuffer(data, "<i2").astype(np.int16).reshape(-1, channels)


def _bytes(samples: npt.NDArray[Any]) -> bytes:
    return samples.astype("<i2").tobytes()


def _resampled(samples: npt.NDArray[np.int16], rate: int, target: int = SAMPLE_RATE) -> npt.NDArray[np.int16]:
    import soxr

    scaled = samples.astype(np.float32) / np.float32(PCM_SCALE)
    converted = soxr.resample(scaled, rate, target, quality=RESAMPLER_QUALITY)
    return to_int16(converted)[0]


def _like(audio: Any, data: bytes, rate: int) -> Any:
    """``data`` as the type that came in."""
    if isinstance(audio, _BYTES):
        return data
    if isinstance(audio, Wav):
        return replace(audio, raw_data=data, frame_rate=rate)
    return audio._spawn(data, overrides={"frame_rate": rate})
