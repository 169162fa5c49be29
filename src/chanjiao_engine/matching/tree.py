"""The proposing loop under a forest of quotas.

A unit chooses greedily under laminar quotas, that is from a matroid. With the contracts held
independent, a new one closes exactly one circuit: itself and all contracts of the *smallest full
node* on its way to the root. The lowest of that circuit goes; quotas above that node are left as
they were, quotas below it on the newcomer's side had room. What was turned away once is spanned by
better contracts and stays so, hence `floor`.
"""

import numpy as np

from ._jit import I32, I64, kernel, merged
from .flat import call_again, look_ahead
from .heap import push, sink
from .layout import TOP

SCAN = 48  # slices up to here are read through; longer ones ask the tournament


@merged
def least(lows: I64, cup: I64, low: int, high: int) -> int:
    """The least of `lows[low:high]`; `cup` is a tournament over them, or empty if never needed."""
    best = TOP
    if high - low <= SCAN or len(cup) == 0:
        for at in range(low, high):
            best = min(best, lows[at])
        return best
    half = len(cup) // 2
    low += half
    high += half
    while low < high:
        if low & 1:
            best = min(best, cup[low])
            low += 1
        if high & 1:
            high -= 1
            best = min(best, cup[high])
        low >>= 1
        high >>= 1
    return best


@merged
def record(lows: I64, cup: I64, leaf: int, key: int) -> None:
    """Note a leaf's new lowest key, and replay its games in the tournament."""
    lows[leaf] = key
    if len(cup) == 0:
        return
    at = len(cup) // 2 + leaf
    cup[at] = key
    at >>= 1
    while at >= 1:
        winner = min(cup[2 * at], cup[2 * at + 1])
        if cup[at] == winner:
            return
        cup[at] = winner
        at >>= 1


@merged
def step(first: I32, up: I32, count: I64, leaf: int, stop: int, by: int) -> None:
    """Count `by` contracts more in every quota from a leaf up to, not including, `stop`."""
    node = first[leaf]
    while node != stop and node >= 0:
        count[node] += by
        node = up[node]


@merged
def replace(
    seats: I64, heap: I64, size: I32, lows: I64, cup: I64, out_leaf: int, in_leaf: int, key: int
) -> None:
    """Take the lowest member of one leaf away and put `key` into another (or the same)."""
    base = seats[out_leaf]
    if out_leaf == in_leaf:
        sink(heap, base, size[in_leaf], key)
        record(lows, cup, in_leaf, heap[base])
        return
    size[out_leaf] -= 1
    left = size[out_leaf]
    if left:
        sink(heap, base, left, heap[base + left])
    record(lows, cup, out_leaf, heap[base] if left else TOP)
    push(heap, seats[in_leaf], size[in_leaf], key)
    size[in_leaf] += 1
    record(lows, cup, in_leaf, heap[seats[in_leaf]])


@merged
def offer(
    first: I32, up: I32, low: I32, high: I32, capacity: I64, count: I64,
    seats: I64, heap: I64, size: I32, lows: I64, cup: I64, floor: I64,
    leaf_of: I32, cursor: I64, holder: I32, leaf: int, key: int,
) -> int:  # fmt: skip
    """Offer a contract: -1 taken with room to spare, -2 turned away, else the student who goes."""
    node = first[leaf]
    while node >= 0 and count[node] < capacity[node]:
        node = up[node]
    if node < 0:
        push(heap, seats[leaf], size[leaf], key)
        size[leaf] += 1
        step(first, up, count, leaf, -1, 1)
        if key < lows[leaf]:
            record(lows, cup, leaf, key)
        return -1
    bottom = least(lows, cup, low[node], high[node])
    floor[leaf] = max(floor[leaf], bottom)
    if bottom > key:
        return -2
    goes = holder[bottom & 0xFFFFFFFF]
    out_leaf = leaf_of[cursor[goes]]
    replace(seats, heap, size, lows, cup, out_leaf, leaf, key)
    if out_leaf != leaf:
        step(first, up, count, out_leaf, node, -1)
        step(first, up, count, leaf, node, 1)
    floor[out_leaf] = max(floor[out_leaf], bottom)
    return int(goes)


@kernel
def propose_tree(
    ptr: I64, leaf_of: I32, score: I32, weight: I32, holder: I32,
    first: I32, up: I32, low: I32, high: I32, capacity: I64, count: I64,
    seats: I64, heap: I64, size: I32, lows: I64, cup: I64, floor: I64,
    cursor: I64, queue: I32, waiting: int,
) -> None:  # fmt: skip
    """As `propose_flat`, with leaves for posts and quotas above them."""
    later = np.empty(len(queue), np.int32)
    while waiting > 0:
        out = 0
        for turn in range(waiting):
            look_ahead(turn, queue, cursor, weight, leaf_of, score, seats, floor, size, heap)
            student = queue[turn]
            edge, end = cursor[student], ptr[student + 1]
            standing = np.int64(weight[student])
            while edge < end:
                leaf = leaf_of[edge]
                key = int((np.int64(score[edge]) << 32) + standing)
                if key > floor[leaf]:
                    goes = offer(
                        first, up, low, high, capacity, count, seats, heap, size, lows, cup,
                        floor, leaf_of, cursor, holder, leaf, key,
                    )  # fmt: skip
                    if goes >= 0:
                        later[out] = goes
                        out += 1
                    if goes != -2:
                        break
                edge += 1
            cursor[student] = edge
        waiting = call_again(later, out, queue, cursor)
