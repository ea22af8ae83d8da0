"""Reader of ``rnn_data.c``: the int8 arrays and layer structs of a C source, however it is laid out.

Only what such a file holds is understood: arrays of integers, structs of names, integers and activation
macros, ``#define NAME integer``. Comments, qualifiers, line breaks and names of arrays do not matter; the
layer structs say which array is what.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from rnnoise_py.errors import ModelError
from rnnoise_py.model.int8 import Int8Layer, Int8Model
from rnnoise_py.model.topology import LAYER_NAMES, SPEC, Activation

_REMEDY = "give the rnn_data.c of a v0.1 tree, or export the model again (rnnoise-py export WEIGHTS -o DIR)"
# Comments and strings; what is not closed runs to the end, so that no input is scanned twice.
_COMMENT = re.compile(r'/\*.*?(?:\*/|\Z)|//[^\n]*|"(?:\\.|[^"\\\n])*"?', re.DOTALL)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+\(?([+-]?\w+)\)?[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*(?:\\\n[^\n]*)*$", re.MULTILINE)
_SPACE = re.compile(r"\s+")
_DEFINITION = re.compile(r"\b(\w+) ?(\[[^\[\]=;{}]*\])? ?= ?\{([^{}]*)\} ?;")  # white space is single by then
_LONGEST_HEAD = 200  # characters in front of a name in which its type is looked for
_INT8_TYPES = frozenset({"rnn_weight", "int8_t", "char"})
_LAYER_TYPES = frozenset({"DenseLayer", "GRULayer"})


@dataclass
class _Source:
    arrays: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    layers: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    macros: dict[str, int] = field(default_factory=dict)


def looks_like_c(text: str) -> bool:
    """Whether a text could be a C source or header."""
    stripped = text.lstrip("\ufeff \t\r\n")
    return stripped.startswith(("/*", "//", "#")) or "{" in text or "struct " in text


def parse_c(text: str, name: str) -> Int8Model:
    """Read the model out of a C source.

    Parameters
    ----------
    text
        The source.
    name
        What to call it in errors.

    Raises
    ------
    ModelError
        When it holds no such model, an array is missing, no int8, or a layer does not fit.
    """
    source = _scan(text, name)
    missing = [layer for layer in LAYER_NAMES if layer not in source.layers]
    if len(missing) == len(LAYER_NAMES):
        what = "a header" if "struct RNNModel" in text and "=" not in _COMMENT.sub(" ", text) else "a C source"
        raise ModelError(f"{name} is {what} without the layers of a v0.1 model (DenseLayer, GRULayer): {_REMEDY}")
    if missing:
        raise ModelError(
            f"{name} lacks the layers {', '.join(missing)}; needed are {', '.join(LAYER_NAMES)}: {_REMEDY}"
        )
    try:
        return Int8Model.from_layers(_layer(source, layer) for layer in LAYER_NAMES)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None


def _scan(text: str, name: str) -> _Source:
    source = _Source()
    code = _COMMENT.sub(" ", text)
    for macro, value in _DEFINE.findall(code):
        number = _integer(value, source)
        if number is not None:
            source.macros.setdefault(macro, number)
    code = _SPACE.sub(" ", _DIRECTIVE.sub(" ", code))
    for match in _DEFINITION.finditer(code):
        label, brackets, body = match.groups()
        head = code[max(0, match.start() - _LONGEST_HEAD) : match.start()]
        words = set(re.split(r"[;}]", head)[-1].split())
        items = [item.strip() for item in body.split(",")]
        if items and not items[-1]:
            items.pop()  # a trailing comma
        if words & _LAYER_TYPES and not brackets:
            if label in source.layers:
                raise ModelError(f"{name} defines {label} twice: {_REMEDY}")
            source.layers[label] = ("GRULayer" if "GRULayer" in words else "DenseLayer", items)
        elif brackets:
            if label in source.arrays:
                raise ModelError(f"{name} defines {label} twice: {_REMEDY}")
            if words & _INT8_TYPES and "unsigned" not in words:
                source.arrays[label] = _numbers(items, label, source, name)
    return source


def _numbers(items: list[str], label: str, source: _Source, name: str) -> npt.NDArray[np.int64]:
    numbers = np.empty(len(items), dtype=np.int64)
    for i, item in enumerate(items):
        value = _integer(item, source)
        if value is None or not -(2**31) <= value < 2**31:
            raise ModelError(f"{name}: {label}[{i}] is {item[:20]!r}; needed are int8 integers: {_REMEDY}")
        numbers[i] = value
    return numbers


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


def _layer(source: _Source, name: str) -> Int8Layer:
    spec = SPEC[name]
    kind, items = source.layers[name]
    if kind != spec.c_type:
        raise ModelError(f"layer {name} is a {kind}; needed is a {spec.c_type}: {_REMEDY}")
    count = 6 if spec.is_gru else 5
    if len(items) != count:
        raise ModelError(f"layer {name} has {len(items)} members; needed are {count}: {_REMEDY}")
    arrays = []
    for item in items[: count - 3]:
        label = item.removeprefix("&").removesuffix("[0]")
        if label not in source.arrays:
            raise ModelError(f"layer {name} refers to {label}, which is no int8 array of this file: {_REMEDY}")
        arrays.append(source.arrays[label])
    sizes = []
    for item, what in zip(items[count - 3 : count - 1], ("inputs", "neurons"), strict=True):
        size = _integer(item, source)
        if size is None:
            raise ModelError(f"layer {name} has {item[:20]!r} {what}; needed is an integer: {_REMEDY}")
        sizes.append(size)
    return Int8Layer.build(
        name,
        sizes[0],
        sizes[1],
        _activation(items[-1], name, source),
        weights=arrays[1],
        bias=arrays[0],
        recurrent_weights=arrays[2] if spec.is_gru else None,
    )


def _activation(item: str, layer: str, source: _Source) -> Activation:
    where = f"layer {layer}"
    number = _integer(item, source)
    if number is not None:
        return Activation.from_id(number, where)
    return Activation.from_label(item.removeprefix("ACTIVATION_").lower(), where)
