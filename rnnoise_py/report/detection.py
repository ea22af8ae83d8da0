"""How well a VAD tells speech from pauses: precision and recall, error rates, area under the ROC curve."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import InputError

F64 = npt.NDArray[np.float64]

VAD_THRESHOLD: Final = 0.5


class Detection(NamedTuple):
    """How well speech was detected; NaN where there is nothing to count."""

    precision: float  #: share of the frames called speech that are
    recall: float  #: share of the frames of speech that were called so
    false_alarm: float  #: share of the frames of pauses that were called speech
    auc: float  #: chance that a frame of speech gets a higher probability than one of a pause; ½ is guessing

    @property
    def miss(self) -> float:
        """Share of the frames of speech that were not called so."""
        return 1 - self.recall


def vad_scores(labels: npt.ArrayLike, probabilities: npt.ArrayLike, threshold: float = VAD_THRESHOLD) -> Detection:
    """Scores of a VAD.

    Parameters
    ----------
    labels
        (frames,) 1 speech, 0 none, ½ undecided: those frames do not count. See :func:`.labels.clean_labels`.
    probabilities
        (frames,) 0 … 1, of the VAD.
    threshold
        Probability from which a frame is called speech.

    Raises
    ------
    InputError
        When the lengths differ.
    """
    truth, found = np.asarray(labels, np.float64), np.asarray(probabilities, np.float64)
    if truth.ndim != 1 or truth.shape != found.shape:
        raise InputError(f"labels have shape {truth.shape}, probabilities {found.shape}: give one of each a frame")
    speech, pauses = found[truth == 1], found[truth == 0]
    right, wrong = (int(np.count_nonzero(part >= threshold)) for part in (speech, pauses))
    return Detection(
        _share(right, right + wrong), _share(right, len(speech)), _share(wrong, len(pauses)), roc_auc(speech, pauses)
    )


def _share(count: int, of: int) -> float:
    return count / of if of else float("nan")


def roc_auc(positive: npt.ArrayLike, negative: npt.ArrayLike) -> float:
    """Area under the ROC curve: the chance that a positive value is above a negative one, ties counted half.

    Parameters
    ----------
    positive, negative
        (n,), (m,) values of either kind.

    Returns
    -------
    0 … 1; NaN where one of the two is empty.
    """
    above, below = np.asarray(positive, np.float64), np.sort(np.asarray(negative, np.float64))
    if not len(above) or not len(below):
        return float("nan")
    smaller = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(smaller.mean() / (2 * len(below)))
