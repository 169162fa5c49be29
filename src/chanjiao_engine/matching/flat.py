"""The proposing loop where every post has one quota and nothing stands above it."""

import numpy as np

from ._jit import I32, I64, kernel, merged, prefetch
from .heap import push, sink

# How many turns ahead each piece of memory is asked for; see docs/decisions/0002.
STUDENT, LIST, POST, SEATS = 32, 24, 12, 6


@merged
def look_ahead(
    turn: int, queue: I32, cursor: I64, weight: I32, post: I32, score: I32, seats: I64,
    floor: I64, size: I32, heap: I64,
) -> None:  # fmt: skip
    """Ask early for what coming turns will read: the loop waits for memory, not for the processor.

    `queue` has `STUDENT` spare entries at its end; a cursor may stand one past the last edge.
    """
    last = len(post) - 1
    student = queue[turn + STUDENT]
    prefetch(cursor, student)
    prefetch(weight, student)
    edge = min(cursor[queue[turn + LIST]], last)
    prefetch(post, edge)
    prefetch(score, edge)
    j = post[min(cursor[queue[turn + POST]], last)]
    prefetch(floor, j)
    prefetch(seats, j)
    prefetch(size, j)
    base = seats[post[min(cursor[queue[turn + SEATS]], last)]]
    prefetch(heap, base)
    prefetch(heap, base + 8)
    prefetch(heap, base + 16)


@kernel
def propose_flat(
    ptr: I64, post: I32, score: I32, weight: I32, holder: I32, seats: I64, capacity: I64,
    heap: I64, size: I32, floor: I64, cursor: I64, queue: I32, waiting: int,
) -> None:  # fmt: skip
    """Let the first `waiting` students of `queue` propose until nobody has anyone left to ask.

    A contract's key is score * 2**32 + weight, weight being the student's standing in the lottery
    and `holder[weight]` the student. `floor[post]` is the key a proposal must pass: once a post
    is full its lowest key only rises, so what fails today fails for ever. `cursor[student]` is the
    edge of the contract held, or the list's end. The order of proposals does not change the
    outcome, so students wait in batches rather than in chains: what one turn reads does not
    depend on the turn before and can be asked for ahead of time.
    """
    later = np.empty(len(queue), np.int32)
    while waiting > 0:
        out = 0
        for turn in range(waiting):
            look_ahead(turn, queue, cursor, weight, post, score, seats, floor, size, heap)
            student = queue[turn]
            edge, end = cursor[student], ptr[student + 1]
            standing = np.int64(weight[student])
            while edge < end:
                j = post[edge]
                key = int((np.int64(score[edge]) << 32) + standing)
                if key > floor[j]:
                    base, count = seats[j], int(np.int64(size[j]))
                    if count < seats[j + 1] - base:
                        push(heap, base, count, key)
                        size[j] = count + 1
                        if count + 1 == capacity[j]:
                            floor[j] = heap[base]
                    else:
                        later[out] = holder[heap[base] & 0xFFFFFFFF]
                        out += 1
                        sink(heap, base, count, key)
                        floor[j] = heap[base]
                    break
                edge += 1
            cursor[student] = edge
        waiting = call_again(later, out, queue, cursor)


@kernel
def call_again(later: I32, out: int, queue: I32, cursor: I64) -> int:
    """Queue those who lost their contract, each one choice further down; returns how many."""
    for turn in range(out):
        student = later[turn]
        cursor[student] += 1
        queue[turn] = student
    return out
