"""``TrainingConfig``: everything that decides a run, typed, from TOML and into TOML."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rnnoise_py.errors import InputError
from rnnoise_py.model.sizes import NEEDED, STANDARD, layers_of_size
from rnnoise_py.runs.settings import (
    Known,
    Settings,
    force_option,
    known_fields,
    option,
    read_value,
    resume_option,
    seed_option,
    workers_option,
)
from rnnoise_py.runs.toml import from_toml, parse_toml, toml_value
from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.training.v01 import LOSS_FORMS, V0_1

if TYPE_CHECKING:
    from rnnoise_py.training.architecture import Architecture

CONFIG_NAME: Final = "config.toml"  #: of the configuration recorded in a run folder
SCHEDULES: Final = ("constant", "cosine", "exponential")
KEEP: Final = ("last", "best")
LANES: Final = (16, 8, 4)
ENGINE_NAMES: Final = ("auto", "numba", "tensorflow")

#: fields that may change when a run is resumed (rows are compared by digest). The others decide the weights from the
#: first step on, but for the rate, which may be lowered where a loss was no longer a number
CHANGEABLE: Final = frozenset(
    {
        *(
            "rows",
            "fly",
            "epoch_rows",
            "output",
            "run_folder",
            "epochs",
            "workers",
            "keep",
            "tensorboard",
            "patience",
            "initial",
        ),
        *("learning_rate", "schedule", "final_learning_rate"),
    }
)
#: fields that are of one call, not of a run
_OF_A_CALL: Final = frozenset(("resume", "force"))


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(Settings):
    """What to train, from what, how. Defaults are those of the v0.1 script.

    Raises
    ------
    InputError
        When a value cannot be used; the message says what can.
    """

    rows: tuple[Path, ...] = option(
        (), "HDF5, .f32, or the .json of shards.", positional=True, multiple=True, recipe=False
    )
    fly: tuple[Path, Path] | None = option(
        None,
        "Make the rows on the fly, new ones each epoch, and store none: clean speech and noise, files or folders.",
        metavar="CLEAN NOISE",
        decides=False,
        recipe=False,
    )
    epoch_rows: int | None = option(
        None, "Rows of an epoch of --fly.", minimum=1, default_text="one pass over CLEAN", decides=False, recipe=False
    )
    output: Path = option(
        Path("weights.hdf5"), "Keras HDF5 to write.", short="-o", metavar="PATH", decides=False, recipe=False
    )
    run_folder: Path | None = option(
        None,
        "Folder for checkpoints, logs and curves.",
        flag="run",
        default_text="OUTPUT with .run for its suffix",
        decides=False,
        recipe=False,
    )
    epochs: int = option(120, "Passes over the training windows.", minimum=1)
    batch: int = option(32, "Windows a step.", minimum=1)
    window: int = option(TRAINING_WINDOW, "Rows a window; the network's state is 0 at the start of each.", minimum=1)
    validation: float = option(0.1, "Share of the windows, from the end.", above=0, below=1)
    seed: int = seed_option("Seed of weights and shuffling.")
    learning_rate: float = option(1e-3, "Learning rate of Adam.", flag="lr", above=0)
    schedule: str = option("constant", "Course of the learning rate.", choices=SCHEDULES)
    final_learning_rate: float = option(1e-5, "Learning rate at the end of a schedule.", flag="final_lr", minimum=0)
    patience: int = option(
        0, "Stop after this many epochs without a better validation loss.", minimum=0, default_text="0: never"
    )
    keep: str = option("last", "Epoch whose weights are written.", choices=KEEP)
    loss: str = option(
        V0_1,
        "Loss as in v0.1, whose cross-entropies have their arguments exchanged; corrected; or linear: of the gains "
        "themselves, not their roots, which suppresses less; quiet: linear, and a gain too large counts double.",
        choices=tuple(LOSS_FORMS),
    )
    quantize_share: float = option(
        0.0,
        "Share of the epochs, from the end, trained through the rounding to int8.",
        minimum=0,
        maximum=1,
        default_text="0",
    )
    keras2_steps: bool = option(
        False, "Adam's bias correction with the step counter plus one, as Keras 2.3.1 does.", both=True
    )
    initial: Path | None = option(None, "Start from this model (any format).", flag="init")
    size: str | None = option(
        None,
        f"Neurons of the layers: {NEEDED} (dense layer, GRUs for VAD, noise and gains).",
        metavar="SIZE",
        default_text=f"that of --init, else {STANDARD}: 24,24,48,96",
    )
    activations: Mapping[str, str] = option(
        {}, "Another activation: tanh, relu or sigmoid.", flag="activation", metavar="LAYER=NAME"
    )
    engine: str = option("auto", "What computes: numba on the CPU, TensorFlow on a GPU.", choices=ENGINE_NAMES)
    workers: int | None = workers_option()
    lanes: int = option(LANES[0], "Windows a thread works on side by side: 8 or 4 use more cores.")
    tensorboard: bool = option(True, "Write TensorBoard logs.", default_text="yes", decides=False)
    resume: bool = resume_option()
    force: bool = force_option()

    def __post_init__(self) -> None:
        from rnnoise_py.training.architecture import complete_activations

        super().__post_init__()
        if self.fly is not None and self.rows:
            raise InputError("rows are read from files or made on the fly: give ROWS or --fly CLEAN NOISE, not both")
        if self.epoch_rows is not None and self.fly is None:
            raise InputError("--epoch-rows is the length of an epoch that is made on the fly: it needs --fly")
        if not self.rows and self.fly is None:
            raise InputError("no rows given: name an HDF5 or .f32 file that `rnnoise-py features` made")
        if self.lanes not in LANES:
            raise InputError(f"lanes {self.lanes}: needed is one of {', '.join(map(str, LANES))}")
        if self.schedule == "exponential" and self.final_learning_rate == 0:
            raise InputError("an exponential schedule needs a final learning rate above 0")
        complete_activations(self.activations)
        layers_of_size(self.size or STANDARD)

    @property
    def network(self) -> "Architecture":
        """Layers of the size that is trained; those of the usual one where none is named."""
        from rnnoise_py.training.architecture import architecture_of

        return architecture_of(self.size or STANDARD)

    @property
    def folder(self) -> Path:
        """The run folder."""
        return run_folder_of(vars(self))

    def plain(self) -> dict[str, Any]:
        """Return what describes the run as JSON and TOML can hold it; fields that are None are left out."""
        content = {name: _plain(getattr(self, name)) for name in known_fields(type(self)) if name not in _OF_A_CALL}
        return {name: value for name, value in content.items() if value is not None}

    def fixed(self) -> dict[str, Any]:
        """Return the values that a run must have when it is resumed, by the words of their options."""
        fixed = {
            one.word: _plain(getattr(self, one.name))
            for one in known_fields(type(self)).values()
            if one.name not in CHANGEABLE | _OF_A_CALL
        }
        return fixed | {"size": self.network.size}  # whichever way it was named

    def to_toml(self) -> str:
        """Return the configuration as TOML, complete: reading it gives an equal object."""
        content = self.plain()
        activations = content.pop("activations")
        lines = [f"{name} = {toml_value(value)}" for name, value in content.items()]
        if activations:
            lines += ["", "[activations]", *(f"{name} = {toml_value(value)}" for name, value in activations.items())]
        return "\n".join(lines) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def run_folder_of(settings: Mapping[str, Any]) -> Path:
    """Return the run folder that settings mean: ``run_folder``, else ``output`` with the suffix ``.run``."""
    given = settings.get("run_folder")
    return Path(given) if given else Path(settings.get("output", TrainingConfig.output)).with_suffix(".run")


def _known_words() -> dict[str, Known]:
    """Fields by their names and by the words of their options."""
    known = {name: one for name, one in known_fields(TrainingConfig).items() if name not in _OF_A_CALL}
    return known | {one.word.replace("-", "_"): one for one in known.values()}


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file's fields for :class:`TrainingConfig`; raise :class:`InputError` naming a wrong one.

    A field may be called by its name or by its option (``learning_rate`` or ``lr``).
    """
    _, content = parse_toml(path)
    words = _known_words()
    read: dict[str, Any] = {}
    for name, value in content.items():
        one = words.get(name.replace("-", "_"))
        if one is None:
            near = difflib.get_close_matches(name.replace("-", "_"), words, n=1, cutoff=0)
            raise InputError(f"{path} has no setting {name!r}: the nearest is {near[0]}")
        if one.name in read:
            raise InputError(f"{path}: {name} is given twice ({one.name} and {one.word} are the same)")
        if one.many != isinstance(value, list):
            raise InputError(f"{path}: {name} = {value!r}: needed is {one.needed}")
        read[one.name] = read_value(one, from_toml(value), name=f"{path}: {name} =")
    return read


def load_config(path: Path, **changes: Any) -> TrainingConfig:
    """Read a configuration from a TOML file, some fields replaced."""
    read = read_toml(path)
    if changes.get("fly"):  # in the place of rows
        read.pop("rows", None)
    content = {**read, **changes}
    if not content.get("rows") and not content.get("fly"):
        raise InputError(f'{path} names no rows: add `rows = ["training.h5"]` or name them on the command line')
    return TrainingConfig(**content)
