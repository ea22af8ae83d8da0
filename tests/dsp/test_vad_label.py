"""Voice activity labels."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnnoise_py.dsp.vad_label import vad_label, vad_labels
from rnnoise_py.spec.layout import VAD
from tests import naive
from tests.lane_arrays import F, assert_same


def test_every_energy_class_and_counter_equals_naive_twin() -> None:
    """All thresholds, their neighbours, and all counters."""
    energies = [F(e) for e in (0, 1, 1e7, 1e8, 1e9, 1e20, np.inf, np.nan)]
    energies += [np.nextafter(F(e), F(side)) for e in (1e7, 1e8, 1e9) for side in (0, np.inf)]
    for energy in energies:
        for count in range(16):
            label, after = vad_label(energy, count)
            assert (label, after) == naive.vad_label(energy, count)
            assert label.dtype == F if hasattr(label, "dtype") else label in {0, 0.5, 1}


def test_recorded_counters_and_labels(golden: Callable[[str], Any]) -> None:
    """The first 40 rows' counters follow from the recorded clean audio's energy and label the rows."""
    stages, rows = golden("stages.npz"), golden("stages.npz")["row"]
    label_of = {c: 0.0 if c >= 10 else 0.5 if c > 0 else 1.0 for c in range(16)}
    assert_same([label_of[int(c)] for c in stages["vad_count"]], rows[:, VAD.start])


def test_labels_of_a_run(golden_pcm: Callable[[str], Any], golden: Callable[[str], Any]) -> None:
    """Frame after frame, from a counter on; recorded counters of the first 40 rows are met."""
    frames = golden_pcm("clean")[: 480 * 300].reshape(300, 480).astype(F)
    energies = np.array([naive.ordered_sum(f * f) for f in frames], F)
    expected, counts, count = [], [], 0
    for energy in energies:
        label, count = naive.vad_label(energy, count)
        expected.append(label)
        counts.append(count)
    labels = np.full(300, np.nan, F)
    assert vad_labels(energies, 0, labels) == counts[-1]
    assert_same(labels, expected)
    assert counts[:40] == golden("stages.npz")["vad_count"][:40].tolist()
    again = np.full(200, np.nan, F)
    assert vad_labels(energies[100:], counts[99], again) == counts[-1]
    assert_same(again, labels[100:])
