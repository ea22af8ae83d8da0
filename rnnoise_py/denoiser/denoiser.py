"""The denoiser of a stream: any rate, any number of channels, chunks of any length."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from rnnoise_py.audio.arrays import check_array
from rnnoise_py.audio.decode import RESAMPLER_QUALITY
from rnnoise_py.audio.open_file import check_rate
from rnnoise_py.denoiser.controls import DEFAULT_CONTROLS, Controls
from rnnoise_py.denoiser.engine import Engine, ModelLike, open_engine
from rnnoise_py.denoiser.fifo import Fifo
from rnnoise_py.denoiser.layout import Layout
from rnnoise_py.denoiser.one_frame import Job, OneFrame, new_frame
from rnnoise_py.denoiser.samples import F32, Converter
from rnnoise_py.denoiser.together import Steps, complete, run_together
from rnnoise_py.denoiser.wishes import Wishes
from rnnoise_py.errors import InputError, is_whole
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE


class Denoiser:
    """Removes noise from a stream of audio; a context manager. One thread at a time; it cannot be used once closed.

    :meth:`process` takes chunks of any length and gives what is ready, without delay in the samples: all that
    ``process`` and the final :meth:`flush` return, joined, is as long as the input and equals
    :func:`~rnnoise_py.denoiser.denoise` of the whole. :meth:`process_frame` is the C library's way: 480 samples
    in, 480 out, 10 ms late.

    Parameters
    ----------
    model, backend, library
        What :func:`~rnnoise_py.denoiser.open_engine` takes, or as ``model`` an engine that it opened.
    sample_rate
        Hz; other rates than 48 kHz are resampled both ways, statefully.
    channels
        Number of channels; each has its own state. Arrays are (samples, channels).
    streams
        Instead of channels: so many independent mono streams that run in step, each as a denoiser of its own would run
        it, in less time (with a library of this package; 16 or more are best). Arrays are (streams, samples), and
        :attr:`vad` is (streams, frames).
    controls
        Dry share, limited attenuation, muting; see :class:`~rnnoise_py.denoiser.Controls`.
    workers
        Threads for the channels or streams, 1 or more.

    Raises
    ------
    InputError
        When an argument, the model or the library cannot be used.

    Examples
    --------
    >>> with Denoiser("model.rnnn") as denoiser:             # doctest: +SKIP
    ...     for chunk in chunks:
    ...         play(denoiser.process(chunk))
    ...     play(denoiser.flush())
    """

    def __init__(
        self,
        model: Engine | ModelLike = None,
        backend: str = "auto",
        library: str | Path | None = None,
        *,
        sample_rate: int = SAMPLE_RATE,
        channels: int = 1,
        streams: int | None = None,
        controls: Controls | None = None,
        workers: int = 1,
    ) -> None:
        self.sample_rate = check_rate(sample_rate)  #: Hz
        self._layout = Layout(channels, streams, controls)
        if not is_whole(workers) or workers < 1:
            raise InputError(f"{workers!r} workers: give a whole number, 1 or more")
        self.engine = open_engine(model, backend, library)  #: the weights, and what runs them
        channels = self.channels = self._layout.states
        self.controls = controls or DEFAULT_CONTROLS
        self.vad: npt.NDArray[np.float32] = np.empty(0, np.float32)
        """Speech probabilities (0 … 1) of the frames finished by the last call: float32 (frames,), with more than
        one channel (frames, channels). Value k of a stream belongs to its samples 10·k … 10·(k + 1) ms."""
        self._backends = [self.engine.make() for _ in range(channels)]
        self.backend = self.engine.backend  #: ``"numba"`` or ``"native"``
        self._workers = min(workers, channels)
        self._pool = ThreadPoolExecutor(self._workers) if self._workers > 1 else None
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._converter = Converter()
        self._dtype: np.dtype[Any] | None = None
        self._flat = True
        self._by_frames: bool | None = None
        self._known: tuple[Any, ...] = ()  # dtype and dimensions of the last chunk, all that :meth:`_check` looks at
        self._frame: OneFrame | None = None
        self._taken = 0  # input samples so far
        self._taken48 = 0  # the same at 48 kHz
        self._frames = 0  # frames denoised
        self._made48 = 0  # output samples at 48 kHz, the first frame's latency not counted
        self._pending = Fifo(self.channels)
        self._wishes = Wishes(self.controls, self.sample_rate, self.channels, separate=self._layout.apart)
        self._up = self._down = None
        if self.sample_rate != SAMPLE_RATE:
            import soxr

            options = {"num_channels": self.channels, "dtype": "float32", "quality": RESAMPLER_QUALITY}
            self._up = soxr.ResampleStream(self.sample_rate, SAMPLE_RATE, **options)
            self._down = soxr.ResampleStream(SAMPLE_RATE, self.sample_rate, **options)

    def __enter__(self) -> "Denoiser":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def clipped(self) -> int:
        """Integer output samples that were saturated since the last :meth:`reset`."""
        return self._converter.clipped

    @property
    def latency(self) -> int:
        """Samples that have to come in before the first is given back, resampling not counted.

        10 ms, and the look-back of a gate. What :meth:`process_frame` returns is late by as much; what :meth:`process`
        returns is not, it only comes so much later.
        """
        return self._wishes.latency

    def close(self) -> None:
        """Free what the backends hold; what was not flushed is lost."""
        self._closed = True
        self._known, self._frame = (), None  # the next chunk is looked at
        for backend in self._backends:
            backend.close()
        if self._pool is not None:
            self._pool.shutdown()

    def reset(self) -> None:
        """Forget everything heard so far, as new; :class:`InputError` when the denoiser is closed."""
        self._check_open()
        for backend in self._backends:
            backend.reset()
        self._start()

    def process(self, chunk: npt.ArrayLike) -> npt.NDArray[Any]:
        """Denoise the next samples of the stream.

        Parameters
        ----------
        chunk
            int16 or float (±1), (samples,) or (samples, channels), any length, the same dtype throughout.

        Returns
        -------
        What is ready, same dtype and dimensions; perhaps nothing.

        Raises
        ------
        InputError
            When the array cannot be used, or the denoiser is closed.
        """
        return complete(self.begin(chunk), self._pool, self._workers)

    def begin(self, chunk: npt.ArrayLike) -> Steps:
        """As :meth:`process`, but leave the denoising to the caller, who may do that of several denoisers at once.

        Yields
        ------
        Whole frames to be denoised: backend, samples, output, probabilities of each channel.
        """
        array = self._check(self._layout.enter(chunk), by_frames=False)
        samples = self._converter.enter(array).reshape(len(array), self.channels)
        self._taken += len(samples)
        self._wishes.enter(samples)
        if self._up is not None:
            samples = self._up.resample_chunk(samples)
        self._taken48 += len(samples)
        self._pending.push(samples)
        audio, vad = yield from self._run(len(self._pending) // FRAME_SIZE)
        self.vad = self._layout.vad(vad)
        self._wishes.hear(vad)
        if self._down is not None:
            audio = self._down.resample_chunk(audio)
        return self._leave(self._wishes.give(self._wishes.known(audio)))

    def flush(self) -> npt.NDArray[Any]:
        """End the stream: return the samples still inside, then :meth:`reset`, with its errors."""
        return complete(self.begin_flush(), self._pool, self._workers)

    def begin_flush(self) -> Steps:
        """As :meth:`flush`, in the way of :meth:`begin`."""
        self._check_open()
        if self._up is not None:
            tail = self._up.resample_chunk(np.empty((0, self.channels), np.float32), last=True)
            self._taken48 += len(tail)
            self._pending.push(tail)
        late = 0 if self.controls.raw_latency else 1
        real = self._frames + -(-len(self._pending) // FRAME_SIZE)
        if self._taken48:
            missing = (real + late - self._frames) * FRAME_SIZE - len(self._pending)
            self._pending.push(np.zeros((missing, self.channels), np.float32))
        audio, vad = yield from self._run(real + late - self._frames if self._taken48 else 0)
        audio = audio[: len(audio) - (self._made48 - self._taken48)] if self._made48 > self._taken48 else audio
        self._wishes.hear(vad)
        self._wishes.finish()
        if self._down is not None:
            audio = self._down.resample_chunk(np.ascontiguousarray(audio), last=True)
        audio = self._wishes.rest(audio)
        wanted = self._taken - self._wishes.given
        if len(audio) < wanted:
            audio = np.concatenate([audio, np.zeros((wanted - len(audio), self.channels), np.float32)])
        result = self._leave(self._wishes.give(audio[:wanted]))
        clipped = self.clipped
        self.reset()
        self._converter.clipped = clipped
        self.vad = self._layout.vad(vad[: len(vad) - late] if len(vad) else vad)
        return result

    def process_frame(self, frame: npt.ArrayLike) -> npt.NDArray[Any]:
        """Denoise one frame at 48 kHz; the result is one frame (10 ms) late.

        Parameters
        ----------
        frame
            int16 or float (±1), (480,) or (480, channels).

        Returns
        -------
        The denoised frame before this one (with a gate, :attr:`latency` samples before), same dtype and shape;
        :attr:`vad` has this frame's probability.

        Raises
        ------
        InputError
            When it is not one frame at 48 kHz, the stream was begun with :meth:`process`, or the denoiser is closed.
        """
        frame = self._layout.enter(frame)
        one = self._frame
        if one is None or type(frame) is not np.ndarray or frame.dtype is not one.dtype or frame.shape != one.shape:
            frame = self._check(frame, by_frames=True)
            one = self._frame = new_frame(frame.dtype, frame.shape, self._backends, self.sample_rate)
        samples, audio = one.samples, one.audio
        self._converter.enter(frame, samples)
        run_together(one.jobs, self._pool, self._workers)
        vad = one.vad.copy()
        self.vad = self._layout.vad(vad)
        self._frames += 1
        if self._wishes.any:
            shape = FRAME_SIZE, self.channels
            self._wishes.enter(samples.reshape(shape).copy())
            self._wishes.hear(vad)
            audio = self._wishes.give_frame(audio.reshape(shape).copy()).reshape(one.shape)
        return self._layout.leave(self._converter.leave(audio, one.dtype))

    def _check_open(self) -> None:
        if self._closed:
            raise InputError("this denoiser is closed: make a new Denoiser, and use it inside its `with` block")

    def _check(self, audio: npt.ArrayLike, *, by_frames: bool) -> npt.NDArray[Any]:
        if type(audio) is np.ndarray and (audio.dtype, audio.shape[1:], by_frames) == self._known:
            return audio
        self._check_open()
        array = check_array(audio, channels=self.channels)
        if self._by_frames is None:
            self._by_frames, self._dtype = by_frames, array.dtype
        if self._by_frames is not by_frames:
            raise InputError("process and process_frame cannot take turns on one stream: reset() in between")
        if array.dtype != self._dtype:
            raise InputError(f"chunk has dtype {array.dtype}, the stream began with {self._dtype}: keep to one")
        self._flat = array.ndim == 1
        self._known = array.dtype, array.shape[1:], by_frames
        return array

    def _run(self, frames: int) -> Generator[Sequence[Job], None, tuple[F32, npt.NDArray[np.float32]]]:
        """Have pending frames denoised; 48 kHz output without the first frame's latency, and probabilities."""
        out = np.empty((self.channels, frames * FRAME_SIZE), np.float32)
        vads = np.empty((self.channels, frames), np.float32)
        samples = self._pending.pop(frames * FRAME_SIZE)
        if frames:
            yield list(zip(self._backends, np.ascontiguousarray(samples.T), out, vads, strict=True))
        audio = out.T
        if frames and not self._frames and not self.controls.raw_latency:
            audio = audio[FRAME_SIZE:]
        self._frames += frames
        self._made48 += len(audio)
        return audio, vads[0] if self.channels == 1 else np.ascontiguousarray(vads.T)

    def _leave(self, audio: F32) -> npt.NDArray[Any]:
        """Output samples, (n, channels), as the user's."""
        result = self._converter.leave(audio, self._dtype or np.dtype(np.float32))
        return result[:, 0] if self._flat else self._layout.leave(result)
