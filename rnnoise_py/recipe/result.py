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

from rnnoise_py.atomic import write_bytes, write_text
from rnnoise_py.pipeline.needs import duration, size
from rnnoise_py.provenance import write_manifest
from rnnoise_py.recipe.figures import Row
from rnnoise_py.recipe.plan import MODEL_FOLDER, REPORT, Plan

RESULT_NAME: Final = "result"
_OURS: Final = ("models", "exports", REPORT)


def write_result(work: Path, recipe: Path, plan: Plan, rows: Sequence[Row], by: str) -> dict[str, Any]:
    """Write ``result/``: models, tables, links to the exported folders and the report; return the table as JSON."""
    folder = work / RESULT_NAME
    folder.mkdir(exist_ok=True)
    for name in _OURS:
        _remove(folder / name)
    (folder / "models").mkdir()
    (folder / "exports").mkdir()
    for model, row in zip(plan.models, rows, strict=True):
        if not row.failed:
            for source in (model.text, model.packed, model.weights):
                write_bytes(folder / "models" / f"{model.name}{source.suffix}", source.read_bytes())
            _link(model.export.folder / MODEL_FOLDER, folder / "exports" / model.name)
    compared = plan.comparison is not None and plan.comparison.manifest is not None
    if plan.comparison is not None and compared:
        _link(plan.comparison.folder / REPORT, folder / REPORT)
    write_bytes(folder / "recipe.toml", recipe.read_bytes())
    content: dict[str, Any] = {
        "recipe": str(recipe), "best_by": by, "result": str(folder),
        "report": str(plan.comparison.folder / REPORT) if plan.comparison is not None and compared else None,
        "models": [_as_json(row, model.stages) for row, model in zip(rows, plan.models, strict=True)],
    }
    write_manifest(folder / "table.json", content)
    write_text(folder / "table.csv", _as_csv(rows))
    write_text(folder / "table.txt", "\n".join(table_lines(rows, by)) + "\n")
    return content


def _as_json(row: Row, stages: Sequence[Any]) -> dict[str, Any]:
    return {
        "name": row.name, "sweep": row.swept, "figures": row.figures, "sha256": row.digest, "best": row.best,
        "failed": row.failed, "stages": [stage.name for stage in stages],
    }  # fmt: skip


def _as_csv(rows: Sequence[Row]) -> str:
    swept, figures = _columns(rows)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["model", *swept, *figures, "sha256", "best", "failed"])
    for row in rows:
        writer.writerow([
            row.name, *(_plain(row.swept.get(name)) for name in swept), *(row.figures.get(name, "") for name in figures),
            row.digest, int(row.best), row.failed,
        ])  # fmt: skip
    return stream.getvalue()


def _columns(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    swept = list(dict.fromkeys(name for row in rows for name in row.swept))
    return swept, list(dict.fromkeys(name for row in rows for name in row.figures))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def table_lines(rows: Sequence[Row], by: str) -> list[str]:
    """Return the table for a terminal; ``*`` marks the best model."""
    swept, figures = _columns(rows)
    shown = [name for name in figures if name not in {"val_msse", "clipped"}]
    table = [["", "model", *(name.rpartition(".")[2] for name in swept), *shown]]
    for row in rows:
        cells = ["*" if row.best else "", row.name, *(_plain(row.swept.get(name)) for name in swept)]
        table.append(cells + [_figure(name, row.figures.get(name)) for name in shown])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place < 2 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ).rstrip()
        for cells in table
    ]  # fmt: skip
    lines += [f"{row.name}: no model: {row.failed}" for row in rows if row.failed]
    return [*lines, f"* best by {by}"] if by and len(rows) > 1 else lines


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
