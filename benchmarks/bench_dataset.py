"""Seconds of audio a second of processor time in the dataset stage, the gain of a second worker, and the disk.

Every benchmark checks what it made. ``extra_info`` has ``real_time``: times real time per core (processor time of
all threads), and for the pairs of workers the gain in wall time. Targets: merge 1000 from 48 kHz, 300 from 16 kHz;
synthesize 200.
"""

import os
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from rnnoise_py.dataset.config import Config
from rnnoise_py.dataset.doctor import check
from rnnoise_py.dataset.merging import merge_stream
from rnnoise_py.dataset.synthesis import synthesize, with_output
from rnnoise_py.synthetic import noise, speech

FILES = 40
SECONDS = 30
CLIPS = 40
GAIN_CLIPS = 160  # the second process needs a second to start
SOURCES = {"48k": (48_000, 1), "48k stereo": (48_000, 2), "44k": (44_100, 1), "16k": (16_000, 1)}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write FILES × SECONDS of speech in each of SOURCES, and a few noises."""
    root = tmp_path_factory.mktemp("corpus")
    voice = speech(SECONDS, 1)
    for name, (rate, channels) in SOURCES.items():
        (root / name).mkdir()
        for index in range(FILES):
            signal = np.resize(np.roll(voice, 1_000 * index), rate * SECONDS)
            soundfile.write(root / name / f"clip_{index}.wav", np.stack([signal] * channels, axis=1), rate)
    (root / "noise" / "steady").mkdir(parents=True)
    for index in range(10):
        soundfile.write(root / "noise" / "steady" / f"n_{index}.wav", noise("pink", SECONDS, index), 48_000)
    merge_stream([root / "noise"], root / "warm.raw")  # compiles
    return root


def _config(corpus: Path, source: str, clips: int = CLIPS) -> Config:
    config = Config(
        total_hours=clips * 30 / 3600,
        noise_dir=(corpus / "noise",),
        speech_dir=(corpus / source,),
        clean_activity_threshold=0.3,
    )
    return with_output(config, corpus / "out")


def _real_time(benchmark: Any, seconds: float) -> None:
    benchmark.extra_info["real_time"] = round(seconds / benchmark.stats.stats.median)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("source", SOURCES)
def test_merge_speed(benchmark: Any, corpus: Path, source: str) -> None:
    report = benchmark.pedantic(merge_stream, ([corpus / source], corpus / "out.raw"), rounds=3)
    assert report.samples == FILES * SECONDS * 48_000
    _real_time(benchmark, FILES * SECONDS)


@pytest.mark.benchmark(timer=time.process_time)
def test_check_speed(benchmark: Any, corpus: Path) -> None:
    report = benchmark.pedantic(check, ([corpus / "48k"],), rounds=3)
    assert report.seconds("clean") == FILES * SECONDS
    _real_time(benchmark, FILES * SECONDS)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("source", ["48k", "16k"])
def test_synthesize_speed(benchmark: Any, corpus: Path, source: str) -> None:
    config = _config(corpus, source)
    summary = benchmark.pedantic(synthesize, (config,), {"force": True}, rounds=3, warmup_rounds=1)
    assert summary.clips == CLIPS
    _real_time(benchmark, CLIPS * 30)


@pytest.mark.parametrize("stage", ["merge", "synthesize"])
def test_second_worker_gains(benchmark: Any, corpus: Path, stage: str) -> None:
    """The two take turns, so that what else runs on the machine disturbs both."""
    config = _config(corpus, "16k", GAIN_CLIPS)

    def run(workers: int) -> float:
        start = time.perf_counter()
        if stage == "merge":
            merge_stream([corpus / "16k"], corpus / "out.raw", workers=workers)
        else:
            synthesize(config, workers=workers, force=True)
        return time.perf_counter() - start

    gains = [run(1) / run(2) for _ in range(3)]
    benchmark.pedantic(run, (2,), rounds=1)
    benchmark.extra_info["gain"] = round(statistics.median(gains), 2)


def test_disk(benchmark: Any, corpus: Path) -> None:
    """256 MiB written and synced: what no program here can exceed."""
    block = np.random.default_rng(1).bytes(1 << 24)

    def write() -> None:
        with (corpus / "disk").open("wb") as stream:
            for _ in range(16):
                stream.write(block)
            os.fsync(stream.fileno())

    benchmark.pedantic(write, rounds=3)
    assert (corpus / "disk").stat().st_size == 1 << 28
    benchmark.extra_info["real_time"] = round((1 << 28) / 96_000 / benchmark.stats.stats.median)
