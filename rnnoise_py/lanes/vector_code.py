"""What numba makes of :mod:`rnnoise_py.lanes.vectors`: the type and its arithmetic.

Processors with shorter vectors than R get several instructions for one operation.
"""

import operator
from typing import Any

from llvmlite import ir
from numba.core import types as numba_types
from numba.core.imputils import lower_cast
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, models, register_model, type_callable

from rnnoise_py.lanes import emission
from rnnoise_py.lanes.emission import broadcast, lane_number
from rnnoise_py.lanes.vectors import all_of, any_of, ordered_total, select, splat, total

types: Any = numba_types


class Vector(types.Type):  # type: ignore[misc]  # numba has no types
    """``width`` float32, or as many truth values, or as many float64."""

    def __init__(self, width: int, mask: bool = False, wide: bool = False) -> None:
        self.width = width
        self.mask = mask
        self.wide = wide
        super().__init__(name=f"{'mask' if mask else 'wide' if wide else 'vector'}({width})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Vector) -> None:
        lane = ir.IntType(1) if kind.mask else ir.DoubleType() if kind.wide else ir.FloatType()
        super().__init__(manager, kind, ir.VectorType(lane, kind.width))


def is_narrow(kind: Any) -> bool:
    """Whether a type is a vector of float32."""
    return isinstance(kind, Vector) and not kind.mask and not kind.wide


def kind_of(lanes: Any) -> Any:
    """Type of as many float32 as there are lanes."""
    return types.float32 if len(lanes) == 1 else Vector(len(lanes))


@type_callable(splat)
def _type_splat(_: Any) -> Any:
    return lambda value, lanes: kind_of(lanes)


@type_callable(select)
def _type_select(_: Any) -> Any:
    return lambda mask, yes, no: yes if yes == no else None


@type_callable(all_of)
@type_callable(any_of)
def _type_truth(_: Any) -> Any:
    return lambda mask: types.boolean


@type_callable(ordered_total)
@type_callable(total)
def _type_total(_: Any) -> Any:
    return lambda vector: types.float32 if is_narrow(vector) else None


class _Operator(AbstractTemplate):  # type: ignore[misc]
    """A vector with a vector, or one of float32 with a float32."""

    def generic(self, args: Any, kws: Any) -> Any:
        vectors = {kind for kind in args if isinstance(kind, Vector) and not kind.mask}
        if len(vectors) != 1:
            return None
        (vector,) = vectors
        if not all(kind == vector or (kind == types.float32 and not vector.wide) for kind in args):
            return None
        result = Vector(vector.width, mask=True) if self.key in _COMPARISONS else vector
        return signature(result, *(vector for _ in args))


class _MaskOperator(AbstractTemplate):  # type: ignore[misc]
    """Two masks."""

    def generic(self, args: Any, kws: Any) -> Any:
        if all(isinstance(kind, Vector) and kind.mask and kind == args[0] for kind in args):
            return signature(args[0], *args)
        return None


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
    return broadcast(builder, value, wanted.width)


@lower_builtin(splat, types.Float, types.BaseTuple)
def _lower_splat(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    value = context.cast(builder, args[0], sig.args[0], types.float32)
    return value if sig.return_type == types.float32 else broadcast(builder, value, sig.return_type.width)


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
    return emission.total(builder, args[0])


@lower_builtin(ordered_total, Vector)
def _lower_ordered_total(context: Any, builder: ir.IRBuilder, sig: Any, args: Any) -> ir.Value:
    result = ir.Constant(ir.FloatType(), 0.0)
    for lane in range(sig.args[0].width):
        result = builder.fadd(result, builder.extract_element(args[0], lane_number(lane)))
    return result
