"""A student on post of one side of the small world: pay, an incident, a complaint to each handler."""

from datetime import date
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.training.models import Complaint, Incident, PayProof, Placement, Stint
from tests.matching.world import AT, World
from tests.training.world import stint_facts

STARTS, ENDS = date(2026, 11, 1), date(2027, 5, 1)


def care_rows(world: World) -> dict[str, object]:
    """On post at the first enterprise since the first of the month."""
    student, host, teacher = world.students[0], world.firms[0], world.teachers[0]
    placement = Placement.objects.create(
        consortium=world.consortium, number=f"SX-C{world.consortium.pk}", student=student,
        school=student.school, state="running", starts_on=STARTS, ends_on=ENDS, started_at=AT,
        created_by=teacher.user, created_at=AT,
    )  # fmt: skip
    facts = stint_facts(host, starts_on=STARTS, ends_on=ENDS)
    stint = Stint.objects.create(placement=placement, **facts.values())
    paper = store_file(BytesIO(b"PK"), "凭证.pdf", by=world.recruiters[0], at=AT)
    complaint = {
        "placement": placement, "host": host, "kind": "hours", "text": "每晚加班", "made_at": AT,
        "due_on": date(2026, 11, 30), "state": "asked", "question": "是否加班？",
        "answer_due_on": date(2026, 11, 26),
    }  # fmt: skip
    return {
        "hosted": stint,
        "pay": PayProof.objects.create(
            placement=placement, stint=stint, month=STARTS, amount_fen=400_000, way="bank",
            paid_on=date(2026, 11, 20), proof=paper, recorded_at=AT,
        ),
        "incident": Incident.objects.create(
            placement=placement, kind="injury", severity="serious", happened_at=AT, what="划伤",
            reported_by=teacher.user, reported_at=AT, report_due_at=AT,
        ),
        "complaint": Complaint.objects.create(**complaint),
        "office_complaint": Complaint.objects.create(to_office=True, **complaint),
    }  # fmt: skip
