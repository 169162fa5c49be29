"""Rounds, and the results of those published."""

from collections.abc import Iterator

from django.db.models import Count, Sum

from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Match, Round
from chanjiao.needs.models import Student


def round_rows(scope: Scope) -> Iterator[Row]:
    """Rounds that had left preparation. One published later counts as accepted, no more."""
    rows = Round.objects.filter(consortium=scope.consortium, opens_at__lt=scope.end)
    rows = rows.exclude(state__in=[RoundState.DRAFT, RoundState.CANCELLED])
    seats = dict(rows.order_by("pk").values_list("pk").annotate(n=Sum("posts__capacity")))
    students = dict(
        Student.objects.filter(cohort__round_cohorts__round__in=rows)
        .order_by("cohort__round_cohorts__round")
        .values_list("cohort__round_cohorts__round")
        .annotate(n=Count("pk"))
    )
    for pk, code, kind, state, published in rows.order_by("pk").values_list(
        "pk", "code", "kind", "state", "published_at"
    ):
        later = state == RoundState.PUBLISHED and scope.day(published) is None
        stood = RoundState.ACCEPTED.value if later else state
        yield code, kind, stood, students.get(pk, 0), seats[pk] or 0, scope.day(published)


def match_rows(scope: Scope) -> Iterator[Row]:
    """Every student's result in the rounds published by then; one query."""
    rows = Match.objects.filter(
        run__round__consortium=scope.consortium, run__state=RunState.ACCEPTED,
        run__round__published_at__lt=scope.end,
    ).order_by("pk")  # fmt: skip
    found = rows.values_list(
        "run__round__code", "student", "student__school", "round_post__post__unit",
        "round_post__post__number", "rank",
    )  # fmt: skip
    for code, student, school, employer, need, rank in found.iterator(chunk_size=10_000):
        if school not in scope.codes:
            continue
        yield (
            code, scope.person(student), scope.unit(school),
            None if employer is None else scope.unit(employer), need, rank,
        )  # fmt: skip
