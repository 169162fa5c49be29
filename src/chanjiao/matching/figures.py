"""A run's figures as plain values: what the desk compares and the public page shows."""

from typing import TYPE_CHECKING, Any

from chanjiao.matching.bridge import Tables, public_unit_id
from chanjiao.matching.limits import Cap
from chanjiao_engine.matching.problem import Labels, Problem, Scope
from chanjiao_engine.matching.result import Result

if TYPE_CHECKING:
    from chanjiao.matching.solving import Solved


def figures_of(tables: Tables, solved: "Solved") -> dict[str, Any]:
    """Integers and names only: totals, places by rank, fill of posts, use of quotas, closings."""
    problem, result = solved.problem, solved.result
    labels = problem.labels
    assert labels is not None  # made from files
    totals = result.statistics
    return {
        "students": totals.students,
        "choices": totals.choices,
        "eligible": totals.eligible,
        "matched": totals.matched,
        "first_choice": totals.first_choice,
        "rank_sum": totals.rank_sum,
        "rank_counts": list(totals.rank_counts),
        "unscored": tables.unscored,
        "ineligible": tables.ineligible,
        "posts": _posts(problem, result, labels, tables),
        "quotas": _quotas(problem, result, labels, tables.caps),
        "closings": [
            {"post": labels.post_names[c.post], "admitted": c.admitted, "minimum": c.minimum}
            for c in result.certificate.closings
        ],
    }


def mean_rank(figures: dict[str, Any]) -> str:
    """Mean place of those who got one, two decimals, rounded half up: 1.37; empty for nobody."""
    matched = figures["matched"]
    if not matched:
        return ""
    hundredths = (figures["rank_sum"] * 200 + matched) // (2 * matched)
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _posts(
    problem: Problem, result: Result, labels: Labels, tables: Tables
) -> list[dict[str, Any]]:
    closed = {c.post for c in result.certificate.closings}
    return [
        {
            "id": tables.posts[labels.post_ids[post]],
            "name": labels.post_names[post],
            "capacity": int(problem.node_capacity[post]),
            "minimum": int(problem.post_minimum[post]),
            "filled": int(result.certificate.filled[post]),
            "closed": post in closed,
        }
        for post in range(problem.posts)
    ]


def _quotas(
    problem: Problem, result: Result, labels: Labels, caps: list[Cap]
) -> list[dict[str, Any]]:
    by_key = {(public_unit_id(cap.unit), cap.occupation_code): cap for cap in caps}
    shares = {int(node): at for at, node in enumerate(problem.share_node)}
    rows = []
    for node in range(problem.posts, problem.nodes):
        row: dict[str, Any] = {
            "scope": Scope(int(problem.node_scope[node])).word,
            "capacity": int(problem.node_capacity[node]),
            "filled": int(result.certificate.filled[node]),
        }
        if node in shares:
            at = shares[node]
            row["name"] = labels.post_names[int(problem.share_post[at])]
            row["school"] = labels.school_names[int(problem.share_school[at])]
        else:
            row |= _cap_row(by_key[labels.node_unit[node], labels.node_kind[node]])
        rows.append(row)
    return rows


def _cap_row(cap: Cap) -> dict[str, Any]:
    return {
        "name": cap.unit.called,
        "occupation": cap.occupation_code,
        "staff": cap.staff,
        "percent": cap.percent,
        "legal": cap.legal,
        "placed": cap.placed,
        "own": cap.own,
    }
