"""Sixteen numbers at once: the vectors of a processor, for loops that numba leaves one by one.

`lanes` is a vector of float64 in registers; each function is one instruction of LLVM, which splits it where a
processor's vectors are shorter, and its arithmetic is that of sixteen separate numbers. Kernels alone import
this, for it imports numba.
"""

from typing import Any

from llvmlite import ir
from numba import extending, types

WIDTH = 16
intrinsic: Any = extending.intrinsic  # it gives what the inner function says, not what it is given
VECTOR, COUNT = ir.VectorType(ir.DoubleType(), WIDTH), ir.IntType(64)


class Lanes(types.Type):
    """The type of a vector."""


lanes = Lanes("lanes")


@extending.register_model(Lanes)
class InRegisters(extending.models.PrimitiveModel):
    """How a vector is kept."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


@intrinsic
def spread(typing, number):
    """The number in all lanes."""

    def code(context, builder, signature, given):
        first = ir.VectorType(ir.IntType(32), WIDTH)([0] * WIDTH)
        single = builder.insert_element(VECTOR(ir.Undefined), given[0], ir.IntType(32)(0))
        return builder.shuffle_vector(single, single, first)

    return lanes(types.float64), code


@intrinsic
def load(typing, table, row):
    """A row of a contiguous table (m, 16)."""

    def code(context, builder, signature, given):
        return builder.load(_row(context, builder, signature, given), align=8)

    return lanes(table, types.int64), code


@intrinsic
def store(typing, table, row, vector):
    """Put the vector into a row of a contiguous table (m, 16)."""

    def code(context, builder, signature, given):
        builder.store(given[2], _row(context, builder, signature, given), align=8)
        return context.get_dummy_value()

    return types.void(table, types.int64, lanes), code


def _row(context, builder, signature, given):
    """The address of a row of a table."""
    table = context.make_array(signature.args[0])(context, builder, given[0])
    place = builder.gep(table.data, [builder.mul(given[1], COUNT(WIDTH))])
    return builder.bitcast(place, VECTOR.as_pointer())


@intrinsic
def minus(typing, a, b):
    """The differences a - b."""

    def code(context, builder, signature, given):
        return builder.fsub(*given)

    return lanes(lanes, lanes), code


@intrinsic
def least(typing, a, b):
    """The lesser number in each lane."""

    def code(context, builder, signature, given):
        return builder.select(builder.fcmp_ordered("<", *given), *given)

    return lanes(lanes, lanes), code


@intrinsic
def most(typing, a, b):
    """The greater number in each lane."""

    def code(context, builder, signature, given):
        return builder.select(builder.fcmp_ordered(">", *given), *given)

    return lanes(lanes, lanes), code


@intrinsic
def within(typing, a, b):
    """In how many lanes a <= b."""

    def code(context, builder, signature, given):
        bits = builder.bitcast(builder.fcmp_ordered("<=", *given), ir.IntType(WIDTH))
        return builder.zext(builder.ctpop(bits), COUNT)

    return types.int64(lanes, lanes), code
