"""Which values of a table are the best, and which are worse than the input: only where the difference is clear."""

from collections.abc import Sequence

from rnnoise_py.report.contenders import INPUT
from rnnoise_py.report.evidence import interval
from rnnoise_py.report.measures import SPEED, ZERO, Measure
from rnnoise_py.report.results import RecordingResult, summarize


def marks(recordings: Sequence[RecordingResult], names: Sequence[str], measure: Measure) -> tuple[set[str], set[str]]:
    """Return the models that are best, and those that are worse than the input.

    The best is marked when another model is clearly worse, and when it is better than the input. Clearly: over several
    recordings the 95 % interval of the paired difference does not reach 0; of times, the difference of the means is
    larger than their spread; for one recording, the values differ as they are shown (of times, never).
    """
    models = [name for name in names if name != INPUT]
    known = {name: one.mean for name in names if (one := summarize(recordings, name, measure.name)) is not None}
    if not measure.better:
        return set(), set()
    against_input = measure.of_input and measure.better != ZERO and INPUT in known
    worse = {name for name in models if against_input and _is_clearly_better(recordings, measure, INPUT, name)}
    places = [name for name in models if name in known]
    if len(places) < 2:
        return set(), worse
    top = max(places, key=lambda name: measure.worth(known[name]))
    best = {name for name in places if name == top or not _is_clearly_better(recordings, measure, top, name)}
    if len(best) == len(places):
        return set(), worse
    if against_input:
        floor = measure.worth(round(known[INPUT], measure.digits))
        best = {name for name in best if measure.worth(round(known[name], measure.digits)) > floor}
    return best, worse


def _is_clearly_better(recordings: Sequence[RecordingResult], measure: Measure, one: str, other: str) -> bool:
    """Whether ``one`` is better than ``other`` by more than chance."""
    pairs = [
        (first, second)
        for r in recordings
        if (first := r.values.get(one, {}).get(measure.name)) is not None
        and (second := r.values.get(other, {}).get(measure.name)) is not None
    ]
    if not pairs or (measure.theme == SPEED and len(pairs) == 1):
        return False
    if len(pairs) == 1:
        first, second = (measure.worth(round(value, measure.digits)) for value in pairs[0])
        return first > second
    if measure.theme == SPEED:
        spreads = [summarize(recordings, name, measure.name) for name in (one, other)]
        first, second = (spread.mean for spread in spreads if spread is not None)
        noise = max(spread.deviation for spread in spreads if spread is not None)
        return measure.worth(first) - measure.worth(second) > noise
    return interval([measure.worth(first) - measure.worth(second) for first, second in pairs])[0] > 0
