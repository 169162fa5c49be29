"""One row of everything of the council, for the world of the access test."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from chanjiao.council import actions
from chanjiao.council.models import (
    Attendance,
    Avoidance,
    Body,
    Commitment,
    Delivery,
    Meeting,
    MeetingFile,
    Motion,
    Regulation,
    Resolution,
    ResolutionReport,
)
from chanjiao.files.actions import store_file
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from tests.matching.world import AT

FOUNDED = date(2025, 3, 1)


def council_rows(
    consortium: Consortium, unit: Unit, member: Actor, office: Actor
) -> dict[str, object]:
    """A board with one seat of the unit, an open meeting, and what follows from it."""
    by = {"by": office, "at": AT}
    file = store_file(BytesIO(b"%PDF"), "会议材料.pdf", **by)
    body = actions.create_body(
        consortium, kind="board", name="理事会", established_on=FOUNDED, **by
    )
    seat = actions.fill_seat(
        body, unit=unit, holder="理事某某", title="chair", starts_on=AT.date(),
        ends_on=date(2030, 3, 1), **by,
    )  # fmt: skip
    rule = consortium.charter_rules.get()
    meeting = Meeting.objects.create(
        body=body, number="2026-01", title="理事会会议", starts_at=AT, place="会议室", chair="主持某某",
        state="open", rule=rule, notified_at=AT, opened_at=AT, created_at=AT, minutes=file,
    )  # fmt: skip
    attendance = Attendance.objects.create(
        meeting=meeting, seat=seat, unit=unit, place=1, name="理事某某", presence="present",
        authorisation=file,
    )  # fmt: skip
    motion = Motion.objects.create(
        meeting=meeting, place=1, title="年度计划", text="审议", kind="ordinary", state="decided",
        votes_for=1, votes_against=0, votes_abstained=0, entitled=1, present=1, passed=True,
        sentence="通过", decided_at=AT,
    )  # fmt: skip
    resolution = Resolution.objects.create(
        motion=motion, number="1号", title="年度计划", passed=True, unit=unit, state="underway",
        due_on=date(2027, 1, 1),
    )  # fmt: skip
    commitment = Commitment.objects.create(
        consortium=consortium, unit=unit, number="CN-1", kind="money", title="捐赠",
        promised=Decimal(100), promised_on=FOUNDED, due_on=FOUNDED + timedelta(days=30),
    )  # fmt: skip
    return {
        "body": body, "council_seat": seat, "rule": rule, "meeting": meeting, "motion": motion,
        "attendance": attendance, "resolution": resolution, "commitment": commitment,
        "meeting_file": MeetingFile.objects.create(meeting=meeting, file=file, title="材料"),
        "avoidance": Avoidance.objects.create(motion=motion, attendance=attendance, reason="关联"),
        "council_report": ResolutionReport.objects.create(
            resolution=resolution, text="进展", file=file, by=member.user, at=AT
        ),
        "regulation": Regulation.objects.create(
            consortium=consortium, kind="charter", title="章程", file=file, adopted_on=FOUNDED
        ),
        "delivery": Delivery.objects.create(
            commitment=commitment, quantity=Decimal(50), delivered_on=FOUNDED, file=file,
            by=member.user, at=AT,
        ),
    }  # fmt: skip


def mark_council(consortium: Consortium, mark: str) -> None:
    """Put the mark into what people read."""
    meetings = Meeting.objects.filter(body__consortium=consortium)
    for rows, field in (
        (Body.objects.filter(consortium=consortium), "name"),
        (meetings, "title"),
        (Motion.objects.filter(meeting__in=meetings), "title"),
        (Attendance.objects.filter(meeting__in=meetings), "name"),
        (Resolution.objects.filter(motion__meeting__in=meetings), "title"),
        (Regulation.objects.filter(consortium=consortium), "title"),
        (Commitment.objects.filter(consortium=consortium), "title"),
    ):
        for row in rows.order_by("pk"):
            rows.filter(pk=row.pk).update(**{field: f"{mark}{getattr(row, field)}"})
