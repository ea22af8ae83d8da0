"""What a run writes beside its weights: CSV and curves."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rnnoise_py.runs.atomic import atomic_path, write_text

CSV_NAME: Final = "history.csv"

#: columns of a record, in order; ``val_`` is validation
COLUMNS: Final = (
    "epoch",
    "loss",
    "gain_loss",
    "vad_loss",
    "msse",
    "vad_accuracy",
    "val_loss",
    "val_gain_loss",
    "val_vad_loss",
    "val_msse",
    "val_vad_accuracy",
    "learning_rate",
    "seconds",
    "rows_per_second",
)


def write_csv(folder: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write the whole history, atomically: after a resumed run it has each epoch once."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    write_text(folder / CSV_NAME, stream.getvalue())


_CURVES: Final = (
    ("loss", "total loss"),
    ("gain_loss", "gain loss"),
    ("msse", "msse"),
    ("vad_accuracy", "VAD accuracy"),
)


def curves_figure(history: Sequence[Mapping[str, float]]) -> Any:
    """Curves of a history as a matplotlib figure; ``ImportError`` where matplotlib is missing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    FigureCanvasAgg(figure)
    epochs = [record["epoch"] for record in history]
    for axes, (name, title) in zip(figure.subplots(2, 2).flat, _CURVES, strict=True):
        axes.plot(epochs, [record[name] for record in history], label="training")
        axes.plot(epochs, [record[f"val_{name}"] for record in history], label="validation")
        axes.set(title=title, xlabel="epoch")
        axes.grid(alpha=0.3)
    figure.axes[0].legend()
    return figure


def draw_curves(folder: Path, history: Sequence[Mapping[str, float]]) -> list[Path]:
    """Draw the curves as ``curves.png`` and ``curves.svg``; an empty list where matplotlib is missing."""
    try:
        figure = curves_figure(history)
    except ImportError:
        return []
    paths = [folder / "curves.png", folder / "curves.svg"]
    for path in paths:
        with atomic_path(path) as temporary:
            figure.savefig(temporary, format=path.suffix[1:], dpi=120)
    return paths
