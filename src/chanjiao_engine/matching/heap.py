"""Least-first heaps of int64 keys, all in one array, compiled into the loops that use them."""

from ._jit import I64, merged


@merged
def push(heap: I64, base: int, size: int, key: int) -> None:
    """Add `key` to the heap of `size` entries starting at `base`."""
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[base + above] <= key:
            break
        heap[base + at] = heap[base + above]
        at = above
    heap[base + at] = key


@merged
def sink(heap: I64, base: int, size: int, key: int) -> None:
    """Put `key` in the place of the least entry of a heap of `size` entries."""
    sift(heap, base, 0, size, key)


@merged
def arrange(heap: I64, base: int, size: int) -> None:
    """Make a heap of `size` entries in any order."""
    for at in range(size // 2 - 1, -1, -1):
        sift(heap, base, at, size, heap[base + at])


@merged
def sift(heap: I64, base: int, at: int, size: int, key: int) -> None:
    """Put `key` at `at` or below, where it stands over nothing less."""
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[base + below + 1] < heap[base + below]:
            below += 1
        if heap[base + below] >= key:
            break
        heap[base + at] = heap[base + below]
        at = below
    heap[base + at] = key
