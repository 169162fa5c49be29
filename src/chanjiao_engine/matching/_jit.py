"""The one place where numba, which carries no types, is touched."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

I8 = NDArray[np.int8]
U8 = NDArray[np.uint8]
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
