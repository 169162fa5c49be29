"""The one place where numba, which carries no types, is touched."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
Ints = NDArray[np.int32] | NDArray[np.int64]


def raw_bytes(values: "NDArray[Any]", dtype: str) -> memoryview:
    """The array's bytes as `dtype` (e.g. "<i8"), without a copy where it already is that."""
    view: memoryview = np.ascontiguousarray(values, dtype).data
    return view.cast("B") if len(values) else memoryview(b"")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code, kept on disk, without the interpreter's lock while it runs."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))


def _prefetch(context: Any, array: Any, index: Any) -> Any:
    if not isinstance(array, types.Array):
        return None

    insert: Any = cgutils.get_or_insert_function

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pair = signature.args[0]
        data = target.make_array(pair)(target, builder, arguments[0]).data
        byte = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        asked = insert(
            builder.module,
            ir.FunctionType(ir.VoidType(), [byte, number, number, number]),
            "llvm.prefetch.p0" if "ptr" in str(byte) else "llvm.prefetch.p0i8",
        )
        place = builder.bitcast(builder.gep(data, [arguments[1]]), byte)
        to_read, keep, is_data = (ir.Constant(number, x) for x in (0, 3, 1))
        builder.call(asked, [place, to_read, keep, is_data])
        return target.get_dummy_value()

    return types.void(array, index), generate


# `prefetch(array, index)` in a kernel asks for one cache line without waiting for it. Any index is
# harmless: asking is not reading.
prefetch: Callable[[Any, Any], None] = cast(Any, intrinsic(_prefetch))


def merged(function: Callable[P, R]) -> Callable[P, R]:
    """As `kernel`, but written out wherever it is called: a call's arrays cost more than its work."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True, inline="always")(function))
