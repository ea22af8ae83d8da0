"""Compare with an earlier report: which measures fell, over the recordings that both have."""

import math
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.report.measures import BY_NAME, Measure
from rnnoise_py.report.results import RecordingResult

_RULE: Final = re.compile(r"\s*([a-z_0-9]+)\s*(<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*", re.IGNORECASE)
_HOLDS: Final = {
    "<": lambda change, limit: change < limit,
    ">": lambda change, limit: change > limit,
    "<=": lambda change, limit: change <= limit,
    ">=": lambda change, limit: change >= limit,
}
Before = Mapping[str, Mapping[str, Mapping[str, float]]]  # recording → model → measure → value


@dataclass(frozen=True)
class Rule:
    """A condition on the change of a mean under which a comparison fails, e.g. ``pesq<-0.05``."""

    text: str
    measure: Measure
    operator: str
    limit: float

    def holds(self, change: float) -> bool:
        """Whether a change (now minus before) is one to fail for."""
        return bool(_HOLDS[self.operator](change, self.limit))


@dataclass(frozen=True)
class Change:
    """How the mean of a measure of a model changed."""

    model: str
    measure: str
    before: float
    now: float
    recordings: int  #: that both reports have a value for

    @property
    def change(self) -> float:
        """Now minus before."""
        return self.now - self.before

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        return {
            "model": self.model,
            "measure": self.measure,
            "before": round(self.before, 5),
            "now": round(self.now, 5),
            "change": round(self.change, 5),
            "recordings": self.recordings,
        }


def parse_rule(text: str) -> Rule:
    """Read a rule such as ``pesq<-0.05``: the measure, ``<`` or ``>``, the change of its mean that is too much.

    Raises
    ------
    InputError
        When it is no such rule, or names no measure.
    """
    found = _RULE.fullmatch(text)
    if found is None or not math.isfinite(float(found[3])):
        raise InputError(f"--fail-if {text!r} is no rule: write MEASURE<CHANGE or MEASURE>CHANGE, e.g. pesq<-0.05")
    measure = BY_NAME.get(found[1].lower())
    if measure is None:
        raise InputError(f"--fail-if {text!r}: there is no measure {found[1]!r}, but {', '.join(BY_NAME)}")
    return Rule(text.strip(), measure, found[2], float(found[3]))


def check_baseline(before: Before, recordings: Sequence[str], models: Sequence[str]) -> None:
    """Check that there is something to compare, before the long work.

    Raises
    ------
    InputError
        When the baseline has none of the recordings, or none of the models, by name.
    """
    common = [name for name in recordings if name in before]
    if not common:
        raise InputError("the baseline has none of these recordings: compare the same ones (names must be equal)")
    if not any(model in before[name] for name in common for model in models):
        raise InputError(
            f"the baseline has none of the models {', '.join(models)}: give models the names they had (NAME=FILE)"
        )


def check_rules(
    rules: Sequence[Rule],
    before: Before,
    recordings: Sequence[str],
    models: Sequence[str],
    missing: Callable[[str], str],
) -> None:
    """Check that each rule has something to judge, before the long work.

    ``missing`` says why a measure will have no value now; empty when it will.

    Raises
    ------
    InputError
        When a rule's measure will not be computed, or the baseline has no value of it.
    """
    for rule in rules:
        name = rule.measure.name
        values = (before[r].get(model, {}).get(name) for r in recordings if r in before for model in models)
        reason = missing(name) or ("" if any(value is not None for value in values) else "the baseline has no value")
        if reason:
            raise InputError(f"--fail-if {rule.text!r}: {name} is not in both reports: {reason}")


def changes(before: Before, recordings: Sequence[RecordingResult], models: Sequence[str]) -> list[Change]:
    """Change of each measure's mean, over the recordings (by name) that have a value in both reports."""
    common = [recording for recording in recordings if recording.name in before]
    found = []
    for model in models:
        for name in BY_NAME:
            pairs = [
                (old, new)
                for r in common
                if (old := before[r.name].get(model, {}).get(name)) is not None
                and (new := r.values.get(model, {}).get(name)) is not None
            ]
            if pairs:
                means = [statistics.fmean(side) for side in zip(*pairs, strict=True)]
                found.append(Change(model, name, means[0], means[1], len(pairs)))
    return found


def falls(rules: Sequence[Rule], found: Sequence[Change]) -> list[str]:
    """One line for each rule that holds for a model.

    Raises
    ------
    InputError
        When a rule's measure is in none of the changes: it would never fail.
    """
    lines = []
    for rule in rules:
        concerned = [change for change in found if change.measure == rule.measure.name]
        if not concerned:
            raise InputError(
                f"--fail-if {rule.text!r}: {rule.measure.name} is not in both reports (no --clean, or not installed)"
            )
        for change in concerned:
            if rule.holds(round(change.change, 9)):
                text = rule.measure.text
                lines.append(
                    f"{change.model}: {rule.measure.title} {text(change.before)} → {text(change.now)} "
                    f"({text(change.change, signed=True)}{' ' + rule.measure.unit if rule.measure.unit else ''} over "
                    f"{change.recordings} recordings), fails {rule.text}"
                )
    return lines


def common_note(before: Before, recordings: Sequence[RecordingResult]) -> str | None:
    """Say which share of the recordings is compared, unless all of both are."""
    names = {recording.name for recording in recordings}
    both = names & set(before)
    if len(both) == len(names) == len(before):
        return None
    return f"baseline: {len(both)} recordings are in both reports ({len(names)} here, {len(before)} there)"
