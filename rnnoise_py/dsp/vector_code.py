"""What numba makes of :mod:`rnnoise_py.dsp.vectors`: types, and LLVM code.

Arithmetic carries no flags, so LLVM neither fuses nor re-associates it. Processors with shorter vectors than R get
several instructions for one operation.
"""

import operator
from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.core.imputils import lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model, type_callable

from rnnoise_py.dsp.vectors import BLOCK, all_of, any_of, from_lanes, load, select, splat, store, to_lanes, total

types: Any = numba_types
_FLOAT_BYTES = 4


class Vector(types.Type):  # type: ignore[misc]  # numba has no types
    """``width`` float32, or as many truth values."""

    def __init__(self, width: int, mask: bool = False) -> None:
        self.width = width
        self.mask = mask
        super().__init__(name=f"{'mask' if mask else 'vector'}({width})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1) if kind.mask else ir.FloatType(), kind.width))


def _kind(lanes: Any) -> Any:
    """Type of as many float32 as there are lanes."""
    return types.float32 if len(lanes) == 1 else Vector(len(lanes))


def _is_flat(array: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C" and array.dtype == types.float32


# --- types -------------------------------------------------------------------------------------------------------


@type_callable(load)
def _type_load(_: Any) -> Any:
    def typer(array: Any, index: Any, lanes: Any) -> Any:
        return _kind(lanes) if _is_flat(array) and isinstance(index, types.Integer) else None

    return typer


@type_callable(store)
def _type_store(_: Any) -> Any:
    def typer(array: Any, index: Any, value: Any) -> Any:
        return types.none if _is_flat(array) and isinstance(index, types.Integer) else None

    return typer


@type_callable(splat)
def _type_splat(_: Any) -> Any:
    return lambda value, lanes: _kind(lanes)


@type_callable(select)
def _type_select(_: Any) -> Any:
    return lambda mask, yes, no: yes if yes == no else None


@type_callable(all_of)
@type_callable(any_of)
def _type_truth(_: Any) -> Any:
    return lambda mask: types.boolean


@type_callable(total)
def _type_total(_: Any) -> Any:
    return lambda vector: types.float32 if isinstance(vector, Vector) and not vector.mask else None


@type_callable(to_lanes)
def _type_to_lanes(_: Any) -> Any:
    def typer(signal: Any, starts: Any, offset: Any, x: Any, index: Any, lanes: Any) -> Any:
        return types.none if _is_flat(signal) and _is_flat(x) else None

    return typer


@type_callable(from_lanes)
def _type_from_lanes(_: Any) -> Any:
    def typer(x: Any, index: Any, signal: Any, starts: Any, offset: Any, lanes: Any) -> Any:
        return types.none if _is_flat(signal) and _is_flat(x) else None

    return typer


class _Operator(AbstractTemplate):  # type: ignore[misc]
    """A vector with a vector or with a float32."""

    def generic(self, args: Any, kws: Any) -> Any:
        vectors = {kind for kind in args if isinstance(kind, Vector) and not kind.mask}
        if len(vectors) != 1 or not all(kind in vectors or kind == types.float32 for kind in args):
            return None
        (vector,) = vectors
        result = Vector(vector.width, mask=True) if self.key in _COMPARISONS else vector
        return signature(result, *(vector for _ in args))


class _MaskOperator(AbstractTemplate):  # type: ignore[misc]
    """Two masks."""

    def generic(self, args: Any, kws: Any) -> Any:
        if all(isinstance(kind, Vector) and kind.mask and kind == args[0] for kind in args):
            return signature(args[0], *args)
        return None


# --- code --------------------------------------------------------------------------------------------------------


def _broadcast(builder: ir.IRBuilder, value: ir.Value, width: int) -> ir.Value:
    single = builder.insert_element(ir.Constant(ir.VectorType(value.type, width), ir.Undefined), value, _i32(0))
    return builder.shuffle_vector(single, single, ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width))


def _i32(value: int) -> ir.Constant:
    return ir.Constant(ir.IntType(32), value)


def _operation(method: str, *first: Any) -> Any:
    def lower(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
        return getattr(builder, method)(*first, *args)

    return lower


_ARITHMETIC = {operator.add: "fadd", operator.sub: "fsub", operator.mul: "fmul", operator.truediv: "fdiv"}
_COMPARISONS = {operator.gt: ">", operator.lt: "<", operator.ge: ">=", operator.le: "<=", operator.eq: "=="}
_MASKS = {operator.and_: "and_", operator.or_: "or_"}

for _function, _method in _ARITHMETIC.items():
    infer_global(_function)(type(f"_{_method}", (_Operator,), {}))
    lower_builtin(_function, Vector, Vector)(_operation(_method))
for _function, _method in _COMPARISONS.items():
    infer_global(_function)(type(f"_compare_{_function.__name__}", (_Operator,), {}))
    lower_builtin(_function, Vector, Vector)(_operation("fcmp_ordered", _method))
for _function, _method in _MASKS.items():
    infer_global(_function)(type(f"_mask_{_method}", (_MaskOperator,), {}))
    lower_builtin(_function, Vector, Vector)(_operation(_method))
infer_global(operator.neg)(type("_negative", (_Operator,), {}))
lower_builtin(operator.neg, Vector)(_operation("fneg"))


@lower_cast(types.float32, Vector)
def _lower_cast(context: Any, builder: ir.IRBuilder, given: Any, wanted: Vector, value: ir.Value) -> ir.Value:
    """Let float32 become a vector where an operator has one of each."""
    return _broadcast(builder, value, wanted.width)


class _Place:
    """Float32 elements of a flat array, for loads and stores."""

    def __init__(self, context: Any, builder: ir.IRBuilder, kind: Any, array: ir.Value) -> None:
        self._builder = builder
        self._data = context.make_array(kind)(context, builder, array).data

    def _pointer(self, index: ir.Value, kind: ir.Type) -> ir.Value:
        return self._builder.bitcast(self._builder.gep(self._data, [index]), kind.as_pointer())

    def load(self, index: ir.Value, kind: ir.Type) -> ir.Value:
        value = self._builder.load(self._pointer(index, kind))
        value.align = _FLOAT_BYTES
        return value

    def store(self, index: ir.Value, value: ir.Value) -> None:
        self._builder.store(value, self._pointer(index, value.type)).align = _FLOAT_BYTES


def _index(context: Any, builder: ir.IRBuilder, kind: Any, value: ir.Value) -> ir.Value:
    return context.cast(builder, value, kind, types.intp)


@lower_builtin(load, types.Array, types.Integer, types.BaseTuple)
def _lower_load(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place = _Place(context, builder, sig.args[0], args[0])
    return place.load(_index(context, builder, sig.args[1], args[1]), context.get_value_type(sig.return_type))


@lower_builtin(store, types.Array, types.Integer, Vector)
@lower_builtin(store, types.Array, types.Integer, types.Float)
def _lower_store(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place = _Place(context, builder, sig.args[0], args[0])
    place.store(_index(context, builder, sig.args[1], args[1]), args[2])
    return context.get_dummy_value()


@lower_builtin(splat, types.Float, types.BaseTuple)
def _lower_splat(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    value = context.cast(builder, args[0], sig.args[0], types.float32)
    return value if sig.return_type == types.float32 else _broadcast(builder, value, sig.return_type.width)


@lower_builtin(select, types.Any, types.Any, types.Any)
def _lower_select(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return builder.select(*args)


@lower_builtin(any_of, types.Any)
def _lower_any_of(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    if sig.args[0] == types.boolean:
        return args[0]
    whole = ir.IntType(sig.args[0].width)
    return builder.icmp_unsigned("!=", builder.bitcast(args[0], whole), ir.Constant(whole, 0))


@lower_builtin(all_of, types.Any)
def _lower_all_of(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    if sig.args[0] == types.boolean:
        return args[0]
    whole = ir.IntType(sig.args[0].width)
    return builder.icmp_unsigned("==", builder.bitcast(args[0], whole), ir.Constant(whole, -1))


@lower_builtin(total, Vector)
def _lower_total(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    value, width = args[0], sig.args[0].width
    while width > 1:
        width //= 2
        kind = ir.VectorType(ir.IntType(32), width)
        low, high = (ir.Constant(kind, list(range(first, first + width))) for first in (0, width))
        value = builder.fadd(builder.shuffle_vector(value, value, low), builder.shuffle_vector(value, value, high))
    return builder.extract_element(value, _i32(0))


def _transpose(builder: ir.IRBuilder, vectors: list[ir.Value]) -> list[ir.Value]:
    """Exchange rows and columns of n vectors of n lanes: log2 n times, interleave the first half with the second."""
    n = len(vectors)
    kind = ir.VectorType(ir.IntType(32), n)
    low = ir.Constant(kind, [i // 2 + i % 2 * n for i in range(n)])
    high = ir.Constant(kind, [n // 2 + i // 2 + i % 2 * n for i in range(n)])
    for _ in range(n.bit_length() - 1):
        pairs = [(vectors[i], vectors[i + n // 2]) for i in range(n // 2)]
        vectors = [builder.shuffle_vector(*pair, order) for pair in pairs for order in (low, high)]
    return vectors


def _lower_lanes(context: Any, builder: ir.IRBuilder, kinds: Any, values: Any, back: bool) -> ir.Value:
    """Move a block between signals (array, starts, offset) and lanes (x, index), in either direction."""
    signal_kind, starts_kind, offset_kind, x_kind, index_kind, lanes = kinds
    signal, x = (
        _Place(context, builder, kind, value) for kind, value in ((signal_kind, values[0]), (x_kind, values[3]))
    )
    starts = context.make_array(starts_kind)(context, builder, values[1]).data
    offset = _index(context, builder, offset_kind, values[2])
    index = _index(context, builder, index_kind, values[4])
    R = len(lanes)
    word = ir.IntType(64)
    places = []
    for lane in range(R):
        start = builder.load(builder.gep(starts, [ir.Constant(word, lane)]))
        places.append(builder.add(_index(context, builder, starts_kind.dtype, start), offset))
    rows = [builder.add(index, ir.Constant(word, i * R)) for i in range(BLOCK)]
    sources, targets, source, target = (rows, places, x, signal) if back else (places, rows, signal, x)
    if R == BLOCK:
        whole = ir.VectorType(ir.FloatType(), BLOCK)
        vectors = _transpose(builder, [source.load(place, whole) for place in sources])
        for place, vector in zip(targets, vectors, strict=True):
            target.store(place, vector)
    else:
        for lane in range(R):
            for i in range(BLOCK):
                apart = builder.add(places[lane], ir.Constant(word, i))
                beside = builder.add(rows[i], ir.Constant(word, lane))
                source_at, target_at = (beside, apart) if back else (apart, beside)
                target.store(target_at, source.load(source_at, ir.FloatType()))
    return context.get_dummy_value()


@lower_builtin(to_lanes, types.Array, types.Array, types.Integer, types.Array, types.Integer, types.BaseTuple)
def _lower_to_lanes(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return _lower_lanes(context, builder, sig.args, args, back=False)


@lower_builtin(from_lanes, types.Array, types.Integer, types.Array, types.Array, types.Integer, types.BaseTuple)
def _lower_from_lanes(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    order = (2, 3, 4, 0, 1, 5)
    return _lower_lanes(context, builder, [sig.args[i] for i in order], [args[i] for i in order], back=True)
