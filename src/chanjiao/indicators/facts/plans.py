"""Tasks of the year's plan and the evidence handed in for them.

A task's progress is that of its last report within the period; a split task's, and a task's state,
are today's. Evidence handed in or accepted after the period had not been so by its end. A double is
one only once a person has confirmed the suspicion, whenever that was: a suspicion strikes nothing.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import F, QuerySet

from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.plans.enums import EvidenceState, FlagState, Stage, TaskState
from chanjiao.plans.models import Evidence, EvidenceUse, ProgressReport, Review, Task


def task_rows(scope: Scope) -> Iterator[Row]:
    """The tasks handed down of the plan of the period's year."""
    rows = Task.objects.filter(
        plan__consortium=scope.consortium, plan__year=scope.since.year, assigned_at__lt=scope.end
    ).exclude(state=TaskState.DRAFT)
    reported = _last_reports(scope)
    verdicts = dict(
        Review.objects.filter(
            plan__consortium=scope.consortium, plan__year=scope.since.year, stage=Stage.YEAREND
        )
        .order_by("pk")
        .values_list("task", "verdict")
    )
    for pk, code, unit, name, weight, target, current, due, state, progress in rows.order_by(
        "pk"
    ).values_list(
        "pk", "code", "unit", "name", "weight", "target", "current", "due_on", "state", "progress"
    ):
        percent, value = reported.get(pk, (progress, current))
        yield (
            code, scope.unit(unit), name, weight, target, value, due, state, percent,
            verdicts.get(pk),
        )  # fmt: skip


def _last_reports(scope: Scope) -> dict[int, tuple[int, Decimal | None]]:
    rows = ProgressReport.objects.filter(
        task__plan__consortium=scope.consortium, task__plan__year=scope.since.year,
        month__lt=f"{scope.until:%Y-%m}",
    )  # fmt: skip
    found = rows.order_by("task", "month").values_list("task", "percent", "current")
    return {task: (percent, current) for task, percent, current in found}


def _pieces(scope: Scope) -> QuerySet[Evidence]:
    return Evidence.objects.filter(
        plan__consortium=scope.consortium, plan__year=scope.since.year, created_at__lt=scope.end
    ).exclude(state=EvidenceState.WITHDRAWN)


def evidence_rows(scope: Scope) -> Iterator[Row]:
    """Each piece once, also one that serves several tasks."""
    rows = _pieces(scope).filter(same_as__isnull=True).order_by("pk")
    for (
        code, unit, kind, title, digest, state, flag, due, first, accepted
    ) in rows.values_list(
        "code", "unit", "kind", "title", "digest", "state", "flag", "due_on",
        "first_submitted_at", "accepted_at",
    ).iterator(chunk_size=5000):  # fmt: skip
        yield (
            code, scope.unit(unit), kind, title, digest, _state(state, first, accepted, scope),
            flag == FlagState.CONFIRMED, due, scope.day(first), scope.day(accepted),
        )  # fmt: skip


def _state(state: str, first: datetime | None, accepted: datetime | None, scope: Scope) -> str:
    """What came after the end had not happened yet."""
    if first is not None and first >= scope.end:
        return EvidenceState.WANTED.value
    if state == EvidenceState.ACCEPTED and accepted is not None and accepted >= scope.end:
        return EvidenceState.SUBMITTED.value
    return state


def evidence_use_rows(scope: Scope) -> Iterator[Row]:
    """The task a piece stands under, those that refer to it, and the uses named for it."""
    found: set[Row] = set()
    whole = _pieces(scope).annotate(piece=F("same_as__code"))
    for code, piece, task in whole.order_by("pk").values_list("code", "piece", "task__code"):
        found.add((piece or code, "task", task))
    uses = EvidenceUse.objects.filter(evidence__in=_pieces(scope), added_at__lt=scope.end)
    for code, piece, task, indicator in uses.order_by("pk").values_list(
        "evidence__code", "evidence__same_as__code", "task__code", "indicator"
    ):
        found.add(
            (piece or code, "task", task) if task else (piece or code, "indicator", indicator)
        )
    yield from sorted(found)
