"""What numba makes of :mod:`rnnoise_py.lanes.blocks`: tuples of vectors, which LLVM keeps in registers."""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import lower_builtin, type_callable

from rnnoise_py.lanes.blocks import add_products, add_scaled, add_totals, load_block, store_block, zero_block
from rnnoise_py.lanes.emission import Place, broadcast, is_flat, is_index, to_index, total, word
from rnnoise_py.lanes.vector_code import is_narrow, kind_of

types: Any = numba_types


def _is_number(kind: Any) -> bool:
    """Whether a type is a vector of float32, or the float32 that is one of one lane."""
    return kind == types.float32 or is_narrow(kind)


def _is_block(kind: Any) -> bool:
    return isinstance(kind, types.UniTuple) and _is_number(kind.dtype)


@type_callable(load_block)
def _type_load_block(_: Any) -> Any:
    def typer(array: Any, index: Any, step: Any, lanes: Any, count: Any) -> Any:
        whole = is_flat(array) and is_index(index) and is_index(step)
        return types.UniTuple(kind_of(lanes), len(count)) if whole else None

    return typer


@type_callable(store_block)
def _type_store_block(_: Any) -> Any:
    def typer(array: Any, index: Any, step: Any, block: Any) -> Any:
        return types.none if is_flat(array) and is_index(index) and is_index(step) and _is_block(block) else None

    return typer


@type_callable(zero_block)
def _type_zero_block(_: Any) -> Any:
    return lambda lanes, rows, columns: types.UniTuple(kind_of(lanes), len(rows) * len(columns))


@type_callable(add_scaled)
def _type_add_scaled(_: Any) -> Any:
    def typer(block: Any, array: Any, index: Any, vector: Any) -> Any:
        whole = _is_block(block) and block.dtype == vector and is_flat(array) and is_index(index)
        return block if whole else None

    return typer


@type_callable(add_products)
def _type_add_products(_: Any) -> Any:
    def typer(block: Any, left: Any, right: Any) -> Any:
        same = _is_block(block) and block.dtype == left.dtype == right.dtype
        return block if same and block.count == left.count * right.count else None

    return typer


@type_callable(add_totals)
def _type_add_totals(_: Any) -> Any:
    def typer(array: Any, index: Any, step: Any, block: Any, columns: Any) -> Any:
        return types.none if is_flat(array) and is_index(index) and is_index(step) and _is_block(block) else None

    return typer


def _apart(builder: ir.IRBuilder, kind: Any, block: ir.Value) -> list[ir.Value]:
    """The vectors of a block."""
    return [builder.extract_value(block, number) for number in range(kind.count)]


def _starts(context: Any, builder: ir.IRBuilder, sig: Any, args: Any, count: int) -> list[ir.Value]:
    """Indices from argument 1 on, argument 2 apart."""
    first, step = (to_index(context, builder, sig.args[i], args[i]) for i in (1, 2))
    return [builder.add(first, builder.mul(step, word(number))) for number in range(count)]


@lower_builtin(load_block, types.Array, types.Integer, types.Integer, types.BaseTuple, types.BaseTuple)
def _lower_load_block(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place, block = Place(context, builder, sig.args[0], args[0]), sig.return_type
    kind = context.get_value_type(block.dtype)
    loaded = [place.load(start, kind) for start in _starts(context, builder, sig, args, block.count)]
    return context.make_tuple(builder, block, loaded)


@lower_builtin(store_block, types.Array, types.Integer, types.Integer, types.BaseTuple)
def _lower_store_block(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place, vectors = Place(context, builder, sig.args[0], args[0]), _apart(builder, sig.args[3], args[3])
    for start, vector in zip(_starts(context, builder, sig, args, len(vectors)), vectors, strict=True):
        place.store(start, vector)
    return context.get_dummy_value()


@lower_builtin(zero_block, types.BaseTuple, types.BaseTuple, types.BaseTuple)
def _lower_zero_block(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return ir.Constant(context.get_value_type(sig.return_type), None)


@lower_builtin(add_scaled, types.BaseTuple, types.Array, types.Integer, types.Any)
def _lower_add_scaled(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place = Place(context, builder, sig.args[1], args[1])
    first = to_index(context, builder, sig.args[2], args[2])
    result = []
    for number, sums in enumerate(_apart(builder, sig.args[0], args[0])):
        factor = place.load(builder.add(first, word(number)), ir.FloatType())
        if is_narrow(sig.args[3]):
            factor = broadcast(builder, factor, sig.args[3].width)
        result.append(builder.fadd(sums, builder.fmul(factor, args[3])))
    return context.make_tuple(builder, sig.return_type, result)


@lower_builtin(add_products, types.BaseTuple, types.BaseTuple, types.BaseTuple)
def _lower_add_products(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    block, left, right = (_apart(builder, kind, value) for kind, value in zip(sig.args, args, strict=True))
    products = [builder.fmul(one, other) for one in left for other in right]
    result = [builder.fadd(sums, product) for sums, product in zip(block, products, strict=True)]
    return context.make_tuple(builder, sig.return_type, result)


@lower_builtin(add_totals, types.Array, types.Integer, types.Integer, types.BaseTuple, types.BaseTuple)
def _lower_add_totals(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    place, vectors = Place(context, builder, sig.args[0], args[0]), _apart(builder, sig.args[3], args[3])
    columns = len(sig.args[4])
    rows = _starts(context, builder, sig, args, len(vectors) // columns)
    for number, vector in enumerate(vectors):
        index = builder.add(rows[number // columns], word(number % columns))
        place.store(index, builder.fadd(place.load(index, ir.FloatType()), total(builder, vector)))
    return context.get_dummy_value()
