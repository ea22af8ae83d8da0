"""``TrainingConfig``: everything that decides a run, typed, from TOML and into TOML."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from rnnoise_py.errors import DependencyError, InputError
from rnnoise_py.spec.constants import TRAINING_WINDOW
from rnnoise_py.training.v01 import LOSS_FORMS, V0_1

_NO_TEXT: Final = re.compile("[\udc80-\udcff]")  # bytes of names that are no UTF-8, as Python has them
_ESCAPED: Final = re.compile("\0([0-9a-f]{2})")  # the same in TOML
CONFIG_NAME: Final = "config.toml"  #: of the configuration recorded in a run folder

SCHEDULES: Final = ("constant", "cosine", "exponential")
KEEP: Final = ("last", "best")
LANES: Final = (16, 8, 4)
ENGINE_NAMES: Final = ("auto", "numba", "tensorflow")

#: fields that may change when a run is resumed; the others decide the weights (rows are compared by digest)
CHANGEABLE: Final = frozenset(
    ("rows", "output", "run_folder", "epochs", "workers", "keep", "tensorboard", "patience", "initial")
)


@dataclass(frozen=True)
class TrainingConfig:
    """What to train, from what, how. Defaults are those of the v0.1 script.

    Raises
    ------
    InputError
        When a value cannot be used; the message says what can.
    """

    rows: tuple[Path, ...]  #: HDF5, ``.f32`` or manifests of shards
    output: Path = Path("weights.hdf5")  #: Keras HDF5 to write
    run_folder: Path | None = None  #: checkpoints, logs, curves; None: ``output`` with ``.run`` for its suffix
    epochs: int = 120
    batch: int = 32  #: windows a step
    window: int = TRAINING_WINDOW  #: rows; the network's state is 0 at the start of each
    validation: float = 0.1  #: share of the windows, taken from the end
    seed: int = 1  #: of initial weights and shuffling
    learning_rate: float = 1e-3
    schedule: str = "constant"  #: or cosine, exponential: from ``learning_rate`` to ``final_learning_rate``
    final_learning_rate: float = 1e-5
    patience: int = 0  #: epochs without a better validation loss before stopping; 0 = never
    keep: str = "last"  #: weights that are written at the end: of the last or of the best epoch
    loss: str = V0_1  #: or another of LOSS_FORMS
    quantize_share: float = 0.0  #: of the epochs, from the end: losses are those of the weights rounded to int8
    keras2_steps: bool = False  #: Adam's bias correction as Keras 2.3.1 computes it
    initial: Path | None = None  #: model of any format to start from
    activations: Mapping[str, str] = field(default_factory=dict)  #: by layer, where not the default
    engine: str = "auto"  #: numba (CPU), tensorflow, or auto
    workers: int | None = None  #: threads; None = all cores. The result is the same
    lanes: int = 16  #: windows a thread works on side by side (numba); 8 or 4 share a batch among more cores
    tensorboard: bool = True  #: write TensorBoard logs

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(Path(path) for path in self.rows))
        object.__setattr__(self, "output", Path(self.output))
        object.__setattr__(self, "run_folder", run_folder_of(vars(self)))
        object.__setattr__(self, "initial", Path(self.initial) if self.initial else None)
        object.__setattr__(self, "activations", dict(self.activations))
        if not self.rows:
            raise InputError("no rows given: name an HDF5 or .f32 file that `rnnoise-py features` made")
        for name in ("epochs", "batch", "window"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)}: needed is 1 or more")
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers {self.workers}: needed is 1 or more")
        if self.lanes not in LANES:
            raise InputError(f"lanes {self.lanes}: choose among {', '.join(map(str, LANES))}")
        if not 0 < self.validation < 1:
            raise InputError(f"validation {self.validation}: needed is a share between 0 and 1")
        if not 0 <= self.quantize_share <= 1:
            raise InputError(f"quantize_share {self.quantize_share}: needed is a share between 0 and 1")
        if self.seed < 0 or self.patience < 0:
            raise InputError("seed and patience cannot be negative")
        if not 0 < self.learning_rate < math.inf:
            raise InputError(f"learning rate {self.learning_rate}: needed is a number above 0")
        if not 0 <= self.final_learning_rate < math.inf:
            raise InputError(f"final learning rate {self.final_learning_rate}: needed is 0 or a number above")
        for name, allowed in (
            ("loss", tuple(LOSS_FORMS)),
            ("schedule", SCHEDULES),
            ("keep", KEEP),
            ("engine", ENGINE_NAMES),
        ):
            if getattr(self, name) not in allowed:
                raise InputError(f"{name} {getattr(self, name)!r}: choose among {', '.join(allowed)}")
        if self.schedule == "exponential" and self.final_learning_rate == 0:
            raise InputError("an exponential schedule needs a final learning rate above 0")

    @property
    def folder(self) -> Path:
        """The run folder."""
        assert self.run_folder is not None
        return self.run_folder

    def plain(self) -> dict[str, Any]:
        """Return the configuration as JSON and TOML can hold it; fields that are None are left out."""
        content = {name: value for name, value in asdict(self).items() if value is not None}
        content["rows"] = [str(path) for path in self.rows]
        for name in ("output", "run_folder", "initial"):
            if name in content:
                content[name] = str(content[name])
        return content

    def to_toml(self) -> str:
        """Return the configuration as TOML, complete: reading it gives an equal object."""
        content = self.plain()
        activations = content.pop("activations")
        lines = [f"{name} = {_toml(value)}" for name, value in content.items()]
        if activations:
            lines += ["", "[activations]", *(f"{name} = {_toml(value)}" for name, value in activations.items())]
        return "\n".join(lines) + "\n"

    @staticmethod
    def differences_allowed(name: str) -> bool:
        """Whether a resumed run may have another value of this field."""
        return name in CHANGEABLE

    def with_changes(self, **changes: Any) -> "TrainingConfig":
        """Make a copy with some fields replaced."""
        return replace(self, **changes)


def run_folder_of(settings: Mapping[str, Any]) -> Path:
    """Return the run folder that settings mean: ``run_folder``, else ``output`` with the suffix ``.run``."""
    given = settings.get("run_folder")
    return Path(given) if given else Path(settings.get("output", TrainingConfig.output)).with_suffix(".run")


def _toml(value: Any) -> str:
    """Write strings, numbers, booleans, lists of strings: as in JSON, but for what TOML cannot hold.

    Bytes of names that are no UTF-8 are written as NUL, which no name has, and two digits.
    """
    text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return _NO_TEXT.sub(lambda found: f"\\u0000{ord(found[0]) & 0xFF:02x}", text)


def _from_toml(value: Any) -> Any:
    """Undo :func:`_toml` for what a TOML reader gave."""
    if isinstance(value, list):
        return [_from_toml(item) for item in value]
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(0xDC00 | int(found[1], 16)), value)
    return value


def parse_toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Read a TOML file: its bytes and its content; raise :class:`InputError` when it is missing or not TOML."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        try:
            import tomli as tomllib  # type: ignore[no-redef,import-not-found,unused-ignore]
        except ImportError:
            raise DependencyError("reading TOML needs tomli on Python 3.10: pip install 'rnnoise-py[train]'") from None
    try:
        raw = path.read_bytes()
        content: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not TOML ({error})") from error
    return raw, content


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file's fields for :class:`TrainingConfig`; raise :class:`InputError` naming a wrong one."""
    _, content = parse_toml(path)
    known = {item.name: item for item in fields(TrainingConfig)}
    for name, value in content.items():
        if name not in known:
            raise InputError(f"{path}: no setting {name!r}; known are {', '.join(known)}")
        _check_type(path, name, value, getattr(TrainingConfig, name, None))
    return {name: _from_toml(value) for name, value in content.items()}


def _check_type(path: Path, name: str, value: Any, default: Any) -> None:
    if name == "rows":
        good = isinstance(value, list) and all(isinstance(item, str) for item in value)
    elif name == "activations":
        good = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    elif isinstance(default, bool):
        good = isinstance(value, bool)
    elif isinstance(default, int) or name == "workers":
        good = isinstance(value, int) and not isinstance(value, bool)
    elif isinstance(default, float):
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    else:
        good = isinstance(value, str)
    if not good:
        raise InputError(f"{path}: {name} = {value!r} has the wrong type")


def load_config(path: Path, **changes: Any) -> TrainingConfig:
    """Read a configuration from a TOML file, some fields replaced."""
    content = {**read_toml(path), **changes}
    if "rows" not in content:
        raise InputError(f'{path} names no rows: add `rows = ["training.h5"]` or name them on the command line')
    return TrainingConfig(**content)
