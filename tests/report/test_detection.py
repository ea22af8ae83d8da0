"""Scores of a VAD on labels and probabilities that are counted by hand."""

import numpy as np
import pytest

from rnnoise_py.errors import InputError
from rnnoise_py.report.detection import roc_auc, vad_scores


def test_detection_counts_decided_frames() -> None:
    """Frames labelled ½ count neither way."""
    labels = [1, 1, 1, 1, 0.5, 0.5, 0, 0, 0]
    found = vad_scores(labels, [0.9, 0.5, 0.4, 0.7, 0.9, 0.1, 0.6, 0.1, 0.0])
    assert (found.precision, found.recall, found.miss) == (3 / 4, 3 / 4, 1 / 4)
    assert found.false_alarm == 1 / 3
    assert found.auc == pytest.approx((4 * 3 - 2) / 12)  # 0.5 and 0.4 are below 0.6
    with pytest.raises(InputError, match="one of each a frame"):
        vad_scores([1], [1, 0])


def test_nothing_to_count_is_no_number() -> None:
    """Neither speech nor what is called so."""
    assert np.isnan(vad_scores([0, 0], [0, 0])[:2]).all()
    assert np.isnan(vad_scores([1, 1], [1, 1])[2:]).all()


def test_area_is_that_of_all_pairs() -> None:
    """Ties count half; the order of the values does not matter."""
    random = np.random.default_rng(1)
    positive, negative = random.integers(0, 8, 50) / 8, random.integers(0, 6, 70) / 8
    pairs = [(a > b) + (a == b) / 2 for a in positive for b in negative]
    assert roc_auc(positive, negative) == pytest.approx(np.mean(pairs))
    assert roc_auc(negative, positive) == pytest.approx(1 - np.mean(pairs))
    assert roc_auc([0.5], [0.5]) == 0.5
