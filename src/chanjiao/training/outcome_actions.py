"""Writing where graduates went: by the school, by import, or by the graduate through a link."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction

from chanjiao.kernel import clock
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, Verdict, refuse, require
from chanjiao.links.actions import issue_link, spend_link
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.reference.relevance import occupation_groups, relevance_of
from chanjiao.trail.actions import record
from chanjiao.training.enums import Destination
from chanjiao.training.models import Outcome

POINTS = (0, 6, 12)
WORKING = frozenset({Destination.EMPLOYED, Destination.SELF})
JUDGED = "本校认定"
_LONGEST_SURVEY = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class OutcomeFields:
    """What is said of a graduate at one point in time. `relevant` with `relevance_reason` is the
    school's own judgement; without a reason the tables decide."""

    destination: str
    employer: str = ""
    where: str = ""
    occupation_code: str = ""
    wage_fen: int | None = None
    relevant: bool | None = None
    relevance_reason: str = ""


def may_record(actor: Actor | None, student: Student) -> Verdict:
    """The graduate's school."""
    if actor is not None and actor.acts_for(student.school_id):
        return ALLOWED
    return refuse("毕业去向由学生所在学校登记。")


def record_outcome(
    student: Student, months: int, graduated_on: date, given: OutcomeFields, *,
    by: Actor, at: datetime,
) -> Outcome:  # fmt: skip
    """The school's entry for one point in time; a second one corrects the first."""
    with transaction.atomic():
        require(may_record(by, student))
        row = _row(student, months, graduated_on, at)
        _fill(row, given, by=by, at=at)
        record("training.record_outcome", row, by=by, at=at, data=_plain(row))
    return row


def ask_outcome(
    students: Iterable[Student], months: int, graduated_on: date, closes_on: date, *,
    by: Actor, at: datetime,
) -> list[tuple[Outcome, Link]]:  # fmt: skip
    """A link for each graduate and point in time, good through `closes_on`; one asked again gets a
    new link. Whoever does not answer stays 未联系上."""
    until = datetime.combine(closes_on + timedelta(days=1), time(), clock.ZONE)
    if not at < until <= at + _LONGEST_SURVEY:
        raise Invalid({"closes_on": ["截止日期应在今天之后、120 天之内。"]})
    made = []
    with transaction.atomic():
        for student in students:
            require(may_record(by, student))
            row = _row(student, months, graduated_on, at)
            if not row.revision:
                _fill(row, OutcomeFields(Destination.UNKNOWN), by=by, at=at)
            link = issue_link(
                row, purpose=Purpose.SURVEY, unit=student.school, holder=student.name,
                by=by, at=at, lasts=until - at,
            )  # fmt: skip
            data = {"months": months, "closes_on": str(closes_on)}
            record("training.ask_outcome", row, by=by, at=at, data=data)
            made.append((row, link))
    return made


def answer_outcome(link: Link, given: OutcomeFields, *, revision: int, at: datetime) -> Outcome:
    """What the graduate says through the link; until it expires the answer may be corrected."""
    with transaction.atomic():
        rows = Outcome.objects.select_for_update(of=("self",)).select_related(*_RELATED)
        row = rows.get(pk=link.subject_id)
        if row.revision != revision:
            raise Conflict("学校或你本人刚刚更新过这份信息，请核对后再提交。")
        stripped = replace(given, relevant=None, relevance_reason="")
        _fill(row, stripped, by=None, at=at)
        spend_link(link, at=at)
        data = _plain(row) | {"holder": link.holder, "link": link.pk}
        record("training.answer_outcome", row, by=None, at=at, data=data)
    return row


# What is acceptable; shared by forms, the sheet and the link -------------------------------------
def point_problems(months: int, graduated_on: date, on: date) -> dict[str, list[str]]:
    """What is wrong with a point in time."""
    if months not in POINTS:
        return {"months": ["时点为毕业时、6 个月或 12 个月。"]}
    if months_after(graduated_on, months) > on:
        return {"months": [f"{graduated_on} 毕业，还没有到毕业后 {months} 个月。"]}
    return {}


