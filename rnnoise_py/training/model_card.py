"""The model card of a run: what a model was made from, how, and what came of it, as Markdown."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rnnoise_py.model.sizes import STANDARD
from rnnoise_py.names import printable
from rnnoise_py.runs.atomic import write_text
from rnnoise_py.runs.provenance import read_manifest
from rnnoise_py.spec.constants import FRAME_MS
from rnnoise_py.training.architecture import architecture_of

CARD_NAME: Final = "model_card.md"
_FIGURES: Final = ("loss", "gain_loss", "vad_loss", "msse", "vad_accuracy")
_SHOWN: Final = (
    "epochs",
    "batch",
    "window",
    "validation",
    "seed",
    "learning_rate",
    "schedule",
    "loss",
    "size",
    "keras2_steps",
    "activations",
    "initial",
    "keep",
)


def card_text(
    record: Mapping[str, Any], kept: Mapping[str, float], seconds: float, quantization: Mapping[str, Any]
) -> str:
    """Return the card's text from a run's record, the kept epoch's figures and the quantization report."""
    data, config, versions = record["data"], record["config"], record["versions"]
    rows, made = sum(file["rows"] for file in data["files"]), ""
    if "fly" in data:
        rows = data["windows"] * data["window"]
        clean, noise = (Path(data["fly"][role]).name for role in ("clean", "noise"))
        made = f", new ones each epoch, made on the fly of `{clean}` and `{noise}` (digest `{data['digest']}`)"
    lines = [
        "# Model card",
        "",
        "A noise suppressor for 48 kHz speech in the RNNoise v0.1 format "
        f"({architecture_of(config.get('size') or STANDARD).parameters:,} int8 parameters).",
        f"Digest of the packed model: `{quantization['model_digest']}`.",
        "",
        "## Data",
        f"{rows:,} rows of {FRAME_MS} ms ({rows * FRAME_MS / 3_600_000:.1f} h){made}: {record['training_windows']} "
        f"training and {record['validation_windows']} validation windows of {data['window']} rows.",
        *(
            f"- `{Path(file['path']).name}`: {file['rows']:,} rows, sha256 `{file['row_sha256']}`"
            for file in data["files"]
        ),
        "",
        "## Recipe",
        *(f"- {name}: {printable(str(config[name]))}" for name in _SHOWN if config.get(name) not in (None, {})),
        f"- engine: {record['engine']}, {seconds / 60:.1f} minutes",
        f"- versions: {', '.join(f'{name} {number}' for name, number in versions.items())}",
        "",
        f"## Figures of epoch {int(kept['epoch'])}",
        "| | training | validation |",
        "|---|---|---|",
        *(f"| {name} | {kept[name]:.4f} | {kept[f'val_{name}']:.4f} |" for name in _FIGURES),
        "",
        f"Quantization: {quantization['clipped']} weights clipped, largest error {quantization['largest_error']:.6f}; "
        f"validation loss of the int8 model {quantization['int8_val_loss']:.4f}{_before(quantization)}.",
    ]
    return "\n".join(lines) + "\n"


def _before(quantization: Mapping[str, Any]) -> str:
    """Say what the loss was of the model that the run started from."""
    initial = quantization.get("initial_val_loss")
    return "" if initial is None else f", of the one that training started from {initial:.4f}"


def write_card(
    folder: Path, record_name: str, history: Sequence[Mapping[str, float]], epoch: int, quantization: Mapping[str, Any]
) -> None:
    """Write ``model_card.md`` into a run folder; ``epoch`` is the one whose weights were kept."""
    kept = next(record for record in history if record["epoch"] == epoch)
    seconds = sum(record["seconds"] for record in history)
    record = read_manifest(folder / record_name)
    write_text(folder / CARD_NAME, card_text(record, kept, seconds, quantization))
