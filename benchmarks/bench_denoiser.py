"""Speed of the denoiser, with results checked against the recorded digests.

    python benchmarks/bench_denoiser.py [--library librnnoise.so] [--yardstick ./yardstick] [--speech FOLDER]

Whole file and streams of 10 ms, numba and native, features, and (given a folder) files with resampling. Times are
processor times of one thread, medians; with a yardstick program (it prints the nanoseconds of one dot product,
``shared/tools/yardstick.c``) also as multiples of it, measured right before and after.
"""

import argparse
import hashlib
import json
import re
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from rnnoise_py.constants import FRAME_SIZE, SAMPLE_RATE
from rnnoise_py.denoiser import Denoiser, denoise
from rnnoise_py.denoiser.backend import Backend, NumbaBackend
from rnnoise_py.denoiser.native import NativeBackend, NativeModel, open_library
from rnnoise_py.features import extract_features
from rnnoise_py.model import Int8Model

DATA = Path(__file__).parent.parent / "tests" / "data"
TAG = "synthetic_a"
REPEATS = 5


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median processor time of ``work``, which has run once before."""
    work()
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        times.append(time.thread_time() - start)
    return statistics.median(times)


def yardstick(program: Path | None) -> float | None:
    """Nanoseconds of the yardstick, or None."""
    if program is None:
        return None
    done = subprocess.run([str(program.resolve())], capture_output=True, text=True, check=True)
    found = re.match(r"[0-9.]+", done.stdout.strip())
    assert found, done.stdout
    return float(found[0])


def report(name: str, spent: float, frames: int, unit: float | None) -> None:
    """Print one line: µs a frame, × real time, yardsticks."""
    each = spent / frames
    line = f"{name:34} {each * 1e6:8.2f} µs/frame {0.01 / each:8.0f} × real time"
    print(line + (f" {each * 1e9 / unit:7.0f} yardsticks" if unit else ""))


def main() -> None:
    """Run all benchmarks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--yardstick", type=Path)
    parser.add_argument("--speech", type=Path)
    options = parser.parse_args()
    meta = json.loads((DATA / "denoise.json").read_text())[TAG]
    model = Int8Model.from_arrays(np.load(DATA / "denoise.npz"), meta["activations"], prefix=f"{TAG}__")
    pcm: npt.NDArray[np.int16] = soundfile.read(DATA / "noisy.flac", dtype="int16")[0]
    frames = meta["frames"]
    samples = pcm[: frames * FRAME_SIZE].astype(np.float32)
    out, vad = np.empty_like(samples), np.empty(frames, np.float32)
    backends: dict[str, Callable[[], Backend]] = {"numba": lambda: NumbaBackend(model)}
    if options.library is not None:
        inside = NativeModel(open_library(options.library), model)
        backends["native"] = lambda: NativeBackend(inside)

    for name, make in backends.items():
        backend = make()

        def kernel(backend: Backend = backend) -> None:
            backend.reset()
            backend.process(samples, out, vad)

        unit = yardstick(options.yardstick)
        spent = seconds(kernel)
        after = yardstick(options.yardstick)
        report(f"{name}: backend alone", spent, frames, (unit + after) / 2 if unit and after else None)
        assert hashlib.sha256(out.tobytes()).hexdigest() == meta["sha256_audio"], "the answer is wrong"
        whole = seconds(
            lambda name=name: denoise(pcm, model=model, backend=name, library=options.library)  # type: ignore[misc]
        )
        report(f"{name}: denoise(), int16", whole, frames, unit)
        streaming(name, model, options.library, pcm, backend)
    features = seconds(lambda: extract_features(pcm))
    report("extract_features()", features, frames, yardstick(options.yardstick))
    if options.speech is not None:
        speech(options.speech, model, backends, options.library)


def streaming(
    name: str, model: Int8Model, library: Path | None, pcm: npt.NDArray[np.int16], backend: Backend
) -> None:
    """What process_frame adds to the backend's own time for a frame."""
    count = 1_000
    blocks = pcm[: count * FRAME_SIZE].reshape(count, FRAME_SIZE)
    floats = blocks.astype(np.float32)
    out, vad = np.empty(FRAME_SIZE, np.float32), np.empty(1, np.float32)
    library = library if name == "native" else None

    def bare() -> None:
        for row in floats:
            backend.process(row, out, vad)

    with Denoiser(model, name, library) as denoiser:

        def framed() -> None:
            for row in blocks:
                denoiser.process_frame(row)

        own, spent = seconds(bare), seconds(framed)
    report(f"{name}: process_frame()", spent, count, None)
    print(f"{'':34} {(spent - own) / count * 1e6:8.2f} µs more than the backend's own call")


def speech(folder: Path, model: Int8Model, backends: dict[str, Callable[[], Backend]], library: Path | None) -> None:
    """Files at their own rate: resampling both ways included."""
    recordings = [soundfile.read(path, dtype="int16") for path in sorted(folder.glob("*.wav"))]
    length = sum(len(audio) / rate for audio, rate in recordings)
    for name in backends:
        own = library if name == "native" else None

        def files(name: str = name, own: Path | None = own) -> None:
            for audio, rate in recordings:
                denoise(audio, rate, model, backend=name, library=own)

        report(f"{name}: {folder.name}, resampled", seconds(files), round(length * SAMPLE_RATE / FRAME_SIZE), None)


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
