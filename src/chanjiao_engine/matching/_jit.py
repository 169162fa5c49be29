"""The one place where numba, which carries no types, is touched."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba  # type: ignore[import-untyped]
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


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code, kept on disk, without the interpreter's lock while it runs."""
    return cast(Callable[P, R], numba.njit(cache=True, nogil=True)(function))


