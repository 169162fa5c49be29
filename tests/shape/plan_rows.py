"""A plan of one side of the small world: a task, its report, a review and a rectification."""

from datetime import date
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.models import BookLayout, ProgressReport, Rectification, Review
from chanjiao.sheets.foreign import Outline
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
    sample = store_file(BytesIO(b"PK"), "任务书.xlsx", by=office, at=AT)
    titles = ["编码", "任务事项", "牵头部门"]
    outline = Outline("任务分解表", 1, 1, tuple(titles), head=(tuple(titles),))
    return {
        "book": BookLayout.objects.create(
            consortium=consortium, fingerprint=outline.fingerprint, title="任务分解表", sample=sample,
            outline=outline.as_dict(), mapping={"code": 0, "name": 1, "unit": 2}, made_at=AT,
            made_by=office.user, confirmed_at=AT,
        ),
        "plan": plan,
        "task": task,
        "review": review,
        "rectification": Rectification.objects.create(
            plan=plan, task=task, review=review, what="补签协议", unit=unit, due_on=date(2027, 1, 1),
            opened_at=AT, opened_by=office.user,
        ),
    }  # fmt: skip
