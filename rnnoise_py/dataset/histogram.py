"""Small histograms for terminals and manifests."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

BAR_WIDTH: Final = 40
MOST_LINES: Final = 16


def bin_width(low: float, high: float) -> int:
    """Return a width of 1, 2, 5, 10, 20, … so that few lines are needed."""
    width = 1
    steps = (2, 2.5, 2)
    index = 0
    while (high - low) / width >= MOST_LINES:
        width = int(width * steps[index % 3])
        index += 1
    return width


def histogram_lines(counts: Mapping[int, float], unit: str) -> list[str]:
    """Draw a histogram of integer values, one line a bin.

    Parameters
    ----------
    counts
        Value → how often (or a weight).
    unit
        Unit of the values.
    """
    if not counts:
        return ["(nothing)"]
    width = bin_width(min(counts), max(counts))
    bins: Counter[int] = Counter()
    for value, count in counts.items():
        bins[value // width * width] += count  # type: ignore[assignment]
    total, most = sum(bins.values()), max(bins.values())
    lines = []
    for start in range(min(bins), max(bins) + 1, width):
        label = f"{start:4d}" if width == 1 else f"{start:4d} … {start + width - 1:4d}"
        bar = "#" * round(BAR_WIDTH * bins[start] / most)
        lines.append(f"{label} {unit}  {100 * bins[start] / total:5.1f} %  {bar}".rstrip())
    return lines
