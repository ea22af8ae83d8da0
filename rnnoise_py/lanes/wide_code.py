"""What numba makes of :mod:`rnnoise_py.lanes.wide_vectors`."""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import lower_builtin, type_callable

from rnnoise_py.lanes import emission
from rnnoise_py.lanes.emission import is_index, lane_number, to_index
from rnnoise_py.lanes.vector_code import Vector, is_narrow, kind_of
from rnnoise_py.lanes.wide_vectors import halves, less_product, load_apart, narrow, store_apart, widen

types: Any = numba_types


def _is_float32(kind: Any) -> bool:
    return kind == types.float32 or is_narrow(kind)


def _is_float64(kind: Any) -> bool:
    return kind == types.float64 or (isinstance(kind, Vector) and kind.wide)


def _is_matrix(array: Any, *dtypes: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 2 and array.layout == "C" and array.dtype in dtypes


@type_callable(load_apart)
def _type_load_apart(_: Any) -> Any:
    def typer(array: Any, column: Any, lanes: Any) -> Any:
        whole = _is_matrix(array, types.int16, types.float32) and is_index(column)
        return kind_of(lanes) if whole else None

    return typer


@type_callable(store_apart)
def _type_store_apart(_: Any) -> Any:
    def typer(array: Any, column: Any, value: Any) -> Any:
        whole = _is_matrix(array, types.float32) and is_index(column) and _is_float32(value)
        return types.none if whole else None

    return typer


@type_callable(halves)
def _type_halves(_: Any) -> Any:
    def typer(vector: Any) -> Any:
        return types.UniTuple(kind_of((0,) * (vector.width // 2)), 2) if is_narrow(vector) else None

    return typer


@type_callable(widen)
def _type_widen(_: Any) -> Any:
    def typer(vector: Any) -> Any:
        if not _is_float32(vector):
            return None
        return types.float64 if vector == types.float32 else Vector(vector.width, wide=True)

    return typer


@type_callable(narrow)
def _type_narrow(_: Any) -> Any:
    def typer(vector: Any) -> Any:
        if not _is_float64(vector):
            return None
        return types.float32 if vector == types.float64 else Vector(vector.width)

    return typer


@type_callable(less_product)
def _type_less_product(_: Any) -> Any:
    return lambda c, a, b: c if _is_float64(c) and a == c and b == c else None


def _cells(context: Any, builder: ir.IRBuilder, sig: Any, args: Any, lanes: int) -> list[ir.Value]:
    """Pointers to one column of the first rows of a matrix."""
    matrix = context.make_array(sig.args[0])(context, builder, args[0])
    column = to_index(context, builder, sig.args[1], args[1])
    length = builder.extract_value(matrix.shape, 1)
    starts = [builder.mul(length, ir.Constant(length.type, lane)) for lane in range(lanes)]
    return [builder.gep(matrix.data, [builder.add(start, column)]) for start in starts]


@lower_builtin(load_apart, types.Array, types.Integer, types.BaseTuple)
def _lower_load_apart(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    values = [builder.load(cell) for cell in _cells(context, builder, sig, args, len(sig.args[2]))]
    wanted = context.get_value_type(sig.return_type)
    value = values[0]
    if isinstance(sig.return_type, Vector):
        value = ir.Constant(ir.VectorType(value.type, len(values)), ir.Undefined)
        for lane, single in enumerate(values):
            value = builder.insert_element(value, single, lane_number(lane))
    return value if sig.args[0].dtype == types.float32 else builder.sitofp(value, wanted)


@lower_builtin(store_apart, types.Array, types.Integer, types.Any)
def _lower_store_apart(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    values = [args[2]]
    if isinstance(sig.args[2], Vector):
        values = [builder.extract_element(args[2], lane_number(lane)) for lane in range(sig.args[2].width)]
    for cell, value in zip(_cells(context, builder, sig, args, len(values)), values, strict=True):
        builder.store(value, cell)
    return context.get_dummy_value()


@lower_builtin(halves, Vector)
def _lower_halves(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return context.make_tuple(builder, sig.return_type, emission.halves(builder, args[0]))


@lower_builtin(widen, types.Any)
def _lower_widen(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return builder.fpext(args[0], context.get_value_type(sig.return_type))


@lower_builtin(narrow, types.Any)
def _lower_narrow(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    return builder.fptrunc(args[0], context.get_value_type(sig.return_type))


@lower_builtin(less_product, types.Any, types.Any, types.Any)
def _lower_less_product(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    c, a, b = args
    name = f"v{sig.return_type.width}f64" if isinstance(sig.return_type, Vector) else "f64"
    kind = ir.FunctionType(c.type, [c.type] * 3)
    fused = builder.module.globals.get(f"llvm.fmuladd.{name}")
    if fused is None:
        fused = ir.Function(builder.module, kind, f"llvm.fmuladd.{name}")
    return builder.call(fused, [builder.fneg(a), b, c])
