"""The folder and the tables that a run leaves."""

import contextlib
import csv
import io
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from rnnoise_py.names import printable
from rnnoise_py.recipe.comparison import REPORT
from rnnoise_py.recipe.figures import Row, Table
from rnnoise_py.recipe.model import MODEL_FOLDER
from rnnoise_py.recipe.plan import Plan
from rnnoise_py.runs.atomic import write_bytes, write_text
from rnnoise_py.runs.provenance import write_manifest
from rnnoise_py.runs.space import duration, size

RESULT_NAME: Final = "result"
_OURS: Final = ("models", "exports", REPORT)
#: figures of the table for people; ``table.csv`` and ``table.json`` have all
SHOWN: Final = (
    "pesq",
    "stoi",
    "si_sdr",
    "noise_floor",
    "speech_change",
    "val_loss",
    "rows",
    "model_bytes",
    "train_seconds",
    "total_seconds",
)


def write_result(work: Path, plan: Plan, table: Table) -> dict[str, Any]:
    """Write ``result/``: models, tables, links to the exported folders and the report; return the table as JSON."""
    folder = work / RESULT_NAME
    folder.mkdir(exist_ok=True)
    for name in _OURS:
        _remove(folder / name)
    (folder / "models").mkdir()
    (folder / "exports").mkdir()
    for model, row in zip(plan.models, table.rows, strict=True):
        if not row.failed:
            for source in (model.text, model.packed, model.weights):
                write_bytes(folder / "models" / f"{model.name}{source.suffix}", source.read_bytes())
            _link(model.export.folder / MODEL_FOLDER, folder / "exports" / model.name)
    report = None
    if plan.comparison is not None and plan.comparison.manifest is not None:
        report = plan.comparison.folder / REPORT
        _link(report, folder / REPORT)
    write_bytes(folder / "recipe.toml", plan.recipe.content)
    models = [
        {**_as_json(row), "stages": [one.name for one in model.artefacts]}
        for model, row in zip(plan.models, table.rows, strict=True)
    ]
    found: dict[str, Any] = {
        "recipe": printable(plan.recipe.path),
        "best_by": table.best_by,
        "result": printable(folder),
        "report": report and printable(report),
        "models": models,
        "references": [_as_json(row) for row in table.references],
    }
    write_manifest(folder / "table.json", found)
    write_text(folder / "table.csv", _as_csv(table))
    write_text(folder / "table.txt", "\n".join(table_lines(table)) + "\n")
    return found


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "sweep": row.swept,
        "figures": row.figures,
        "sha256": row.digest,
        "best": row.best,
        "failed": row.failed,
    }


def _as_csv(table: Table) -> str:
    rows = [*table.rows, *table.references]
    swept, figures = _columns(rows)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["model", *swept, *figures, "sha256", "best", "failed"])
    for row in rows:
        values = [_plain(row.swept.get(name, "")) for name in swept] + [row.figures.get(name, "") for name in figures]
        writer.writerow([row.name, *values, row.digest, int(row.best), row.failed])
    return stream.getvalue()


def _columns(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    """Swept keys and figures, in the order of their first row."""
    swept = list(dict.fromkeys(name for row in rows for name in row.swept))
    return swept, list(dict.fromkeys(name for row in rows for name in row.figures))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def table_lines(table: Table) -> list[str]:
    """Return the table for a terminal; ``*`` marks the best model."""
    rows = [*table.rows, *table.references]
    swept, figures = _columns(rows)
    shown = [name for name in SHOWN if name in figures]
    cells = [["", "model", *(name.rpartition(".")[2] for name in swept), *shown]]
    for row in rows:
        values = [_plain(row.swept.get(name, "")) for name in swept]
        cells.append(["*" if row.best else "", row.name, *values, *(_figure(n, row.figures.get(n)) for n in shown)])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    ]
    lines += [f"{row.name}: no model: {row.failed}" for row in rows if row.failed]
    return [*lines, f"* best by {table.best_by}"] if table.best_by else lines


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name.endswith("seconds"):
        return duration(value)
    if name.endswith("bytes"):
        return size(value)
    return f"{value:,.0f}" if name == "rows" else f"{value:.4g}"


def _link(target: Path, link: Path) -> None:
    """Link to a folder; where the system has no links, only the table says where it is."""
    with contextlib.suppress(OSError):
        link.symlink_to(os.path.relpath(target, link.parent), target_is_directory=True)


def _remove(path: Path) -> None:
    """Remove what an earlier run left; links, not what they lead to."""
    if path.is_symlink():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
