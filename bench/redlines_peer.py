"""The peer: the tests' row-by-row evaluation, with intervals and a heap where it walks days.

So the ratio is of rows against columns, not of days against intervals. Plain Python throughout.
"""

import heapq
from bisect import bisect_right
from collections import defaultdict

from tests.engine.redlines.plain import DUNNO, NO, YES, all_of, compare, judge


def cover(placement, policies):
    """(bad, first day not covered), by sorted policies."""
    start, end = placement["starts"], placement["until"]
    if not policies or start is None or end is None:
        return DUNNO, None
    reached = start
    for policy in sorted(policies, key=lambda one: one["since"]):
        if policy["since"] > reached:
            break
        reached = max(reached, policy["until"])
    return (YES, reached) if reached < end else (NO, None)


def count(tables, world):
    """(row, code, bad, place, allowed, day): each group's people once, in the order they came."""
    for code, percent, group_of in (
        ("cap_unit", 10, lambda post: (post["unit"], "")),
        ("cap_kind", 20, lambda post: (post["unit"], post["kind"])),
    ):
        staff, members = defaultdict(list), defaultdict(list)
        for row in tables["staff"]:
            staff[row["unit"], row["kind"]].append((row["since"], row["staff"]))
        for at, row in enumerate(tables["placements"]):
            if row["kind"] == "岗位实习":
                group = group_of(world.by_id["posts"][row["post"]])
                members[group].append((row["starts"], at, row["until"]))
        found = {}
        for group, people in members.items():
            found |= _standing(sorted(people), sorted(staff.get(group, [])), percent)
        for at, row in enumerate(tables["placements"]):
            bad, place, allowed, day = found.get(at, (DUNNO, None, None, None))
            intern = compare(row["kind"], lambda a, b: a == b, "岗位实习")
            yield at, code, all_of(intern, bad), place, allowed, day


def _standing(people, staff, percent):
    found, there = {}, []
    days = [since for since, _ in staff]
    for start, at, until in people:
        while there and there[0] <= start:
            heapq.heappop(there)
        heapq.heappush(there, until)
        held = bisect_right(days, start) - 1
        if held < 0:
            found[at] = (DUNNO, None, None, None)
            continue
        allowed = staff[held][1] * percent // 100
        found[at] = (len(there) > allowed, len(there), allowed, start)
    for i, (day, number) in enumerate(staff):
        if i and number >= staff[i - 1][1]:
            continue
        rank, allowed = 0, number * percent // 100
        for start, at, until in people:
            if start < day < until:
                rank += 1
                if rank > allowed and found[at][0] is not YES:
                    found[at] = (YES, rank, allowed, day)
    return found


def peer(tables, at):
    """The findings of `plain.judge`."""
    return judge(tables, at=at, cover=cover, count=count)
