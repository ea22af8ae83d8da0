"""What numba makes of :mod:`rnnoise_py.dsp.wide_vectors`."""

from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.extending import lower_builtin, type_callable

from rnnoise_py.dsp.vector_code import Vector, is_narrow, lane_number
from rnnoise_py.dsp.wide_vectors import less_product, narrow, separate, together, widen

types: Any = numba_types


def _is_float32(kind: Any) -> bool:
    return kind == types.float32 or is_narrow(kind)


def _is_float64(kind: Any) -> bool:
    return kind == types.float64 or (isinstance(kind, Vector) and kind.wide)


@type_callable(together)
def _type_together(_: Any) -> Any:
    def typer(values: Any) -> Any:
        whole = isinstance(values, types.UniTuple) and values.dtype == types.float32
        return Vector(values.count) if whole else None

    return typer


@type_callable(separate)
def _type_separate(_: Any) -> Any:
    def typer(vector: Any) -> Any:
        return types.UniTuple(types.float32, vector.width) if is_narrow(vector) else None

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


@lower_builtin(together, types.BaseTuple)
def _lower_together(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    value = ir.Constant(context.get_value_type(sig.return_type), ir.Undefined)
    for lane in range(sig.return_type.width):
        value = builder.insert_element(value, builder.extract_value(args[0], lane), lane_number(lane))
    return value


@lower_builtin(separate, Vector)
def _lower_separate(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    lanes = [builder.extract_element(args[0], lane_number(lane)) for lane in range(sig.args[0].width)]
    return context.make_tuple(builder, sig.return_type, lanes)


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
