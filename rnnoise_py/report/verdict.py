"""What one opens a report for: which model is better, by how much, how surely, and what it costs the speech."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rnnoise_py.report.contenders import INPUT
from rnnoise_py.report.evidence import Difference, difference
from rnnoise_py.report.measures import BY_NAME, LOWER, Measure

if TYPE_CHECKING:
    from rnnoise_py.report.results import Comparison, RecordingResult

#: scores that decide, in the order in which they are told; the first one that is known orders the recordings
SCORES: Final = ("pesq", "estoi", "si_sdr", "ovrl", "bak", "sig")
#: losses of speech that are told: measure, in words, dB above which it is much
LOSSES: Final = (
    ("speech_loss", "of the speech", 1.0),
    ("loss_sibilants", "of sibilants", 3.0),
    ("loss_onsets", "of the beginnings of words", 3.0),
    ("loss_top", "above 8 kHz", 3.0),
)
BETTER, WORSE, MIXED, UNCLEAR, UNKNOWN = "better", "worse", "mixed", "unclear", "unknown"
BASELINE, FIRST = "baseline", "first"
FEWEST: Final = 6  # recordings of which a paired test can say anything
WORST: Final = 5  # recordings that are named


class ScoreText(NamedTuple):
    """A difference of a score as text; what one recording cannot tell is empty."""

    title: str
    mean: str
    interval: str  #: 95 %
    wins: str  #: recordings in which it is better, of how many
    chance: str  #: ``= 0.02`` or ``< 0.001``


@dataclass(frozen=True)
class Side:
    """A model against something else."""

    kind: str  #: ``input``, ``baseline`` (the model in an earlier report) or ``first`` (the first model of this one)
    than: str  #: what the other is, in words
    differences: dict[str, Difference]  #: by score

    @property
    def outcome(self) -> str:
        """Whether it is better: in a score that differs by more than chance, and worse in none."""
        if not self.differences:
            return UNKNOWN
        ways = {one.mean > 0 for one in self.differences.values() if one.is_significant}
        return MIXED if len(ways) == 2 else UNCLEAR if not ways else BETTER if True in ways else WORSE

    @property
    def recordings(self) -> int:
        """How many there are at most."""
        return max((one.count for one in self.differences.values()), default=0)

    @property
    def headline(self) -> str:
        """Outcome in words."""
        if self.outcome == UNKNOWN:
            return f"No score against {self.than}"
        few = f" ({self.recordings} recordings are too few for a test)" if self.recordings < FEWEST else ""
        if self.outcome == UNCLEAR:
            return f"No clear difference from {self.than}{few}"
        if self.outcome == MIXED:
            return f"Better than {self.than} in some scores, worse in others"
        return f"{self.outcome.capitalize()} than {self.than}"

    def rows(self) -> list[ScoreText]:
        """Score by score, as people read it."""
        return [_score_text(BY_NAME[name], one) for name, one in self.differences.items()]

    def lines(self) -> list[str]:
        """One line a score."""
        return [
            f"{one.title} {one.mean} ({one.interval}), better in {one.wins} recordings, p {one.chance}"
            if one.interval
            else f"{one.title} {one.mean}"
            for one in self.rows()
        ]

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        scores = {name: one.as_json() for name, one in self.differences.items()}
        return {"than": self.than, "outcome": self.outcome, "recordings": self.recordings, "scores": scores}


class Worst(NamedTuple):
    """A recording with which a model does little good."""

    place: int  #: in the report
    name: str
    text: str  #: value of the measure


@dataclass(frozen=True)
class Verdict:
    """What a comparison says of a model."""

    model: str
    sides: tuple[Side, ...]  #: against the input first
    speech: str  #: what is lost of the speech, in words
    speech_is_lost: bool  #: more than is good
    noise: str  #: what is left of the noise, in words
    worst_by: str  #: measure that orders the recordings; empty where there is none
    worst: tuple["Worst", ...]  #: recordings, worst first

    @property
    def outcome(self) -> str:
        """Against the input."""
        return self.sides[0].outcome

    def as_json(self) -> dict[str, Any]:
        """Return what report.json holds of it."""
        return {
            "against": {side.kind: side.as_json() for side in self.sides},
            "speech": self.speech,
            "speech_is_lost": self.speech_is_lost,
            "noise": self.noise,
            "worst": [one.name for one in self.worst],
        }

    def lines(self) -> list[str]:
        """Everything as lines of text, without the worst recordings."""
        found = []
        for side in self.sides:
            found += [f"{self.model}: {side.headline}", *(f"  {line}" for line in side.lines())]
        return [*found, *(f"  {text}" for text in (self.speech, self.noise) if text)]


def verdicts(comparison: "Comparison") -> list[Verdict]:
    """One a model, in their order."""
    names = comparison.names[1:]
    return [_verdict(comparison, name, names[0] if name != names[0] else None) for name in names]


def _verdict(comparison: "Comparison", name: str, first: str | None) -> Verdict:
    recordings, before = comparison.recordings, comparison.before
    sides = [Side(INPUT, "the input", _differences(recordings, name, lambda r, score: r.values[INPUT].get(score)))]
    if before is not None and any(name in before.get(r.name, {}) for r in recordings):
        known = before
        sides.append(
            Side(
                BASELINE,
                "the baseline",
                _differences(recordings, name, lambda r, score: known.get(r.name, {}).get(name, {}).get(score)),
            )
        )
    if first is not None:
        sides.append(Side(FIRST, first, _differences(recordings, name, lambda r, score: r.values[first].get(score))))
    speech, is_lost = _speech(comparison, name)
    worst_by = next((f"{score}_gain" for score in SCORES if score in sides[0].differences), "")
    worst_by = worst_by or ("attenuation" if _values(recordings, name, "attenuation") else "")
    return Verdict(
        name, tuple(sides), speech, is_lost, _noise(comparison, name), worst_by, _worst(recordings, name, worst_by)
    )


def _differences(
    recordings: "Sequence[RecordingResult]", name: str, other: "Callable[[RecordingResult, str], float | None]"
) -> dict[str, Difference]:
    """Differences of each score that both sides have."""
    found = {}
    for score in SCORES:
        pairs = [
            (mine, theirs)
            for r in recordings
            if (mine := r.values[name].get(score)) is not None and (theirs := other(r, score)) is not None
        ]
        measure = BY_NAME[score]
        made = difference(pairs, measure.digits, lower=measure.better == LOWER)
        if made is not None:
            found[score] = made
    return found


def _score_text(measure: Measure, one: Difference) -> ScoreText:
    title, unit = measure.title.removeprefix("DNSMOS "), f" {measure.unit}" if measure.unit == "dB" else ""
    mean, low, high = (measure.text(value, signed=True) for value in (one.mean, one.low, one.high))
    if one.count == 1:
        return ScoreText(title, mean + unit, "", "", "")
    chance = f"= {one.chance:.2g}" if one.chance >= 0.001 else "< 0.001"
    return ScoreText(title, mean + unit, f"{low} … {high}", f"{one.wins} of {one.count}", chance)


def _values(recordings: "Sequence[RecordingResult]", name: str, measure: str) -> list[float]:
    return [value for r in recordings if (value := r.values[name].get(measure)) is not None]


def _mean(comparison: "Comparison", name: str, measure: str) -> float | None:
    values = _values(comparison.recordings, name, measure)
    return sum(values) / len(values) if values else None


def _speech(comparison: "Comparison", name: str) -> tuple[str, bool]:
    """Say what is lost of the speech; whether that is much."""
    means = [(words, limit, _mean(comparison, name, measure)) for measure, words, limit in LOSSES]
    known = [(words, limit, mean) for words, limit, mean in means if mean is not None]
    if known:
        measure = BY_NAME["speech_loss"]
        parts = [f"{measure.text(mean)} dB {words}{' (much)' if mean > limit else ''}" for words, limit, mean in known]
        return f"Lost: {', '.join(parts)}", any(mean > limit for _, limit, mean in known)
    change = _mean(comparison, name, "speech_change")
    if change is None:
        return "", False
    return (
        f"Level where speech is heard: {BY_NAME['speech_change'].text(change, signed=True)} dB, noise included",
        False,
    )


def _noise(comparison: "Comparison", name: str) -> str:
    """Say what is left of the noise."""
    residual, bursts = (_mean(comparison, name, measure) for measure in ("residual_noise", "bursts"))
    if residual is not None and bursts is not None:
        return (
            f"Noise in pauses: {BY_NAME['residual_noise'].text(residual, signed=True)} dB, "
            f"{BY_NAME['bursts'].text(bursts)} bursts a second"
        )
    attenuation = _mean(comparison, name, "attenuation")
    return "" if attenuation is None else f"Noise floor: {BY_NAME['attenuation'].text(-attenuation, signed=True)} dB"


def _worst(recordings: "Sequence[RecordingResult]", name: str, measure: str) -> tuple[Worst, ...]:
    """Places of the recordings in which a model gains least, worst first."""
    if not measure or len(recordings) < 2:
        return ()
    known = [(value, place) for place, r in enumerate(recordings) if (value := r.values[name].get(measure)) is not None]
    shown = BY_NAME[measure]
    return tuple(
        Worst(place, recordings[place].name, shown.text(value, signed=True)) for value, place in sorted(known)[:WORST]
    )