def outcome_problems(given: OutcomeFields, known: Book) -> dict[str, list[str]]:
    """What is wrong with an answer, by field."""
    found: dict[str, list[str]] = {}
    working = given.destination in WORKING
    if given.destination == Destination.EMPLOYED and not given.employer.strip():
        found["employer"] = ["请填写工作单位。"]
    if working and not given.where:
        found["where"] = ["请选择工作所在地区。"]
    if working and not given.occupation_code:
        found["occupation_code"] = ["请选择从事的职业。"]
    if given.occupation_code and not _is_occupation(given.occupation_code, known):
        found["occupation_code"] = [f"职业代码 {given.occupation_code} 不在职业分类中。"]
    if given.relevant is not None and not given.relevance_reason.strip():
        found["relevance_reason"] = ["人工认定是否对口须写明理由。"]
    return found


def months_after(day: date, months: int) -> date:
    """The same day some months later, the month's last day where there is none such."""
    count = day.year * 12 + day.month - 1 + months
    following = date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    return min(date(count // 12, count % 12 + 1, 1) + timedelta(days=day.day - 1),
               following - timedelta(days=1))  # fmt: skip


def _is_occupation(code: str, known: Book) -> bool:
    return known.has(Table.OCCUPATION, code) or code in occupation_groups()


_RELATED = ("student__school", "student__cohort__consortium", "unit")


def _row(student: Student, months: int, graduated_on: date, at: datetime) -> Outcome:
    """The student's row of a point in time, locked, or a new one not yet saved."""
    if problems := point_problems(months, graduated_on, day_of(at)):
        raise Invalid(problems)
    Student.objects.select_for_update(of=("self",)).get(pk=student.pk)
    rows = Outcome.objects.select_for_update(of=("self",)).select_related(*_RELATED)
    row = rows.filter(student=student, months=months).first()
    row = row or Outcome(student=student, months=months, revision=0)
    row.graduated_on = graduated_on
    return row


def _fill(row: Outcome, given: OutcomeFields, *, by: Actor | None, at: datetime) -> None:
    """Bring the row to what is given, judge its relevance, and save it."""
    known = book()
    if problems := outcome_problems(given, known):
        raise Invalid(problems)
    working = given.destination in WORKING
    row.destination = given.destination
    row.employer = given.employer.strip() if working else ""
    row.where = given.where if working else ""
    row.occupation_code = given.occupation_code if working else ""
    row.wage_fen = given.wage_fen if working else None
    row.unit = _member(row.student.cohort.consortium, row.employer, day_of(at))
    _judge(row, given, known)
    row.by_student, row.recorded_by, row.recorded_at = by is None, by.user if by else None, at
    row.revision += 1
    check_row(row)
    row.save()


def _judge(row: Outcome, given: OutcomeFields, known: Book) -> None:
    row.relevance_reason = given.relevance_reason.strip() if given.relevant is not None else ""
    if given.relevant is not None and row.occupation_code:
        row.relevant, row.relevance_source = given.relevant, JUDGED
        return
    found = relevance_of(row.student.cohort.major_code, row.occupation_code, known)
    row.relevant, row.relevance_source = found.relevant, found.source


def _member(consortium: Consortium, employer: str, on: date) -> Unit | None:
    """The member unit of that name, if there is one."""
    if not employer:
        return None
    rows = Membership.objects.filter(member_on(on), consortium=consortium, unit__name=employer)
    found = rows.select_related("unit").order_by("pk").first()
    return found.unit if found else None


def given_of(row: Outcome) -> OutcomeFields:
    """A kept outcome as what would be typed for it."""
    judged = row.relevance_source == JUDGED
    values = {f.name: getattr(row, f.name) for f in fields(OutcomeFields)}
    return OutcomeFields(**(values | {"relevant": row.relevant if judged else None}))


def _plain(row: Outcome) -> dict[str, object]:
    names = ("months", "destination", "where", "occupation_code", "relevant", "relevance_source",
             "relevance_reason", "revision")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"graduated_on": str(row.graduated_on)}
