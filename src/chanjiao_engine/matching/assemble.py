"""From rows in any order to preference lists with scores: counting, never comparing ids."""

import numpy as np

from ._jit import I32, I64, U64, Bool, Ints, kernel, prefetch


@kernel
def group_rows(student: I32, students: int) -> tuple[I64, I64]:
    """Row numbers grouped by student, in row order: (ptr int64 [n+1], row int64 [m])."""
    ptr = np.zeros(students + 1, np.int64)
    for row in range(len(student)):
        ptr[student[row] + 1] += 1
    for s in range(students):
        ptr[s + 1] += ptr[s]
    at = ptr[:-1].copy()
    rows = np.empty(len(student), np.int64)
    for row in range(len(student)):
        rows[at[student[row]]] = row
        at[student[row]] += 1
    return ptr, rows


@kernel
def order_groups(ptr: I64, rows: I64, by: Ints) -> int:
    """Sort every group by `by`, in place; returns a row whose value stands twice in a group, or -1."""
    twice = -1
    for s in range(len(ptr) - 1):
        low, high = ptr[s], ptr[s + 1]
        if high - low > 64:
            group = rows[low:high].copy()
            order = np.argsort(by[group], kind="mergesort")
            for i in range(high - low):
                rows[low + i] = group[order[i]]
        else:
            for i in range(low + 1, high):
                row, key, j = rows[i], by[rows[i]], i
                while j > low and by[rows[j - 1]] > key:
                    rows[j] = rows[j - 1]
                    j -= 1
                rows[j] = row
        for i in range(low + 1, high):
            if by[rows[i]] == by[rows[i - 1]]:
                twice = rows[i]
    return int(twice)


@kernel
def is_grouped(student: I32, by: Ints) -> bool:
    """Whether rows already ascend by student, then strictly by `by`."""
    for row in range(1, len(student)):
        before, here = student[row - 1], student[row]
        if before > here or (before == here and by[row - 1] >= by[row]):
            return False
    return True


@kernel
def edges_by_post(ptr: I64, post: I32) -> I32:
    """Each student's edges, as offsets in the own list, in ascending order of post: int32 [m]."""
    order = np.empty(len(post), np.int32)
    for s in range(len(ptr) - 1):
        low, size = ptr[s], ptr[s + 1] - ptr[s]
        if size > 64:
            order[low : low + size] = np.argsort(post[low : low + size])
            continue
        for i in range(size):
            j = i
            while j > 0 and post[low + order[low + j - 1]] > post[low + i]:
                order[low + j] = order[low + j - 1]
                j -= 1
            order[low + j] = i
    return order


@kernel
def find_edges(ptr: I64, post: I32, order: I32, of_student: I32, of_post: I32) -> I64:
    """The edge of every (student, post) row, or -1 where the student does not list the post."""
    found = np.full(len(of_student), -1, np.int64)
    last = len(of_student) - 1
    for row in range(len(of_student)):
        prefetch(ptr, of_student[min(row + 32, last)])
        prefetch(post, ptr[of_student[min(row + 16, last)]])
        base, wanted = ptr[of_student[row]], of_post[row]
        low, high = base, ptr[of_student[row] + 1]
        if high - low <= 12:
            for edge in range(low, high):
                if post[edge] == wanted:
                    found[row] = edge
            continue
        end = high
        while low < high:
            middle = (low + high) // 2
            if post[base + order[middle]] < wanted:
                low = middle + 1
            else:
                high = middle
        if low < end and post[base + order[low]] == wanted:
            found[row] = base + order[low]
    return found


@kernel
def place_scores(edge: I64, row_score: I64, score: I64, scored: Bool) -> int:
    """Write rows' scores to their edges; returns a row whose edge was written before, or -1."""
    twice = -1
    for row in range(len(edge)):
        at = edge[row]
        if at >= 0:
            if scored[at]:
                twice = row
            scored[at] = True
            score[at] = row_score[row]
    return int(twice)


def listed(student: I32, post: I32, rank: Ints, students: int) -> tuple[I64, I32, int]:
    """Preference lists from rows: (ptr, post, a row with a rank given twice or -1)."""
    if is_grouped(student, rank):
        ptr = np.zeros(students + 1, np.int64)
        np.cumsum(np.bincount(student, minlength=students), out=ptr[1:])
        return ptr, post, -1
    ptr, rows = group_rows(student, students)
    twice = order_groups(ptr, rows, rank)
    return ptr, post[rows], twice


@kernel
def look_up(known: U64, wanted: U64) -> I32:
    """The position of every wanted hash among the known ones, or -1: int32, one per wanted.

    Of equal known hashes the first is found; the caller compares what was hashed.
    """
    bits = 4
    while (1 << bits) < 2 * len(known) + 1:
        bits += 1
    mask = (1 << bits) - 1
    slots = np.full(mask + 1, -1, np.int32)
    for at in range(len(known)):
        slot = np.int64(known[at] & np.uint64(mask))
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = at
    found = np.full(len(wanted), -1, np.int32)
    last = len(wanted) - 1
    for row in range(len(wanted)):
        prefetch(slots, np.int64(wanted[min(row + 24, last)] & np.uint64(mask)))
        ahead = slots[np.int64(wanted[min(row + 8, last)] & np.uint64(mask))]
        prefetch(known, max(ahead, 0))
        slot = np.int64(wanted[row] & np.uint64(mask))
        while slots[slot] >= 0:
            if known[slots[slot]] == wanted[row]:
                found[row] = slots[slot]
                break
            slot = (slot + 1) & mask
    return found
