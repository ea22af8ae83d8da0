"""What is known of each finished model; the best one."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.recipe.comparison import REPORT, REPORT_JSON
from rnnoise_py.recipe.model import HISTORY, QUANTIZATION, RECORD, RUN, Model
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.recipe.sections import FINETUNE, TRAIN
from rnnoise_py.runs.provenance import read_manifest

#: figures of training, by their names in ``history.csv``
LOSSES: Final = ("val_loss", "val_msse", "val_vad_accuracy")
#: all that is known of a model without a comparison
TRAINED: Final = (*LOSSES, "rows", "clipped", "model_bytes", "train_seconds", "total_seconds")
#: figures by which a model is the best one, the first that is there
BEST: Final = ("pesq", "stoi", "si_sdr", "val_loss")
_LESS_IS_BETTER: Final = ("loss", "msse", "seconds", "bytes", "clipped")


@dataclass
class Row:
    """A line of the table: one model."""

    name: str
    swept: dict[str, Any]
    figures: dict[str, float] = field(default_factory=dict)
    digest: str = ""  #: SHA-256 of the packed model
    failed: str = ""  #: why there is no model
    best: bool = False


@dataclass
class Table:
    """All models, and what they are compared with."""

    rows: list[Row]
    references: list[Row]  #: the noisy input and models that the recipe does not make
    better: dict[str, str]  #: which way a figure of the comparison is better: higher, lower, zero
    best_by: str = ""  #: figure by which the best row is


def collect(plan: Plan, failed: dict[str, str]) -> Table:
    """Gather the figures of all models, in the recipe's order."""
    compared, better = _compared(plan)
    rows = []
    for model in plan.models:
        row = Row(model.name, model.combination.swept)
        reasons = [failed[one.name] for one in model.artefacts if one.name in failed]
        if reasons:
            row.failed = reasons[0]
        else:
            row.digest, row.figures = _trained(model)
            row.figures = compared.pop(model.name, {}) | row.figures
        rows.append(row)
    return Table(rows, [Row(name, {}, figures) for name, figures in compared.items()], better)


def _trained(model: Model) -> tuple[str, dict[str, float]]:
    """Digest and figures that training left: of the epoch whose weights were kept."""
    run = model.training[-1].folder / RUN
    history = _history(run)
    quantization, record = read_manifest(run / QUANTIZATION), read_manifest(run / RECORD)
    try:
        best = record["config"]["keep"] == "best"
        kept = min(history, key=lambda epoch: epoch["val_loss"]) if best else history[-1]
        figures = {name: kept[name] for name in LOSSES}
        figures["rows"] = sum(file["rows"] for file in record["data"]["files"])
        figures["clipped"] = quantization["clipped"]
        digest = str(quantization["model_digest"])
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"{run} is damaged (no {error}): delete {run.parent} and run again") from error
    figures["model_bytes"] = model.packed.stat().st_size
    runs = [_history(one.folder / RUN) for one in model.training]
    figures["train_seconds"] = sum(epoch["seconds"] for epochs in runs for epoch in epochs)
    records = [one.record for one in model.artefacts if one.kind not in {TRAIN, FINETUNE}]
    figures["total_seconds"] = figures["train_seconds"] + sum(float(found["seconds"]) for found in records if found)
    return digest, figures


def _history(run: Path) -> list[dict[str, float]]:
    try:
        text = (run / HISTORY).read_text(encoding="utf-8")
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(io.StringIO(text))]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{run / HISTORY} is damaged ({error}): delete {run.parent} and run again") from error


def _compared(plan: Plan) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Mean figures by model, and which way each is better, from the comparison's ``report.json``."""
    if plan.comparison is None or plan.comparison.manifest is None:
        return {}, {}
    path = plan.comparison.folder / REPORT / REPORT_JSON
    content = read_manifest(path)
    try:
        means = {
            name: {measure: float(spread["mean"]) for measure, spread in measures.items()}
            for name, measures in content["summary"].items()
        }
        return means, {name: str(measure["better"]) for name, measure in content["measures"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({error}): delete {plan.comparison.folder} and run again") from error


def check_best(wanted: str, *, compared: bool) -> None:
    """Raise :class:`InputError` for a figure that no model of a recipe can have."""
    from rnnoise_py.report.measures import BY_NAME

    known = [*TRAINED, *(BY_NAME if compared else ())]
    if wanted and wanted not in known:
        raise InputError(f"[result] best: there is no figure {wanted}; known are {', '.join(known)}")


def mark_best(table: Table, wanted: str) -> None:
    """Mark the best of several rows by the figure that is wanted, else the first of :data:`BEST` that all have.

    Raises
    ------
    InputError
        When the rows do not all have the figure that is wanted.
    """
    done = [row for row in table.rows if not row.failed]
    if not done:
        return
    names = [wanted] if wanted else list(BEST)
    name = next((name for name in names if all(name in row.figures for row in done)), "")
    if wanted and not name:
        raise InputError(f"[result] best: no model has the figure {wanted}; known are {', '.join(done[0].figures)}")
    if name and len(table.rows) > 1:
        less = any(part in name for part in _LESS_IS_BETTER)
        better = table.better.get(name) or ("lower" if less else "higher")
        worth = {"higher": lambda value: value, "lower": lambda value: -value, "zero": lambda value: -abs(value)}
        max(done, key=lambda row: worth[better](row.figures[name])).best = True
        table.best_by = name
