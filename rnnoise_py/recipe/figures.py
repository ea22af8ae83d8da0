"""What is known of each finished model; the best one."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.provenance import read_manifest
from rnnoise_py.recipe.plan import RUN, Model, Plan

#: figures of training, by their names in ``history.csv``
LOSSES: Final = ("val_loss", "val_msse", "val_vad_accuracy")
#: figures by which a model is the best one, the first that is there
BEST: Final = ("pesq", "stoi", "si_sdr", "val_loss")
_LESS_IS_BETTER: Final = ("loss", "msse", "seconds", "bytes", "clipped", "floor", "error")


@dataclass
class Row:
    """A line of the table: one model."""

    name: str
    swept: dict[str, Any]
    figures: dict[str, float] = field(default_factory=dict)
    digest: str = ""  #: SHA-256 of the packed model
    failed: str = ""  #: why there is no model
    best: bool = False


def collect(plan: Plan, failed: dict[str, str]) -> list[Row]:
    """Gather the figures of all models, in the recipe's order."""
    compared = _compared(plan)
    rows = []
    for model in plan.models:
        row = Row(model.name, model.combination.swept)
        reasons = [failed[stage.name] for stage in model.stages if stage.name in failed]
        if reasons:
            row.failed = reasons[0]
        else:
            row.digest, row.figures = _trained(model)
            row.figures |= compared.get(model.name, {})
        rows.append(row)
    return rows


def _trained(model: Model) -> tuple[str, dict[str, float]]:
    """Digest and figures that training left: of the epoch whose weights were kept."""
    run = model.training[-1].folder / RUN
    history = _history(run)
    quantisation, record = read_manifest(run / "quantisation.json"), read_manifest(run / "run.json")
    best = record["config"]["keep"] == "best"
    kept = min(history, key=lambda epoch: epoch["val_loss"]) if best else history[-1]
    figures = {name: kept[name] for name in LOSSES}
    figures["rows"] = sum(file["rows"] for file in record["data"]["files"])
    figures["clipped"] = quantisation["clipped"]
    figures["model_bytes"] = model.packed.stat().st_size
    figures["train_seconds"] = sum(epoch["seconds"] for stage in model.training for epoch in _history(stage.folder / RUN))
    others = [stage for stage in model.stages if stage not in model.training]
    figures["total_seconds"] = figures["train_seconds"] + sum(_seconds(stage.manifest) for stage in others)
    return str(quantisation["model_digest"]), figures


def _seconds(manifest: dict[str, Any] | None) -> float:
    return float(manifest["seconds"]) if manifest else 0.0


def _history(run: Path) -> list[dict[str, float]]:
    try:
        text = (run / "history.csv").read_text(encoding="utf-8")
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{run / 'history.csv'} is damaged ({error}): delete {run.parent} and run again") from error


def _compared(plan: Plan) -> dict[str, dict[str, float]]:
    """Mean figures by model, from the comparison's ``report.json``."""
    return {}


def mark_best(rows: Sequence[Row], wanted: str) -> str:
    """Mark the best row; return the figure by which it is, empty when no row has one.

    Raises
    ------
    InputError
        When no row has the figure that is wanted.
    """
    done = [row for row in rows if not row.failed]
    names = [wanted] if wanted else list(BEST)
    name = next((name for name in names if all(name in row.figures for row in done)), "")
    if wanted and not name:
        known = ", ".join(done[0].figures) if done else "none"
        raise InputError(f"[result] best: no model has the figure {wanted}; known are {known}")
    if name:
        less = any(part in name for part in _LESS_IS_BETTER)
        best = (min if less else max)(done, key=lambda row: row.figures[name])
        best.best = True
    return name
