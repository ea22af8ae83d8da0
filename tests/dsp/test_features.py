"""Chunks of frames through all stages, against the recorded figures of every stage."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rnnoise_py.dsp.buffers import copy_history, new_frames, new_history, new_pitch, new_pitch_work
from rnnoise_py.dsp.features import (
    analyse_frames,
    describe_frames,
    find_pitch,
    finish_features,
    track_pitch,
    write_descriptions,
)
from rnnoise_py.spec.constants import BAND_EDGES, FREQ_SIZE
from rnnoise_py.spec.layout import FEATURES
from tests.bits import assert_bit_identical, assert_equal_but_zero_sign
from tests.lane_arrays import Array, F, lane_counts, separate

#: first index into the recorded rows, how many, and recorded samples before them
SEGMENTS = {"from the start": (0, 40), "across the re-draw": (43, 57)}
BEFORE = 1248


def _signal(frames: Array, first: int, count: int, before: int, padded: int) -> Array:
    """A chunk's samples with those before it, and zeros for the lanes that are left over."""
    start = 0 if first < 40 else 40
    known = np.concatenate([np.zeros(before if start == 0 else 0, F), frames[start : first + count].ravel()])
    end = len(known)
    signal = np.zeros(before + 480 * padded, F)
    signal[: before + 480 * count] = known[end - before - 480 * count :]
    return signal


@pytest.mark.parametrize("segment", SEGMENTS)
@lane_counts
def test_recorded_stages(segment: str, lanes: tuple[int, ...], golden: Callable[[str], Any]) -> None:
    """From mixed samples: whitened frames, periods, spectra, energies, correlations, logs, features."""
    stages, R = golden("stages.npz"), len(lanes)
    first, count = SEGMENTS[segment]
    padded = -(-count // R) * R
    noisy = _signal(stages["noisy"], first, count, BEFORE, padded)
    pitch, work, frames, history = new_pitch(padded), new_pitch_work(R), new_frames(R), new_history()
    if first:
        history.period[0], history.gain[0] = stages["pitch"][first - 1], stages["pitch_gain"][first - 1]
    own = slice(first, first + count)
    find_pitch(noisy, 0, padded, pitch, work, lanes)
    track_pitch(pitch, history, count)
    whitened = np.stack([pitch.whitened[s : s + 864] for s in pitch.starts[:count]])
    assert_bit_identical(whitened, stages["whitened"][own], "whitened")
    assert pitch.search_period[:count].tolist() == stages["pitch_search"][own].tolist()
    assert pitch.period[:count].tolist() == stages["pitch"][own].tolist()
    assert_bit_identical(pitch.gain[:count], stages["pitch_gain"][own], "pitch gain")

    lowpass = np.full(padded, FREQ_SIZE)
    lowpass[:count] = stages["lowpass"][own]
    clean, noise = (_signal(stages[name], first, count, 480, padded) for name in ("clean", "noise"))
    rows = np.zeros((padded, FEATURES.stop), F)
    for block in range(0, padded, R):
        real = slice(first + block, min(first + block + R, first + count))
        lanes_used = real.stop - real.start
        part = slice(block, block + R)
        for name, signal in (("Ey", clean), ("En", noise)):
            starts = np.arange(block, block + R) * 480
            analyse_frames(signal, starts, lowpass[part], frames.windowed, frames.spectrum, frames.energy, lanes)
            assert_bit_identical(separate(frames.energy, lanes)[:lanes_used], stages[name][real], name)
        describe_frames(noisy, block, pitch.period[part], lowpass[part], frames, lanes)
        kept = min(FREQ_SIZE, lowpass[part].max())
        for name, buffer, bins in (("X", frames.spectrum, kept), ("P", frames.pitch_spectrum, BAND_EDGES[-1])):
            points = buffer.reshape(960, 2, R)[:bins, :, :lanes_used]
            assert_equal_but_zero_sign(points[:, 0].T, stages[name][real, :bins].real, name)
            assert_equal_but_zero_sign(points[:, 1].T, stages[name][real, :bins].imag, name)
        for name, values in (
            ("Ex", frames.energy),
            ("Ep", frames.pitch_energy),
            ("Exp", frames.correlation),
            ("log_energy", frames.logs),
            ("total_energy", frames.totals),
        ):
            got = separate(values, lanes)[:lanes_used].reshape(stages[name][real].shape)
            assert_bit_identical(got, stages[name][real], name)
        row_starts = np.arange(block, block + R) * FEATURES.stop
        write_descriptions(frames, pitch.period[part], rows.ravel(), row_starts, lanes)
    if first == 0:  # the cepstra before the second segment were not recorded
        finish_features(history, rows, count)
        assert_bit_identical(rows[:count], stages["row"][own, FEATURES], "features")
        assert history.slot[0] == count % 8


def test_a_copied_history_does_not_move_on() -> None:
    """All of its arrays are copies."""
    history = new_history()
    copy = copy_history(history)
    finish_features(history, np.ones((3, FEATURES.stop), F), 3)
    history.period[0] = 99
    assert copy.slot[0] == copy.period[0] == 0
    assert not copy.ring.any()
    assert not copy.distances.any()
