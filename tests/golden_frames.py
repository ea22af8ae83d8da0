"""Every kernel on a few recorded frames, R = 1, frame by frame: quick enough for plain Python.

``python -m tests.golden_frames OUT.npz CALLS.json`` writes the results, and how often each function of
``rnnoise_py/dsp`` was called; :mod:`tests.test_jit_off` runs it with NUMBA_DISABLE_JIT=1.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import numpy.typing as npt

import rnnoise_py.dsp
from rnnoise_py.audio import ArrayPcm
from rnnoise_py.dsp.bands import interpolate
from rnnoise_py.dsp.biquad import biquad
from rnnoise_py.dsp.buffers import new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.features import find_pitch, finish_features, track_pitch
from rnnoise_py.dsp.logarithm import log10_energies
from rnnoise_py.dsp.rand import new_rand
from rnnoise_py.dsp.rows import describe_rows
from rnnoise_py.lanes.jit import ONE
from rnnoise_py.rows.draws import first_draw, next_draw
from rnnoise_py.rows.mixer import Mixer, MixerBuffers
from rnnoise_py.spec.constants import FRAME_SIZE, FREQ_SIZE, NB_BANDS, PITCH_BUF_SIZE
from rnnoise_py.spec.layout import ROW_SIZE
from tests import naive_pitch
from tests.conftest import DATA
from tests.golden_denoiser import denoise_frames
from tests.pitch_frames import PitchRun

F = np.float32
Arrays = dict[str, npt.NDArray[Any]]

ROWS = 3
DENOISED = 3
OCTAVES = 4
MODEL = "synthetic_a"


def _pcm(name: str, samples: int) -> npt.NDArray[np.int16]:
    import soundfile

    return np.asarray(soundfile.read(DATA / f"{name}.flac", frames=samples, dtype="int16")[0], np.int16)


def training_frames() -> Arrays:
    """The first rows of the golden mix, and what the row assembly does not touch of the front half."""
    mixer = Mixer(ArrayPcm(_pcm("clean", FRAME_SIZE * ROWS)), ArrayPcm(_pcm("noise", FRAME_SIZE * (151 + ROWS))))
    buffers = MixerBuffers(1)
    pitch, work, frames, history = new_pitch(1), new_pitch_work(1), new_frames(1), new_history()
    energies = np.zeros(NB_BANDS, F), np.zeros(NB_BANDS, F)
    rows, bins, filtered = (np.zeros((ROWS, width), F) for width in (ROW_SIZE, FREQ_SIZE, FRAME_SIZE))
    draws, rand, draw = [], new_rand(1), first_draw()
    memory = np.zeros(2, F)
    for i in range(ROWS):
        mixed = mixer.mix(1, buffers)
        row = rows[i : i + 1]
        find_pitch(mixed.noisy, 0, 1, pitch, work, ONE)
        track_pitch(pitch, history, 1)
        describe_rows(mixed, 0, 1, pitch.period, row, frames, *energies, ONE)
        finish_features(history, row, 1)
        interpolate(frames.energy, bins[i], ONE)
        biquad(mixed.noisy[-FRAME_SIZE:], memory, np.array([0.1, 0.2], F), np.array([0.3, -0.1], F), filtered[i])
        draw = next_draw(rand, draw)
        draws.append([draw.speech_gain, draw.noise_gain, draw.lowpass, draw.band_lp, *draw.filters.ravel()])
    return {"rows": rows, "bins": bins, "filtered": filtered, "draws": np.array(draws, F)}


def octave_frames() -> Arrays:
    """Golden speech in which an octave error is removed: it takes doubt to ask for exact sums."""
    speech = _pcm("clean", 48_000 * 20).astype(F)
    chosen: list[Any] = []
    expected: list[Any] = []
    for start in range(0, len(speech) - PITCH_BUF_SIZE, 11 * FRAME_SIZE):
        frame = naive_pitch.whiten(naive_pitch.downsample(speech[start : start + PITCH_BUF_SIZE]))
        period = naive_pitch.pitch_search(frame)
        final = naive_pitch.remove_octave_errors(frame, period, 0, F(0))
        if final[0] < period * 3 // 4:
            expected.append(final)
            chosen.append(PitchRun(frame[None], ONE).choose(0, 0, F(0)))
        if len(chosen) == OCTAVES:
            break
    return {"chosen": np.array(chosen, F), "expected": np.array(expected, F)}


def doubtful_logarithms() -> Arrays:
    """Where the C library is asked."""
    energies, logs = np.array([0, 5, np.inf], F), np.zeros(3, F)
    log10_energies(energies, logs, np.zeros(3))
    return {"logs": logs}


def run() -> Arrays:
    """All of it."""
    with np.errstate(all="ignore"):
        denoised = denoise_frames(_pcm("noisy", FRAME_SIZE * DENOISED), MODEL)
        return training_frames() | octave_frames() | doubtful_logarithms() | denoised


def main(out: str, calls: str) -> None:
    """Run and write results and counts."""
    folder = str(Path(str(rnnoise_py.dsp.__file__)).parent)
    counts: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(folder):
            counts[f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"] += 1

    sys.setprofile(count)
    results = run()
    sys.setprofile(None)
    np.savez(out, **results)  # type: ignore[arg-type]
    Path(calls).write_text(json.dumps(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
