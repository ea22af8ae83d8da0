"""Is a difference more than chance? Paired tests over recordings, and intervals by drawing recordings again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

LEVEL: Final = 0.95  # of the intervals
DRAWS: Final = 2000  # of recordings, with replacement
MOST_DRAWN: Final = 2000  # recordings; the mean of more is taken as normal
NORMAL_QUANTILE: Final = 1.96
SEED: Final = 1  # of these draws: the same values give the same interval
SIGNIFICANT: Final = 0.05  # probability below which chance is not believed
EXACT_UP_TO: Final = 300  # pairs; for more the distribution of the ranks is taken as normal
DIGITS: Final = 9  # to which differences are rounded before they are ranked: what is equal is a tie


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean by the bootstrap: between which means of recordings drawn again fall.

    Parameters
    ----------
    values
        One a recording, at least one.

    Returns
    -------
    Lower and upper bound; both the value itself for one recording.
    """
    known = np.asarray(values, np.float64)
    if len(known) > MOST_DRAWN:
        mean, half = float(known.mean()), NORMAL_QUANTILE * float(known.std(ddof=1)) / math.sqrt(len(known))
        return mean - half, mean + half
    means = known[_draws(len(known))].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@lru_cache(maxsize=8)
def _draws(count: int) -> npt.NDArray[np.int64]:
    """Which recordings are drawn, (draws, recordings)."""
    return np.random.default_rng(SEED).integers(count, size=(DRAWS, count))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided exact sign test: the chance of so uneven a count, or a more uneven one, if both were equally likely."""
    count = wins + losses
    if not count:
        return 1.0
    tail = sum(math.comb(count, k) for k in range(min(wins, losses) + 1))
    return float(min(1.0, 2 * tail / 2**count))


def signed_rank_test(differences: Sequence[float]) -> float:
    """Two-sided Wilcoxon signed-rank test that differences lie around 0.

    Exact for up to 300 pairs, ties included (all signs of the given ranks are counted); differences of 0 are left out.

    Returns
    -------
    The chance of ranks so uneven, or more so; 1 where there is no difference.
    """
    values = np.round(np.asarray(differences, np.float64), DIGITS)
    values = values[values != 0]
    count = len(values)
    if not count:
        return 1.0
    doubled = _doubled_ranks(np.abs(values))  # ties have ranks of halves
    above = int(doubled[values > 0].sum())
    total = int(doubled.sum())
    smaller = min(above, total - above)
    if count > EXACT_UP_TO:
        deviation = math.sqrt(float((doubled.astype(np.float64) ** 2).sum()) / 4)
        return min(1.0, math.erfc((total / 2 - smaller) / deviation / math.sqrt(2)))
    ways = np.zeros(total + 1)
    ways[0] = 1
    for rank in doubled:
        ways[rank:] += ways[: total + 1 - rank].copy()
        ways /= 2
    return min(1.0, float(2 * ways[: smaller + 1].sum()))


def _doubled_ranks(sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Twice the ranks of some sizes, from 1; equal ones share the mean of theirs."""
    _, places, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((2 * last - counts + 1)[places], np.int64)


@dataclass(frozen=True)
class Difference:
    """How one thing differs from another over the recordings that have both values."""

    mean: float  #: of the differences
    low: float  #: 95 % interval of the mean
    high: float
    wins: int  #: recordings in which it is better, as values are shown
    losses: int
    count: int  #: recordings
    chance: float  #: two-sided probability by the signed-rank test

    @property
    def is_significant(self) -> bool:
        """Whether chance is not believed."""
        return self.chance < SIGNIFICANT

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        return {
            "difference": round(self.mean, 5),
            "ci": [round(self.low, 5), round(self.high, 5)],
            "better": self.wins,
            "worse": self.losses,
            "recordings": self.count,
            "p": float(f"{self.chance:.3g}"),
            "p_sign": float(f"{sign_test(self.wins, self.losses):.3g}"),
        }


def difference(pairs: Sequence[tuple[float, float]], digits: int, *, lower: bool = False) -> Difference | None:
    """Compare pairs of (one, other); None when there are none.

    Parameters
    ----------
    pairs
        A pair a recording.
    digits
        To which values are shown: what looks equal counts neither way.
    lower
        Whether less is better.
    """
    if not pairs:
        return None
    changes = [one - other for one, other in pairs]
    shown = [round(change, digits) * (-1 if lower else 1) for change in changes]
    low, high = interval(changes)
    return Difference(
        sum(changes) / len(changes),
        low,
        high,
        sum(change > 0 for change in shown),
        sum(change < 0 for change in shown),
        len(changes),
        signed_rank_test(changes),
    )
