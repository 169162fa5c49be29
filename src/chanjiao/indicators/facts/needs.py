"""What members need and offer, and the students they have.

Drafts are a unit's own and are no facts. A row handed in after the period's end does not exist in
it; one published after it was still waiting. What came back, was matched or closed since has no
date of its own, so those states are today's.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Q, QuerySet

from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.needs.enums import ON_SHOW, ListingState
from chanjiao.needs.models import (
    Cohort,
    CoreProduct,
    Listing,
    Post,
    Station,
    Student,
    Team,
    TechnologyNeed,
)

M = TypeVar("M", bound=Listing)
_COMMON = ("number", "unit", "quarter", "state", "published_at", "confirmed_at", "answer_due_on")


def _listed(scope: Scope, model: type[Listing], *more: str) -> Iterator[tuple[list[object], Row]]:
    """Rows handed in before the end: the common columns made ready, and `more` as they are."""
    for number, unit, quarter, state, published, confirmed, due, *rest in (
        _handed_in(scope, model)
        .order_by("number")
        .values_list(*_COMMON, *more)
        .iterator(chunk_size=5000)
    ):
        if unit not in scope.codes:
            continue
        shown = scope.day(published)
        common = [
            number, scope.unit(unit), quarter, _state(state, published, scope),
            shown, _confirmed(scope, shown, confirmed), due,
        ]  # fmt: skip
        yield common, tuple(rest)


def _handed_in(scope: Scope, model: type[M]) -> QuerySet[M]:
    """What the secretariat had been given by then."""
    rows = model._default_manager.filter(consortium=scope.consortium)
    given = Q(submitted_at__lt=scope.end) | Q(submitted_at__isnull=True, published_at__lt=scope.end)
    return rows.filter(given).exclude(state=ListingState.DRAFT)


def _state(state: str, published: datetime | None, scope: Scope) -> str:
    """Published later: then it still waited for review."""
    later = published is not None and published >= scope.end
    return ListingState.SUBMITTED.value if later and state in ON_SHOW else state


def _confirmed(scope: Scope, shown: date | None, confirmed: datetime | None) -> date | None:
    """Publication is the first confirmation; only the last is kept, so a later one hides others."""
    return (scope.day(confirmed) or shown) if shown else None


def need_rows(scope: Scope) -> Iterator[Row]:
    """The three lists of what is wanted and made."""
    for common, (kind, occupation, headcount) in _listed(
        scope, Post, "kind", "occupation_code", "headcount"
    ):
        number, unit, quarter, state, shown, confirmed, due = common
        yield (number, unit, "post", quarter, state, kind, occupation, None, headcount, None,
               shown, confirmed, due)  # fmt: skip
    for common, (industry, budget) in _listed(scope, TechnologyNeed, "industry_code", "budget_fen"):
        number, unit, quarter, state, shown, confirmed, due = common
        yield (number, unit, "technology", quarter, state, None, None, industry, None, budget,
               shown, confirmed, due)  # fmt: skip
    for common, (industry,) in _listed(scope, CoreProduct, "industry_code"):
        number, unit, quarter, state, shown, confirmed, due = common
        yield (number, unit, "product", quarter, state, None, None, industry, None, None,
               shown, confirmed, due)  # fmt: skip


def need_major_rows(scope: Scope) -> Iterator[Row]:
    """Each major a post asks for."""
    for common, (majors,) in _listed(scope, Post, "major_codes"):
        for major in dict.fromkeys(majors):
            yield common[0], major


def offer_rows(scope: Scope) -> Iterator[Row]:
    """Cohorts, teams and stations."""
    for common, (major, size) in _listed(scope, Cohort, "major_code", "size"):
        yield _offer("cohort", common, major, size, None)
    for common, (size,) in _listed(scope, Team, "size"):
        yield _offer("team", common, None, size, None)
    for common, (quantity, value) in _listed(scope, Station, "quantity", "value_fen"):
        yield _offer("station", common, None, quantity, value)


def _offer(
    kind: str, common: list[object], major: str | None, quantity: int, value: int | None
) -> Row:
    number, unit, quarter, state, shown, confirmed, _due = common
    return number, unit, kind, quarter, state, major, quantity, value, shown, confirmed


def student_rows(scope: Scope) -> Iterator[Row]:
    """Students of the cohorts among the facts. Two queries for any number of students."""
    cohorts = {
        pk: (number, scope.unit(unit), major, entry)
        for pk, number, unit, major, entry in _handed_in(scope, Cohort)
        .order_by("pk")
        .values_list("pk", "number", "unit", "major_code", "entry_year")
        if unit in scope.codes
    }
    rows = Student.objects.filter(
        cohort__consortium=scope.consortium, created_at__lt=scope.end
    ).order_by("pk")
    person = scope.person
    for pk, cohort in rows.values_list("pk", "cohort").iterator(chunk_size=10_000):
        if known := cohorts.get(cohort):
            number, unit, major, entry = known
            yield person(pk), unit, number, major, entry
