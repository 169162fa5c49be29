"""The first rounds of a flat match: all who wait propose, then each post looks once at who came.

Early on a popular post would take and drop the same seat many times over. Taken together, its
proposals are split around the last place in one go, side by side in memory and without branches.
The order of proposals does not change the outcome, so `flat.propose_flat` may go on from here.
"""

import numpy as np

from ._jit import I32, I64, kernel, merged, prefetch
from .heap import arrange

STUDENT, LIST = 32, 20  # how many turns ahead memory is asked for


@kernel
def propose_together(
    ptr: I64, post: I32, score: I32, weight: I32, holder: I32, seats: I64, capacity: I64,
    heap: I64, size: I32, floor: I64, cursor: I64, queue: I32, waiting: int, enough: int,
) -> int:  # fmt: skip
    """Rounds until `enough` or fewer wait in `queue`; returns how many. Arrays as `propose_flat`."""
    asked, keys = np.empty(waiting, np.int32), np.empty(waiting, np.int64)
    came, lost = np.empty(waiting, np.int64), np.empty(waiting, np.int64)
    stop = np.zeros(len(size) + 1, np.int64)
    while waiting > enough:
        made = _ask(ptr, post, score, weight, floor, cursor, queue, waiting, asked, keys)
        _gather(asked, keys, made, came, stop)
        out = _keep_best(came, stop, seats, capacity, heap, size, floor, keys, lost)
        waiting = _call_again(lost, out, holder, queue, cursor)
    for j in range(len(size)):
        arrange(heap, int(seats[j]), int(np.int64(size[j])))
    return waiting


@kernel
def _ask(
    ptr: I64, post: I32, score: I32, weight: I32, floor: I64, cursor: I64, queue: I32,
    waiting: int, asked: I32, keys: I64,
) -> int:  # fmt: skip
    """Note each waiting student's next proposal that is not hopeless; returns how many."""
    made, last = 0, len(post) - 1
    for turn in range(waiting):
        prefetch(cursor, queue[turn + STUDENT])
        prefetch(weight, queue[turn + STUDENT])
        ahead = min(cursor[queue[turn + LIST]], last)
        prefetch(post, ahead)
        prefetch(score, ahead)
        student = queue[turn]
        edge, end = cursor[student], ptr[student + 1]
        standing = np.int64(weight[student])
        while edge < end:
            key = (np.int64(score[edge]) << 32) + standing
            if key > floor[post[edge]]:
                asked[made] = post[edge]
                keys[made] = key
                made += 1
                break
            edge += 1
        cursor[student] = edge
    return made


@kernel
def _gather(asked: I32, keys: I64, made: int, came: I64, stop: I64) -> None:
    """Put the proposals to one post side by side; those to post j end at `stop[j]`."""
    stop[:] = 0
    for i in range(made):
        stop[asked[i] + 1] += 1
    for j in range(1, len(stop)):
        stop[j] += stop[j - 1]
    for i in range(made):
        at = stop[asked[i]]
        came[at] = keys[i]
        stop[asked[i]] = at + 1


@kernel
def _keep_best(
    came: I64, stop: I64, seats: I64, capacity: I64, heap: I64, size: I32, floor: I64, work: I64,
    lost: I64,
) -> int:  # fmt: skip
    """Seat the best of held and new at each post, in no order; returns how many lost."""
    out, begin = 0, 0
    for j in range(len(size)):
        new, base, held = int(stop[j] - begin), int(seats[j]), int(np.int64(size[j]))
        room, both = int(seats[j + 1]) - base, held + new
        if new and both <= room:
            move(came, begin, heap, base + held, new)
            size[j] = both
            if both == capacity[j]:
                floor[j] = lowest(heap, base, both)
        elif new:
            move(heap, base, work, 0, held)
            move(came, begin, work, held, new)
            best_first(work, both, room)
            move(work, 0, heap, base, room)
            move(work, room, lost, out, both - room)
            out += both - room
            size[j] = room
            floor[j] = lowest(heap, base, room)
        begin = int(stop[j])
    return out


@merged
def move(source: I64, begin: int, target: I64, to: int, count: int) -> None:
    """Copy so many numbers; a handful each time, for which slices cost too much."""
    for i in range(count):
        target[to + i] = source[begin + i]


@merged
def lowest(heap: I64, base: int, count: int) -> int:
    """The least of so many numbers."""
    least = heap[base]
    for i in range(1, count):
        least = min(least, heap[base + i])
    return int(least)


@merged
def best_first(work: I64, total: int, room: int) -> None:
    """Put the `room` greatest of the first `total` numbers, all different, before the others."""
    low, high = 0, total
    while high - low > 1:
        a, b, c = work[low], work[(low + high) >> 1], work[high - 1]
        middle = max(min(a, b), min(max(a, b), c))
        at = low if middle == a else high - 1 if middle == c else (low + high) >> 1
        work[at] = work[high - 1]
        at = low
        for i in range(low, high - 1):  # without a branch: nobody can foretell these comparisons
            one = work[i]
            work[i] = work[at]
            work[at] = one
            at += int(one > middle)
        work[high - 1] = work[at]
        work[at] = middle
        if at <= room <= at + 1:
            break
        if at > room:
            high = at
        else:
            low = at + 1


@kernel
def _call_again(lost: I64, out: int, holder: I32, queue: I32, cursor: I64) -> int:
    """Queue the students who lost, each one choice further down; returns how many."""
    for i in range(out):
        prefetch(holder, lost[min(i + 16, out - 1)] & 0xFFFFFFFF)
        queue[i] = holder[lost[i] & 0xFFFFFFFF]
    for i in range(out):
        prefetch(cursor, queue[min(i + 16, out - 1)])
        cursor[queue[i]] += 1
    return out
