"""One row of everything of programmes, mentors and graduates, for the world of the access test."""

from datetime import date, timedelta
from io import BytesIO

from chanjiao.files.actions import store_file
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.links.queries import token_of
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Cohort, Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.models import (
    Enrolment,
    Mentor,
    MentorWork,
    Outcome,
    PlanItem,
    Programme,
    ProgrammeReport,
    ProgrammeUnit,
    TeacherStay,
    TrainingClass,
)
from tests.matching.world import AT

STARTS, ENDS = date(2026, 9, 1), date(2028, 7, 1)


def programme_rows(
    consortium: Consortium, school: Unit, firm: Unit, student: Student, teacher: Actor
) -> dict[str, object]:
    """A programme under way with one of everything; the student in its class, and graduated."""
    file = store_file(BytesIO(b"%PDF"), "开班通知.pdf", by=teacher, at=AT)
    programme = Programme.objects.create(
        consortium=consortium, unit=school, number=f"PY-2026-{consortium.pk}", kind="order",
        name="订单班", state="running", starts_on=STARTS, ends_on=ENDS, created_by=teacher.user,
        created_at=AT,
    )  # fmt: skip
    cohort = Cohort.objects.get(pk=student.cohort_id)
    one = TrainingClass.objects.create(
        programme=programme, cohort=cohort, name="订单一班", opened_on=STARTS, notice=file,
        weights={"enterprise": 100},
    )  # fmt: skip
    mentor = Mentor.objects.create(
        consortium=consortium, unit=school, number=f"DS-2026-{consortium.pk}", kind="school",
        name="李老师", starts_on=STARTS, dual_level="中级", ends_on=date(2026, 12, 1),
    )  # fmt: skip
    outcome = Outcome.objects.create(
        student=student, months=0, graduated_on=date(2026, 7, 1), destination="employed",
        employer="某公司", where="park", recorded_at=AT,
    )  # fmt: skip
    link = Link.objects.create(
        purpose=Purpose.SURVEY, subject="training.outcome", subject_id=outcome.pk, unit=school,
        holder=student.name, nonce="n" * 32, issued_at=AT, expires_at=AT + timedelta(days=9),
    )  # fmt: skip
    return {
        "programme": programme, "training_class": one, "mentor": mentor, "outcome": outcome,
        "survey": token_of(link),
        "partner": ProgrammeUnit.objects.create(programme=programme, unit=firm),
        "plan_item": PlanItem.objects.create(
            programme=programme, code="1", place="0001", course="制图", title="识图", minutes=45,
            site="school", teacher="school",
        ),
        "programme_report": ProgrammeReport.objects.create(
            programme=programme, year=2026, file=file, filed_at=AT
        ),
        "enrolment": Enrolment.objects.create(
            training_class=one, student=student, starts_on=STARTS
        ),
        "mentor_work": MentorWork.objects.create(
            mentor=mentor, day=date(2026, 10, 1), minutes=45, what="授课", school=school, recorded_at=AT
        ),
        "stay": TeacherStay.objects.create(
            mentor=mentor, host=firm, starts_on=date(2026, 7, 1), ends_on=date(2026, 8, 1), days=20,
            what="实践", proof=file, recorded_at=AT,
        ),
    }  # fmt: skip


def mark_programmes(consortium: Consortium, mark: str) -> None:
    """Put the mark into what these rows are called."""
    for model, field in ((Programme, "name"), (Mentor, "name")):
        for row in model.objects.filter(consortium=consortium).order_by("pk"):
            model.objects.filter(pk=row.pk).update(**{field: f"{mark}{getattr(row, field)}"})
    for row in TrainingClass.objects.filter(programme__consortium=consortium).order_by("pk"):
        TrainingClass.objects.filter(pk=row.pk).update(name=f"{mark}{row.name}")
    Outcome.objects.filter(student__cohort__consortium=consortium).update(employer=f"{mark}公司")
