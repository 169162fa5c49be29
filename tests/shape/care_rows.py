"""A student on post of one side of the small world: pay, an incident, a complaint to each handler."""

from datetime import date, datetime, timedelta
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.kernel.clock import day_of
from chanjiao.training.models import Complaint, Incident, PayProof, Placement, Stint
from tests.matching.world import AT, World
from tests.training.world import stint_facts

STARTS, WEEKS = date(2026, 11, 1), timedelta(weeks=26)


def care_rows(world: World, starts: date = STARTS, at: datetime = AT) -> dict[str, object]:
    """On post at the first enterprise since the first of a month."""
    ends = starts + WEEKS
    student, host, teacher = world.students[0], world.firms[0], world.teachers[0]
    placement = Placement.objects.create(
        consortium=world.consortium, number=f"SX-C{world.consortium.pk}", student=student,
        school=student.school, state="running", starts_on=starts, ends_on=ends, started_at=at,
        created_by=teacher.user, created_at=at,
    )  # fmt: skip
    facts = stint_facts(host, starts_on=starts, ends_on=ends)
    stint = Stint.objects.create(placement=placement, **facts.values())
    paper = store_file(BytesIO(b"PK"), "凭证.pdf", by=world.recruiters[0], at=at)
    complaint = {
        "placement": placement, "host": host, "kind": "hours", "text": "每晚加班", "made_at": at,
        "due_on": day_of(at) + timedelta(days=7), "state": "asked", "question": "是否加班？",
        "answer_due_on": day_of(at) + timedelta(days=3),
    }  # fmt: skip
    return {
        "hosted": stint,
        "pay": PayProof.objects.create(
            placement=placement, stint=stint, month=starts, amount_fen=400_000, way="bank",
            paid_on=day_of(at), proof=paper, recorded_at=at,
        ),
        "incident": Incident.objects.create(
            placement=placement, kind="injury", severity="serious", happened_at=at, what="划伤",
            reported_by=teacher.user, reported_at=at, report_due_at=at,
        ),
        "complaint": Complaint.objects.create(**complaint),
        "office_complaint": Complaint.objects.create(to_office=True, **complaint),
    }  # fmt: skip
