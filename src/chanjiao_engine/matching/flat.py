"""The proposing loop where every post has one quota and nothing stands above it."""

import numpy as np

from ._jit import I32, I64, kernel
from .heap import push, sink


@kernel
def propose_flat(
    ptr: I64, post: I32, score: I32, weight: I32, holder: I32, seats: I64, capacity: I64,
    heap: I64, size: I32, floor: I64, place: I32, queue: I32, waiting: int,
) -> None:  # fmt: skip
    """Let the first `waiting` students of `queue` propose until nobody has anyone left to ask.

    A contract's key is score * 2**32 + weight, weight being the student's standing in the lottery
    and `holder[weight]` the student. `floor[post]` is the key a proposal must pass: once a post
    is full its lowest key only rises, so what fails today fails for ever. `place[student]` is the
    position in the own list: of the contract held, or the list's end. The order of proposals does
    not change the outcome, so students wait in batches rather than in chains: reads of one
    student do not depend on the one before, and the processor overlaps them.
    """
    later = np.empty(len(place), np.int32)
    while waiting > 0:
        out = 0
        for turn in range(waiting):
            student = queue[turn]
            edge, end = ptr[student] + place[student], ptr[student + 1]
            standing = int(weight[student])
            while edge < end:
                j = post[edge]
                key = (int(score[edge]) << 32) + standing
                if key > floor[j]:
                    base, count = seats[j], size[j]
                    if count < seats[j + 1] - base:
                        push(heap, base, count, key)
                        size[j] = count + 1
                        if count + 1 == capacity[j]:
                            floor[j] = heap[base]
                    else:
                        later[out] = holder[heap[base] & 0xFFFFFFFF]
                        place[later[out]] += 1
                        out += 1
                        sink(heap, base, count, key)
                        floor[j] = heap[base]
                    break
                edge += 1
            place[student] = edge - ptr[student]
        queue[:out] = later[:out]
        waiting = out
