"""Other denoisers beside ours: ``python -m benchmarks.league FOLDER [FOLDER …]``.

Each folder holds pairs ``ID_noisy`` and ``ID_clean``. Every contender that is installed denoises the noisy clips (those
of packages: ``pip install pyrnnoise noisereduce webrtc-noise-gain``); its delay is found by correlation with the input
and taken out. A table a folder: means of the measures, seconds of sound a second of one core, delay.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.judge import QUALITY
from benchmarks.quality import read_pairs
from rnnoise_py.audio.decode import decode_int16
from rnnoise_py.denoiser.backend import NumbaBackend
from rnnoise_py.errors import InputError
from rnnoise_py.model import read_model
from rnnoise_py.model.shipped import SHIPPED
from rnnoise_py.report.denoising import denoise_recording
from rnnoise_py.report.metrics import pesq_wb, si_sdr, stoi
from rnnoise_py.report.opinion import dnsmos, dnsmos_installed
from rnnoise_py.spec.constants import FRAME_SIZE, SAMPLE_RATE

Int16 = npt.NDArray[np.int16]
Denoise = Callable[[Int16], Int16]

LONGEST_DELAY: Final = 0.08  # seconds that are looked for


def _ours(name: str) -> Denoise:
    backend = NumbaBackend(read_model(name))
    return lambda noisy: denoise_recording(backend, noisy).audio


def _library(path: str) -> Denoise:
    from rnnoise_py.denoiser.native import NativeBackend, open_native_model

    backend = NativeBackend(open_native_model(Path(path), None))
    return lambda noisy: denoise_recording(backend, noisy).audio


def _rnnoise_02() -> Denoise:
    from pyrnnoise import rnnoise  # type: ignore[import-not-found,unused-ignore]

    def run(noisy: Int16) -> Int16:
        states: Any = [rnnoise.create()]
        frames = np.pad(noisy, (0, 4 * FRAME_SIZE - len(noisy) % FRAME_SIZE)).reshape(-1, 1, FRAME_SIZE)
        out = [np.asarray(rnnoise.process_frame(states, frame)[0]).ravel() for frame in frames]
        rnnoise.destroy(states[0])
        return np.concatenate(out).astype(np.int16)

    return run


def _noisereduce(stationary: bool) -> Denoise:
    import noisereduce  # type: ignore[import-not-found,unused-ignore]

    def run(noisy: Int16) -> Int16:
        out = noisereduce.reduce_noise(y=noisy.astype(np.float32) / 32768, sr=SAMPLE_RATE, stationary=stationary)
        clipped: Int16 = np.clip(np.rint(np.asarray(out) * 32768), -32768, 32767).astype(np.int16)
        return clipped

    return run


def _webrtc(strength: int) -> Denoise:
    import soxr
    from webrtc_noise_gain import AudioProcessor  # type: ignore[import-not-found,unused-ignore]

    def run(noisy: Int16) -> Int16:
        narrow = soxr.resample(noisy, SAMPLE_RATE, 16_000)
        processor = AudioProcessor(0, strength)
        frames = np.pad(narrow, (0, 320 - len(narrow) % 160)).astype("<i2").reshape(-1, 160)
        out = b"".join(processor.Process10ms(frame.tobytes()).audio for frame in frames)
        back: Int16 = np.asarray(soxr.resample(np.frombuffer(out, "<i2"), 16_000, SAMPLE_RATE), np.int16)
        return back

    return run


def contenders(models: Sequence[str], libraries: Sequence[str]) -> dict[str, Callable[[], Denoise]]:
    """Return what there is to compare, by name; each is made when it is needed."""
    found: dict[str, Callable[[], Denoise]] = {}
    for path in libraries:
        found[Path(path).name] = lambda path=path: _library(path)  # type: ignore[misc]
    for name in models:
        found[f"rnnoise-py {name}"] = lambda name=name: _ours(name)  # type: ignore[misc]
    found["RNNoise 0.2 (pyrnnoise)"] = _rnnoise_02
    found["WebRTC noise suppression, high, 16 kHz"] = lambda: _webrtc(3)
    found["noisereduce, stationary"] = lambda: _noisereduce(True)
    found["noisereduce"] = lambda: _noisereduce(False)
    return found


def aligned(output: Int16, noisy: Int16) -> tuple[Int16, float]:
    """Take the delay out of a denoiser's output.

    Returns
    -------
    int16 of the length of ``noisy``, and the delay in seconds.
    """
    size = 1 << (len(noisy) + len(output)).bit_length()
    spectrum = np.fft.rfft(output.astype(np.float64), size) * np.conj(np.fft.rfft(noisy.astype(np.float64), size))
    lags = np.fft.irfft(spectrum, size)[: round(LONGEST_DELAY * SAMPLE_RATE)]
    delay = int(np.argmax(lags))
    kept = output[delay : delay + len(noisy)]
    return np.pad(kept, (0, len(noisy) - len(kept))), delay / SAMPLE_RATE


def measure(denoise: Denoise | None, noisy: Int16, clean: Int16) -> dict[str, float]:
    """Score one clip; None: as it is."""
    start = time.thread_time()
    output = noisy if denoise is None else denoise(noisy)
    spent = time.thread_time() - start
    output, delay = aligned(output, noisy)
    figures = {
        "PESQ": pesq_wb(clean, output),
        "STOI": stoi(clean, output),
        "SI-SDR": si_sdr(clean, output, zero_mean=True),
    }
    if dnsmos_installed():
        figures |= dict(zip(("SIG", "BAK", "OVRL", "P.808"), dnsmos(output), strict=True))
    return figures | {"× real time": len(noisy) / SAMPLE_RATE / max(spent, 1e-9), "delay ms": 1000 * delay}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.league", description=__doc__.partition("\n")[2])
    parser.add_argument("folder", type=Path, nargs="+", help="folder of ID_noisy, ID_clean")
    parser.add_argument("--model", action="append", help="model of any format; may be repeated [the shipped ones]")
    parser.add_argument("--library", action="append", default=[], help="librnnoise with its own model")
    given = parser.parse_args(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    for folder in given.folder:
        pairs = [(decode_int16(pair.noisy), decode_int16(pair.clean)) for pair in read_pairs(folder)]
        print(f"{folder.name}: {len(pairs)} clips")
        entries: dict[str, Callable[[], Denoise] | None] = {"unprocessed": None}
        entries |= contenders(given.model or list(SHIPPED), given.library)
        for name, make in entries.items():
            try:
                denoise = None if make is None else make()
            except (ImportError, InputError) as error:
                print(f"{name:40} not here: {error}")
                continue
            if denoise is not None:
                denoise(pairs[0][0])  # what is compiled or loaded at first use
            scores = [measure(denoise, *pair) for pair in pairs]
            means = {key: float(np.median([one[key] for one in scores])) for key in ("× real time", "delay ms")}
            means |= {key: float(np.mean([one[key] for one in scores])) for key in scores[0] if key in QUALITY}
            print(
                f"{name:40}",
                *(f"{key} {means[key]:.{QUALITY.get(key, 0)}f}" for key in scores[0]),
                sep="  ",
                flush=True,
            )


if __name__ == "__main__":
    main()
