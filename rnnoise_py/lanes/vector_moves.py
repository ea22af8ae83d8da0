"""What numba makes of :mod:`rnnoise_py.lanes.vectors`: between arrays and vectors."""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import lower_builtin, type_callable

from rnnoise_py.lanes.emission import Place, is_flat, is_index, lane_order, to_index, word
from rnnoise_py.lanes.vector_code import Vector, is_narrow, kind_of
from rnnoise_py.lanes.vectors import BLOCK, WIDE, from_lanes, load, load_alternate, repeat, store, to_lanes

types: Any = numba_types


@type_callable(load)
def _type_load(_: Any) -> Any:
    def typer(array: Any, index: Any, lanes: Any) -> Any:
        return kind_of(lanes) if is_flat(array) and is_index(index) else None

    return typer


@type_callable(load_alternate)
def _type_load_alternate(_: Any) -> Any:
    def typer(array: Any, index: Any, lanes: Any) -> Any:
        whole = is_flat(array) and is_index(index) and len(lanes) > 1
        return types.UniTuple(Vector(len(lanes)), 2) if whole else None

    return typer


@type_callable(repeat)
def _type_repeat(_: Any) -> Any:
    def typer(array: Any, index: Any, lanes: Any) -> Any:
        return Vector(len(WIDE)) if is_flat(array) and is_index(index) else None

    return typer


@type_callable(store)
def _type_store(_: Any) -> Any:
    def typer(array: Any, index: Any, value: Any) -> Any:
        whole = value == types.float32 or is_narrow(value)
        return types.none if is_flat(array) and is_index(index) and whole else None

    return typer


@type_callable(to_lanes)
def _type_to_lanes(_: Any) -> Any:
    def typer(signal: Any, starts: Any, offset: Any, x: Any, index: Any, lanes: Any) -> Any:
        return types.none if is_flat(signal) and is_flat(x) and is_flat(starts, types.int64) else None

    return typer


@type_callable(from_lanes)
def _type_from_lanes(_: Any) -> Any:
    def typer(x: Any, index: Any, signal: Any, starts: Any, offset: Any, lanes: Any) -> Any:
        return types.none if is_flat(signal) and is_flat(x) and is_flat(starts, types.int64) else None

    return typer


@lower_builtin(load, types.Array, types.Integer, types.BaseTuple)
def _lower_load(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place = Place(context, builder, sig.args[0], args[0])
    return place.load(to_index(context, builder, sig.args[1], args[1]), context.get_value_type(sig.return_type))


@lower_builtin(load_alternate, types.Array, types.Integer, types.BaseTuple)
def _lower_load_alternate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place, R = Place(context, builder, sig.args[0], args[0]), len(sig.args[2])
    index = to_index(context, builder, sig.args[1], args[1])
    kind = ir.VectorType(ir.FloatType(), R)
    low, high = (place.load(builder.add(index, word(first)), kind) for first in (0, R))
    orders = [lane_order(range(first, 2 * R, 2)) for first in (0, 1)]
    return context.make_tuple(builder, sig.return_type, [builder.shuffle_vector(low, high, order) for order in orders])


@lower_builtin(repeat, types.Array, types.Integer, types.BaseTuple)
def _lower_repeat(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place, R = Place(context, builder, sig.args[0], args[0]), len(sig.args[2])
    few = place.load(to_index(context, builder, sig.args[1], args[1]), ir.VectorType(ir.FloatType(), R))
    return builder.shuffle_vector(few, few, lane_order([i % R for i in range(len(WIDE))]))


@lower_builtin(store, types.Array, types.Integer, Vector)
@lower_builtin(store, types.Array, types.Integer, types.float32)
def _lower_store(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place = Place(context, builder, sig.args[0], args[0])
    place.store(to_index(context, builder, sig.args[1], args[1]), args[2])
    return context.get_dummy_value()


def _transpose(builder: ir.IRBuilder, vectors: list[ir.Value]) -> list[ir.Value]:
    """Exchange rows and columns of n vectors of n lanes: log2 n times, interleave the first half with the second."""
    n = len(vectors)
    low = lane_order([i // 2 + i % 2 * n for i in range(n)])
    high = lane_order([n // 2 + i // 2 + i % 2 * n for i in range(n)])
    for _ in range(n.bit_length() - 1):
        pairs = [(vectors[i], vectors[i + n // 2]) for i in range(n // 2)]
        vectors = [builder.shuffle_vector(*pair, order) for pair in pairs for order in (low, high)]
    return vectors


def _lower_lanes(context: Any, builder: ir.IRBuilder, kinds: Any, values: Any, back: bool) -> ir.Value:
    """Move a block between signals (array, starts, offset) and lanes (x, index), in either direction."""
    signal_kind, starts_kind, offset_kind, x_kind, index_kind, lanes = kinds
    signal, x = (
        Place(context, builder, kind, value) for kind, value in ((signal_kind, values[0]), (x_kind, values[3]))
    )
    starts = context.make_array(starts_kind)(context, builder, values[1]).data
    offset = to_index(context, builder, offset_kind, values[2])
    index = to_index(context, builder, index_kind, values[4])
    R = len(lanes)
    places = []
    for lane in range(R):
        start = builder.load(builder.gep(starts, [word(lane)]))
        places.append(builder.add(to_index(context, builder, starts_kind.dtype, start), offset))
    rows = [builder.add(index, word(i * R)) for i in range(BLOCK)]
    sources, targets, source, target = (rows, places, x, signal) if back else (places, rows, signal, x)
    if R == BLOCK:
        whole = ir.VectorType(ir.FloatType(), BLOCK)
        vectors = _transpose(builder, [source.load(place, whole) for place in sources])
        for place, vector in zip(targets, vectors, strict=True):
            target.store(place, vector)
    else:
        for lane in range(R):
            for i in range(BLOCK):
                apart = builder.add(places[lane], word(i))
                beside = builder.add(rows[i], word(lane))
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
