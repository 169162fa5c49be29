"""A plan of one side of the small world: a task, its report, a review and a rectification."""

from datetime import date

from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.models import ProgressReport, Rectification, Review
from tests.matching.world import AT
from tests.plans.evidence_world import make_plan, make_task


def plan_rows(
    consortium: Consortium, unit: Unit, person: Actor, office: Actor
) -> dict[str, object]:
    """In force, with the unit's task 1-1-1, judged and to be mended."""
    plan = make_plan(consortium)
    task = make_task(plan, "1-1-1", unit)
    review = Review.objects.create(
        plan=plan, task=task, stage="midyear", verdict="not_achieved", score=30,
        proposed_verdict="mostly", proposed_score=70, reviewed_at=AT, reviewed_by=office.user,
    )  # fmt: skip
    ProgressReport.objects.create(
        task=task, month="2026-02", percent=20, text="推进中", due_on=date(2026, 3, 5),
        is_late=False, first_reported_at=AT, reported_at=AT, reported_by=person.user,
    )  # fmt: skip
    return {
        "plan": plan,
        "task": task,
        "review": review,
        "rectification": Rectification.objects.create(
            plan=plan, task=task, review=review, what="补签协议", unit=unit, due_on=date(2027, 1, 1),
            opened_at=AT, opened_by=office.user,
        ),
    }  # fmt: skip
