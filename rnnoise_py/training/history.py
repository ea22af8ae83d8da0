"""What a run writes beside its weights: CSV, TensorBoard, curves."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from rnnoise_py.runs.atomic import atomic_path, write_text
from rnnoise_py.runs.progress import warn
from rnnoise_py.training.keras.tensorflow_import import load_tensorflow, tensorflow_installed

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


class TensorBoard(AbstractContextManager["TensorBoard"]):
    """Scalars of each epoch as TensorBoard events; does nothing when switched off or without TensorFlow."""

    def __init__(self, folder: Path, *, enabled: bool) -> None:
        self._writer: Any = None
        if enabled and not tensorflow_installed():
            warn("no TensorBoard logs: TensorFlow is not installed (pip install 'rnnoise-py[train]')")
        elif enabled:
            tf = load_tensorflow()
            self._writer = tf.summary.create_file_writer(os.fsencode(folder / "tensorboard"))

    def write(self, record: Mapping[str, float]) -> None:
        """Write one epoch's record."""
        if self._writer is None:
            return
        tf = load_tensorflow()
        # By hand: tf.summary.scalar needs the package tensorboard, which TensorFlow does not bring along.
        kind = tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars")
        metadata = tf.compat.v1.SummaryMetadata(plugin_data=kind)
        with self._writer.as_default(step=int(record["epoch"])):
            for name, value in record.items():
                if name != "epoch":
                    tf.summary.write(name, tf.constant(value, tf.float32), metadata=metadata)
        self._writer.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()


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
