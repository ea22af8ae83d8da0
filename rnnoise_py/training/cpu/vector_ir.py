"""A few LLVM vector operations with names, for :mod:`rnnoise_py.training.cpu.lane_algebra`."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir

_FUSED = ("contract",)  # a multiply and its add may become one instruction
_FLOAT_BYTES = 4


class Vectors:
    """Emits loads, stores and arithmetic on vectors of ``width`` float32 lanes.

    Parameters
    ----------
    context, builder
        numba's code-generation context and LLVM builder of an intrinsic.
    width
        Lanes of a vector, a power of two.
    """

    def __init__(self, context: Any, builder: ir.IRBuilder, width: int) -> None:
        self.context = context
        self.builder = builder
        self.width = width
        self.type = ir.VectorType(ir.FloatType(), width)
        self.zero = ir.Constant(self.type, [ir.Constant(ir.FloatType(), 0.0)] * width)

    @staticmethod
    def index(value: int) -> ir.Constant:
        """Make a 64-bit constant."""
        return ir.Constant(ir.IntType(64), value)

    def pointer(self, array_type: Any, array: ir.Value, at: ir.Value) -> ir.Value:
        """Pointer to element ``at`` of a contiguous float32 array."""
        data = self.context.make_array(array_type)(self.context, self.builder, array).data
        return self.builder.gep(data, [at])

    def load_at(self, pointer: ir.Value, offset: ir.Value) -> ir.Value:
        """Load the vector that starts ``offset`` floats after ``pointer``."""
        place = self.builder.gep(pointer, [offset])
        loaded = self.builder.load(self.builder.bitcast(place, self.type.as_pointer()))
        loaded.align = _FLOAT_BYTES
        return loaded

    def load(self, pointer: ir.Value, number: int) -> ir.Value:
        """Vector ``number`` of a run of neighbouring vectors."""
        return self.load_at(pointer, self.index(number * self.width))

    def store(self, pointer: ir.Value, number: int, value: ir.Value) -> None:
        """Write vector ``number`` of a run of neighbouring vectors."""
        place = self.builder.gep(pointer, [self.index(number * self.width)])
        self.builder.store(value, self.builder.bitcast(place, self.type.as_pointer())).align = _FLOAT_BYTES

    def broadcast(self, pointer: ir.Value, offset: int) -> ir.Value:
        """One float, ``offset`` floats after ``pointer``, in every lane."""
        scalar = self.builder.load(self.builder.gep(pointer, [self.index(offset)]))
        nothing = ir.Constant(self.type, ir.Undefined)
        single = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), [0] * self.width)
        return self.builder.shuffle_vector(single, nothing, zeros)

    def multiply_add(self, left: ir.Value, right: ir.Value, total: ir.Value) -> ir.Value:
        """``total + left·right``, fused where the machine can."""
        return self.builder.fadd(total, self.builder.fmul(left, right, flags=_FUSED), flags=_FUSED)

    def sum(self, value: ir.Value) -> ir.Value:
        """Sum of the lanes, pairwise."""
        width = self.width
        while width > 1:
            half = width // 2
            kind = ir.VectorType(ir.IntType(32), half)
            low = self.builder.shuffle_vector(value, value, ir.Constant(kind, list(range(half))))
            high = self.builder.shuffle_vector(value, value, ir.Constant(kind, list(range(half, width))))
            value = self.builder.fadd(low, high)
            width = half
        return self.builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    def add_scalar(self, pointer: ir.Value, offset: int, value: ir.Value) -> None:
        """Add ``value`` to the float ``offset`` floats after ``pointer``."""
        place = self.builder.gep(pointer, [self.index(offset)])
        self.builder.store(self.builder.fadd(self.builder.load(place), value), place)

    def loop(
        self, count: ir.Value, starts: list[ir.Value], body: Callable[[ir.Value, list[ir.Value]], list[ir.Value]]
    ) -> list[ir.Value]:
        """Run ``body(i, totals)`` for i = 0 … count−1; the totals stay in registers.

        ``body`` must be straight-line code. Returns the totals after the last turn (``starts`` when
        ``count`` is not positive).
        """
        builder = self.builder
        entry = builder.block
        turn = builder.append_basic_block("turn")
        done = builder.append_basic_block("done")
        builder.cbranch(builder.icmp_signed(">", count, self.index(0)), turn, done)
        builder.position_at_end(turn)
        i = builder.phi(ir.IntType(64))
        i.add_incoming(self.index(0), entry)
        totals = [builder.phi(self.type) for _ in starts]
        following = body(i, list(totals))
        after = builder.add(i, self.index(1))
        i.add_incoming(after, turn)
        for total, start, new in zip(totals, starts, following, strict=True):
            total.add_incoming(start, entry)
            total.add_incoming(new, turn)
        builder.cbranch(builder.icmp_signed("<", after, count), turn, done)
        builder.position_at_end(done)
        results = [builder.phi(self.type) for _ in starts]
        for result, start, new in zip(results, starts, following, strict=True):
            result.add_incoming(start, entry)
            result.add_incoming(new, turn)
        return results
