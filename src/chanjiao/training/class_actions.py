"""Writing classes: opened, changed, students in and out."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.needs.models import Cohort, Student
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import GradePart
from chanjiao.training.models import Enrolment, Programme, TrainingClass
from chanjiao.training.programme_actions import locked

WEIGHTS = {
    GradePart.ENTERPRISE.value: 40, GradePart.SCHOOL.value: 20, GradePart.ENTRIES.value: 30,
    GradePart.SUMMARY.value: 10,
}  # fmt: skip


def open_class(
    programme: Programme, cohort: Cohort, *, name: str, opened_on: date | None = None,
    notice: Upload | None = None, by: Actor, at: datetime,
) -> TrainingClass:  # fmt: skip
    """A class of one cohort, with the usual weights of an internship's grade."""
    with transaction.atomic():
        held = locked(programme)
        require(rules.may_open_class(by, held, cohort))
        row = TrainingClass(
            programme=held, cohort=cohort, name=name.strip(), opened_on=opened_on,
            notice=stored(notice, by=by, at=at), weights=WEIGHTS,
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        data = {"programme": held.number, "name": row.name, "cohort": cohort.number}
        record("training.open_class", row, by=by, at=at, data=data)
    return row


def change_class(
    row: TrainingClass, *, name: str, opened_on: date | None, journals_due: int,
    weights: dict[str, int], notice: Upload | None = None, revision: int, by: Actor, at: datetime,
) -> TrainingClass:  # fmt: skip
    """Name, opening day, notice, journals owed and the weights of the grade."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_keep_class(by, held))
        if held.revision != revision:
            raise Conflict("这个班级刚刚已被他人修改，请核对最新内容。")
        check_weights(weights)
        held.name, held.opened_on, held.journals_due = name.strip(), opened_on, journals_due
        held.weights = weights
        held.notice = stored(notice, by=by, at=at) or held.notice
        held.revision += 1
        check_row(held)
        held.save()
        data = {"name": held.name, "opened_on": str(opened_on or ""), "weights": weights}
        record("training.change_class", held, by=by, at=at, data=data)
    return held


def check_weights(weights: dict[str, int]) -> None:
    """`Invalid` unless every part has a weight and they add up to 100."""
    if set(weights) != set(GradePart.values) or any(w < 0 for w in weights.values()):
        raise Invalid({"weights": ["请为每个项目填写 0 到 100 的权重。"]})
    if sum(weights.values()) != 100:
        raise Invalid({"weights": [f"权重之和应为 100，现在是 {sum(weights.values())}。"]})


def enrol(
    one: TrainingClass, students: Iterable[Student], *, starts_on: date, by: Actor, at: datetime
) -> list[Enrolment]:
    """Students of the class's school come in from a day; those already in it are passed over."""
    with transaction.atomic():
        held = _locked(one)
        require(rules.may_keep_class(by, held))
        wanted = {student.pk: student for student in students}
        outside = [s for s in wanted.values() if s.school_id != held.cohort.unit_id]
        if outside:
            raise Invalid({"students": [f"{outside[0].student_number} 不是本校学生。"]})
        known = set(
            held.enrolments.filter(student__in=wanted)
            .order_by("pk")
            .values_list("student", flat=True)
        )
        made = [
            Enrolment(training_class=held, student=student, starts_on=starts_on)
            for pk, student in sorted(wanted.items())
            if pk not in known
        ]
        Enrolment.objects.bulk_create(made)
        data = {"students": [row.student_id for row in made], "from": str(starts_on)}
        record("training.enrol", held, by=by, at=at, data=data)
    return made


def leave_class(
    row: Enrolment, *, ends_on: date, reason: str, by: Actor, at: datetime
) -> Enrolment:
    """A student leaves; the row stays."""
    with transaction.atomic():
        rows = Enrolment.objects.select_for_update(of=("self",))
        related = rows.select_related("training_class__programme", "training_class__cohort")
        held = related.get(pk=row.pk)
        require(rules.may_leave(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明离班原因。"]})
        if ends_on > day_of(at):
            raise Invalid({"ends_on": ["离班日期不能晚于今天。"]})
        held.ends_on, held.reason = ends_on, reason.strip()[:200]
        check_row(held)
        held.save()
        data = {"student": held.student_id, "on": str(ends_on)}
        record("training.leave_class", held, by=by, at=at, reason=held.reason, data=data)
    return held


def _locked(row: TrainingClass) -> TrainingClass:
    rows = TrainingClass.objects.select_for_update(of=("self",))
    return rows.select_related("programme", "cohort", "notice").get(pk=row.pk)
