"""Reader of Keras weights in HDF5: Keras 2 and 3, whole models and weights alone, by layer name.

Keras 2 nests ``[model_weights/]<layer>/<layer>[_1]/kernel:0``, Keras 3 ``…/gru_cell/kernel`` or, in
``.weights.h5`` files, ``layers/gru_1/cell/vars/0`` with the layer's name in an attribute (or nowhere: then
the shapes tell). Arrays are found by their names at any depth.
"""

import itertools
from dataclasses import dataclass, field
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model import other_files
from rnnoise_py.model.float_model import FloatModel, float_model
from rnnoise_py.model.hdf5_arrays import StoredArray, group_at, stored_arrays, text_attribute
from rnnoise_py.model.hdf5_heaps import heap_fault
from rnnoise_py.model.keras_config import activations_from_config
from rnnoise_py.model.topology import GRU_GATES, KERAS_NAMES, LAYERS, SPEC, Activation, check_chain
from rnnoise_py.spec.constants import MAX_NEURONS
from rnnoise_py.spec.layout import ROWS_DATASET

ArrayGroup = dict[str, npt.NDArray[Any]]
_ARRAYS: Final = tuple(KERAS_NAMES.values())
_OPTIMIZERS: Final = frozenset({"optimizer", "optimizer_weights"})
_CELLS: Final = frozenset({"cell", "gru_cell"})
_LARGEST_ARRAY: Final = 4 * GRU_GATES * MAX_NEURONS * MAX_NEURONS  # values; more is refused before it is read
_MOST_ARRAYS: Final = 4 * sum(len(spec.array_names) for spec in LAYERS)  # that are read
_LONGEST_LABEL: Final = 64  # characters of a layer's name in a message


@dataclass
class _Found:
    named: dict[str, ArrayGroup] = field(default_factory=dict)
    unnamed: dict[str, dict[int, npt.NDArray[Any]]] = field(default_factory=dict)
    rows: bool = False  #: there is an array as files of training rows have it
    count: int = 0

    def read(self, array: StoredArray, name: str) -> npt.NDArray[Any]:
        """Read one of the few arrays that a model has."""
        self.count += 1
        if self.count > _MOST_ARRAYS:
            raise ModelError(f"it has more than {_MOST_ARRAYS} arrays of weights: give a model of the v0.1 network")
        return array.read(_LARGEST_ARRAY, name)


def read_keras_stream(stream: IO[bytes], name: str, config: str | bytes | None = None) -> FloatModel:
    """Read Keras weights from an open HDF5 file.

    Parameters
    ----------
    stream
        The file, open for reading.
    name
        What to call it in errors.
    config
        Keras's JSON description when it lies elsewhere (``.keras`` archives); otherwise the file's own
        ``model_config`` is used if there is one.

    Raises
    ------
    ModelError
        On a damaged file and on weights that the C library cannot use.
    """
    import h5py

    fault = heap_fault(stream.read())
    if fault:
        raise ModelError(f"{name} is a damaged or truncated HDF5 file ({fault}): copy or save it again")
    try:
        with h5py.File(stream, "r") as file:
            if config is None:
                config = text_attribute(file.id, "model_config")
            found = _collect(file)
        activations: dict[str, Activation] = {} if config is None else activations_from_config(config, name)
        if found.rows and not found.unnamed and not SPEC.keys() & found.named.keys():
            what, remedy = other_files.ROWS
            raise ModelError(f"{name} holds {what}, no model: {remedy}")
        model = float_model({**found.named, **_by_shape(found)}, activations or None)
    except ModelError as error:
        text = str(error)
        raise ModelError(text if text.startswith(name) else f"{name}: {text}") from None
    except Exception as error:  # damage shows as OSError, RuntimeError, KeyError, TypeError and many more
        raise ModelError(
            f"{name} is a damaged or truncated HDF5 file ({' '.join(str(error).split())[:80]}): copy or save it again"
        ) from error
    return model


def _collect(file: Any) -> _Found:
    found = _Found()
    for array in stored_arrays(file, _OPTIMIZERS):
        *parents, last = array.path.split("/")
        what = last.partition(":")[0]
        if what in _ARRAYS:
            _keep_named(found, _layer_name(parents), what, array)
        elif what.isdecimal() and len(what) < 3 and parents and parents[-1] == "vars":
            _keep_numbered(found, file, parents[:-1], int(what), array)
        found.rows |= array.path == ROWS_DATASET
    return found


def _keep_named(found: _Found, layer: str, what: str, array: StoredArray) -> None:
    arrays = found.named.setdefault(layer[:_LONGEST_LABEL], {})
    if what in arrays:
        raise ModelError(f"{array.path} is the second {what} of layer {layer}: save one model without wrappers")
    if layer in SPEC:
        arrays[what] = found.read(array, f"{layer}.{what}")


def _keep_numbered(found: _Found, file: Any, parents: list[str], number: int, array: StoredArray) -> None:
    if parents and parents[-1] in _CELLS:
        parents = parents[:-1]
    label = next((part for part in parents if part in SPEC), None)
    if label is None:
        variables = group_at(file, [*parents, "vars"])
        label = None if variables is None else text_attribute(variables, "name")
    if label is None:
        found.unnamed.setdefault("/".join(parents), {})[number] = found.read(array, array.path)
        return
    is_gru = SPEC[label].is_gru if label in SPEC else _is_recurrent(parents)
    names = _arrays_of(is_gru)
    if number < len(names):
        _keep_named(found, label, names[number], array)


def _arrays_of(is_gru: bool) -> tuple[str, ...]:
    return next(spec.keras_names for spec in LAYERS if spec.is_gru is is_gru)


def _is_recurrent(parents: list[str]) -> bool:
    return bool(parents) and parents[-1].startswith("gru")


def _layer_name(parents: list[str]) -> str:
    for part in parents:
        if part in SPEC:
            return part
    rest = [part for part in parents if part != "model_weights"]
    return rest[0] if rest else "(root)"


def _by_shape(found: _Found) -> dict[str, ArrayGroup]:
    """Name the layers of a file that carries no names, by the one assignment whose sizes chain."""
    layers = [[arrays[i] for i in sorted(arrays)] for arrays in found.unnamed.values()]
    grus = [a for a in layers if len(a) == len(_ARRAYS)]
    dense = [a for a in layers if len(a) == len(_ARRAYS) - 1]
    specs_gru = [spec for spec in LAYERS if spec.is_gru]
    specs_dense = [spec for spec in LAYERS if not spec.is_gru]
    if found.named or len(grus) != len(specs_gru) or len(dense) != len(specs_dense):
        return {}
    fitting: list[dict[str, ArrayGroup]] = []
    for gru_order in itertools.permutations(grus):
        for dense_order in itertools.permutations(dense):
            named = dict(zip((s.name for s in specs_gru + specs_dense), gru_order + dense_order, strict=True))
            if _chains(named):
                fitting.append({n: dict(zip(SPEC[n].keras_names, a, strict=True)) for n, a in named.items()})
    if len(fitting) != 1:
        return {}
    return fitting[0]


def _chains(named: dict[str, list[npt.NDArray[Any]]]) -> bool:
    if any(np.ndim(arrays[0]) != 2 for arrays in named.values()):
        return False
    try:
        check_chain({n: (a[0].shape[0], a[0].shape[1] // SPEC[n].gates) for n, a in named.items()})
    except ModelError:
        return False
    return True
