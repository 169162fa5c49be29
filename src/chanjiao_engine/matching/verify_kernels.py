"""The checker's one inner loop: is there a pair both sides would rather have?"""

from ._jit import I32, I64, U8, Ints, kernel


@kernel
def first_blocking(
    begin: int, end: int, ptr: I64, post: I32, score: Ints, barred: U8, rank: I32, lot: I32,
    school: I32, share_ptr: I64, share_school: I32, share_node: I32, bar_score: I64, bar_lot: I64,
) -> int:  # fmt: skip
    """The first edge of students [begin, end) preferred to the outcome and not barred, or -1.

    Level with the last admitted in score and lottery is only that student in another post of the
    same quota: the post it prefers comes first.
    """
    for student in range(begin, end):
        start, stop = ptr[student], ptr[student + 1]
        if rank[student] > 0:
            stop = start + rank[student] - 1
        for edge in range(start, stop):
            home = post[edge]
            for share in range(share_ptr[home], share_ptr[home + 1]):
                if share_school[share] == school[student]:
                    home = share_node[share]
                    break
            if score[edge] < bar_score[home] or barred[edge]:
                continue
            if score[edge] > bar_score[home] or lot[student] <= bar_lot[home]:
                return int(edge)
    return -1
