"""One model of a recipe: where its files are, and the artefacts that lead to it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnnoise_py.recipe.artefact import Artefact
from rnnoise_py.recipe.document import Combination

ROWS, WEIGHTS, RUN = "rows.h5", "weights.hdf5", "run"
MODEL_TEXT, MODEL_PACKED = f"{RUN}/model.rnnn", f"{RUN}/model.rnn"
HISTORY, QUANTIZATION, RECORD = "history.csv", "quantization.json", "run.json"  # in RUN
FIGURES: Final = tuple(f"{RUN}/{name}" for name in (HISTORY, QUANTIZATION, RECORD))  #: what the table is made of
MODEL_FOLDER: Final = "model"


@dataclass(frozen=True)
class Model:
    """One model of a recipe and the artefacts that lead to it."""

    combination: Combination
    training: tuple[Artefact, ...]  #: train, and finetune where the recipe has it
    export: Artefact
    artefacts: tuple[Artefact, ...]  #: all that it is made from, in the order of the data, and its export
    leaves: tuple[Artefact, ...]  #: what nothing else follows from: a check, a library, denoised clips
    evaluation: Artefact | None  #: noisy and clean clips to judge by

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.combination.name

    @property
    def text(self) -> Path:
        """The int8 model as text."""
        return self.training[-1].folder / MODEL_TEXT

    @property
    def packed(self) -> Path:
        """The int8 model, packed."""
        return self.training[-1].folder / MODEL_PACKED

    @property
    def weights(self) -> Path:
        """The Keras weights."""
        return self.training[-1].folder / WEIGHTS
