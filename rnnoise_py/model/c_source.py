"""Reader of ``rnn_data.c``: the int8 arrays and layer structs of a C source, however it is laid out.

Only what such a file holds is understood: arrays of integers, structs of names, integers and activation macros,
``#define NAME integer``. Comments, qualifiers, line breaks and names of arrays do not matter; the layer structs say
which array is what. Forks put words in front of types, layers and macros (``MineDenseLayer mine_input_dense``), so the
ends of names count. What the source includes is read where it lies in the same folder.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model import other_files
from rnnoise_py.model.c_includes import Includes
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.sequence import LARGEST_COUNT
from rnnoise_py.model.topology import GRU_GATES, LAYER_NAMES, SPEC, Activation, LayerSpec
from rnnoise_py.spec.constants import MAX_NEURONS

_POINT_NOTE: Final = "sizes have a decimal point (24.0); read as integers, as the C compiler does"
_REMEDY: Final = "give the rnn_data.c of a v0.1 tree, or export the model again (rnnoise-py export WEIGHTS -o DIR)"
_DEFINE: Final = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\(?([+-]?\w+)\)?[ \t]*$", re.MULTILINE)
_DIRECTIVE: Final = re.compile(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*$", re.MULTILINE)
_SPACE: Final = re.compile(r"\s+")
_DEFINITION: Final = re.compile(r"\b(\w+) ?(\[[^\[\]=;{}]*\])? ?= ?\{([^{}]*)\} ?;")  # white space is single by then
_LONGEST_HEAD: Final = 200  # characters in front of a name in which its type is looked for
_MOST_VALUES: Final = 2 * GRU_GATES * MAX_NEURONS * MAX_NEURONS  # of an array that can be of a model
_INT8_TYPE: Final = re.compile(r"\w*(?:rnn_weight|int8_t|int8|char|s8)")
_LAYER_TYPE: Final = re.compile(r"\w*?(DenseLayer|GRULayer)")
_LAYER_NAME: Final = re.compile(rf"(?:\w*_)?({'|'.join(LAYER_NAMES)})")
_ACTIVATION: Final = re.compile(r"(?:\w*_|\w*activation)?(tanh|sigmoid|relu)", re.IGNORECASE)
_SIZE: Final = re.compile(r"(\d+)\.0*[fF]?")  # Python 3's division in scripts of old
_MEMBER: Final = re.compile(r"\. ?(\w+) ?= ?(.+)")
_V02_NAMES: Final = re.compile(r"\b(?:conv1|gru1|dense_out)_\w*(?:weights|bias)|\bWeightArray\b")


@dataclass
class _Layer:
    label: str
    kind: str  #: ``DenseLayer`` or ``GRULayer``
    items: list[str]


@dataclass
class _Source:
    arrays: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    layers: dict[str, _Layer] = field(default_factory=dict)
    macros: dict[str, int] = field(default_factory=dict)
    values: int = 0
    has_point: bool = False  #: a size is written with a decimal point


def looks_like_c(text: str) -> bool:
    """Whether a text could be a C source or header."""
    stripped = text.lstrip("\ufeff \t\r\n")
    return stripped.startswith(("/*", "//", "#")) or "{" in text or "struct " in text


def parse_c(text: str, name: str, path: Path | None = None) -> tuple[Int8Model, tuple[str, ...]]:
    """Read the model out of a C source.

    Parameters
    ----------
    text
        The source.
    name
        What to call it in errors.
    path
        Where it lies: what it includes is looked for beside it; None: nowhere.

    Returns
    -------
    tuple
        The model, and what was odd about the source.

    Raises
    ------
    ModelError
        When it holds no such model, an array is missing, no int8, or a layer does not fit.
    """
    includes = Includes(path)
    code = includes.expand(text)
    source = _scan(code, name)
    missing = [layer for layer in LAYER_NAMES if layer not in source.layers]
    if missing:
        raise ModelError(_what_is_missing(code, name, missing, includes))
    try:
        model = Int8Model.from_layers(_layer(source, SPEC[layer], includes) for layer in LAYER_NAMES)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None
    return model, (_POINT_NOTE,) if source.has_point else ()


def _what_is_missing(code: str, name: str, missing: list[str], includes: Includes) -> str:
    if _V02_NAMES.search(code):
        what, remedy = other_files.V02_SOURCE
        return f"{name} holds {what}: {remedy}"
    remedy = includes.remedy or _REMEDY
    if len(missing) == len(LAYER_NAMES):
        what = "a header" if "struct RNNModel" in code and "=" not in code else "a C source"
        return f"{name} is {what} without the layers of a v0.1 model (DenseLayer, GRULayer): {remedy}"
    return f"{name} lacks the layers {', '.join(missing)}; needed are {', '.join(LAYER_NAMES)}: {remedy}"


def _scan(code: str, name: str) -> _Source:
    source = _Source()
    for macro, value in _DEFINE.findall(code):
        number = _integer(value, source)
        if number is not None:
            source.macros.setdefault(macro, number)
    code = _SPACE.sub(" ", _DIRECTIVE.sub(" ", code))
    for match in _DEFINITION.finditer(code):
        label, brackets, body = match.groups()
        head = code[max(0, match.start() - _LONGEST_HEAD) : match.start()]
        words = re.split(r"[;}]", head)[-1].split()
        if brackets:
            if any(map(_INT8_TYPE.fullmatch, words)) and "unsigned" not in words:
                _keep_array(source, label, body, name)
            continue
        kinds = [found[1] for found in map(_LAYER_TYPE.fullmatch, words) if found]
        layer = _LAYER_NAME.fullmatch(label)
        if kinds and layer:
            _keep_layer(source, layer[1], _Layer(label, kinds[0], _items(body)), name)
    return source


def _items(body: str) -> list[str]:
    items = [item.strip() for item in body.split(",")]
    if items and not items[-1]:
        items.pop()  # a trailing comma
    return items


def _keep_layer(source: _Source, layer: str, found: _Layer, name: str) -> None:
    if layer in source.layers:
        other = source.layers[layer].label
        labels = f"{layer} twice" if other == found.label else f"{layer} twice ({other}, {found.label})"
        raise ModelError(f"{name} defines {labels}: {_REMEDY}")
    source.layers[layer] = found


def _keep_array(source: _Source, label: str, body: str, name: str) -> None:
    if label in source.arrays:
        raise ModelError(f"{name} defines {label} twice: {_REMEDY}")
    count = body.count(",") + 1
    source.values += count
    if count > _MOST_VALUES or source.values > 2 * LARGEST_COUNT:
        raise ModelError(f"{name}: {label} makes more values than any model has: {_REMEDY}")
    items = _items(body)
    numbers = np.empty(len(items), dtype=np.int64)
    for i, item in enumerate(items):
        value = _integer(item, source)
        if value is None or not -(2**31) <= value < 2**31:
            raise ModelError(f"{name}: {label}[{i}] is {item[:20]!r}; needed are int8 integers: {_REMEDY}")
        numbers[i] = value
    source.arrays[label] = numbers


def _integer(text: str, source: _Source) -> int | None:
    sign, digits = (-1, text[1:].strip()) if text.startswith("-") else (1, text.removeprefix("+").strip())
    if digits in source.macros:
        return sign * source.macros[digits]
    if not digits[:1].isdigit():
        return None
    try:
        return sign * int(digits, 8 if re.fullmatch("0[0-7]+", digits) else 0)
    except ValueError:
        return None


def _layer(source: _Source, spec: LayerSpec, includes: Includes) -> Int8Layer:
    found = source.layers[spec.name]
    if found.kind != spec.c_type:
        raise ModelError(f"layer {spec.name} is a {found.kind}; needed is a {spec.c_type}: {_REMEDY}")
    names = spec.c_pointers
    items = _in_order(found.items, spec)
    if len(items) != len(names) + 3:
        raise ModelError(f"layer {spec.name} has {len(items)} members; needed are {len(names) + 3}: {_REMEDY}")
    arrays = {}
    for what, item in zip(names, items, strict=False):
        label = item.removeprefix("&").removesuffix("[0]").strip()
        if label not in source.arrays:
            remedy = includes.remedy or _REMEDY
            raise ModelError(f"layer {spec.name} refers to {label}, which is no int8 array of this file: {remedy}")
        arrays[what] = source.arrays[label]
    inputs, neurons = (
        _size(item, what, spec, source)
        for item, what in zip(items[len(names) : -1], ("inputs", "neurons"), strict=True)
    )
    return Int8Layer.build(spec.name, inputs, neurons, _activation(items[-1], spec, source), **arrays)


def _in_order(items: list[str], spec: LayerSpec) -> list[str]:
    """Bring members that are given by name (``.bias = …``) into the order of the struct."""
    named = [_MEMBER.fullmatch(item) for item in items]
    given = {match[1]: match[2] for match in named if match is not None}
    if len(given) != len(items):
        return items
    arrays = {"bias": "bias", "weights": "input_weights", "recurrent_weights": "recurrent_weights"}
    members = [*(arrays[what] for what in spec.c_pointers), "nb_inputs", "nb_neurons", "activation"]
    return [given[member] for member in members] if given.keys() == set(members) else items


def _size(item: str, what: str, spec: LayerSpec, source: _Source) -> int:
    with_point = _SIZE.fullmatch(item)
    size = _integer(with_point[1] if with_point else item, source)
    source.has_point |= with_point is not None
    if size is None:
        raise ModelError(f"layer {spec.name} has {item[:20]!r} {what}; needed is an integer: {_REMEDY}")
    return size


def _activation(item: str, spec: LayerSpec, source: _Source) -> Activation:
    where = f"layer {spec.name}"
    number = _integer(item, source)
    if number is not None:
        return Activation.from_id(number, where)
    known = _ACTIVATION.fullmatch(item)
    return Activation.from_label(known[1].lower() if known else item.rpartition("ACTIVATION_")[2].lower(), where)
