"""Writing the register of mentors, their hours and teachers' stays."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from django.db import transaction

from chanjiao.agreements.models import Agreement
from chanjiao.agreements.queries import agreements_visible_to
from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.members.models import Consortium
from chanjiao.needs.numbers import take
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record
from chanjiao.training import mentor_rules as rules
from chanjiao.training.enums import MentorKind
from chanjiao.training.mentors import lock_mentor
from chanjiao.training.models import Mentor, MentorWork, TeacherStay


@dataclass(frozen=True, slots=True)
class MentorFields:
    """What the register holds of a mentor; money in 分. The kind follows from the unit."""

    name: str
    starts_on: date
    ends_on: date | None = None
    position: str = ""
    qualification: str = ""
    certificate: str = ""
    years: int | None = None
    contact: str = ""
    agreement: Agreement | None = None
    allowance_fen: int | None = None
    at_most: int = 5
    dual_level: str = ""
    dual_until: date | None = None


def add_mentor(
    consortium: Consortium, unit: Unit, given: MentorFields, *, by: Actor, at: datetime
) -> Mentor:
    """A mentor of the unit, DS-2026-0001."""
    with transaction.atomic():
        require(rules.may_add_mentor(by, consortium, unit))
        kind = MentorKind.SCHOOL if unit.is_school else MentorKind.ENTERPRISE
        _check(given, kind, by)
        row = Mentor(
            consortium=consortium, unit=unit, kind=kind,
            number=take(f"DS-{day_of(at).year}", 1)[0], **_values(given),
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        record("training.add_mentor", row, by=by, at=at, data=_plain(row))
    return row


def change_mentor(
    row: Mentor, given: MentorFields, *, revision: int, by: Actor, at: datetime
) -> Mentor:
    """The register's row brought to what is given."""
    with transaction.atomic():
        held = lock_mentor(row)
        require(rules.may_change_mentor(by, held))
        if held.revision != revision:
            raise Conflict("这位导师的资料刚刚已被他人修改，请核对最新内容。")
        _check(given, held.kind, by, held)
        before = _plain(held)
        for name, value in _values(given).items():
            setattr(held, name, value)
        held.revision += 1
        check_row(held)
        held.save()
        data = {"before": before, "after": _plain(held)}
        record("training.change_mentor", held, by=by, at=at, data=data)
    return held


def record_work(
    mentor: Mentor, *, day: date, minutes: int, what: str, school: Unit | None = None,
    by: Actor, at: datetime,
) -> MentorWork:  # fmt: skip
    """Hours taught or guided on a day, beside those that confirmed records show."""
    with transaction.atomic():
        held = lock_mentor(mentor)
        require(rules.may_record_work(by, held, school))
        problems = work_problems(held, day=day, minutes=minutes, on=day_of(at))
        if problems:
            raise Invalid(problems)
        row = MentorWork(
            mentor=held, day=day, minutes=minutes, what=what.strip(), school=school, recorded_at=at
        )
        check_row(row)
        row.save(force_insert=True)
        data = {"day": str(day), "minutes": minutes, "what": row.what}
        record("training.record_work", held, by=by, at=at, data=data)
    return row


def remove_work(row: MentorWork, *, reason: str, by: Actor, at: datetime) -> None:
    """A wrong entry goes; the trail keeps it."""
    with transaction.atomic():
        held = lock_mentor(row.mentor)
        gone = MentorWork.objects.select_related("mentor", "school").filter(pk=row.pk).first()
        if gone is None:
            raise Conflict("这条课时已被删除，请刷新页面。")
        require(rules.may_remove_work(by, gone))
        data = {"day": str(gone.day), "minutes": gone.minutes, "what": gone.what}
        gone.delete()
        record("training.remove_work", held, by=by, at=at, reason=stated(reason), data=data)


def record_stay(
    mentor: Mentor, *, host: Unit, starts_on: date, ends_on: date, days: int, what: str,
    proof: Upload | None = None, by: Actor, at: datetime,
) -> TeacherStay:  # fmt: skip
    """A teacher's practice in an enterprise, [starts_on, ends_on), with its proof."""
    with transaction.atomic():
        held = lock_mentor(mentor)
        require(rules.may_record_stay(by, held))
        problems = stay_problems(
            held, host=host, starts_on=starts_on, ends_on=ends_on, days=days, on=day_of(at)
        )
        if problems:
            raise Invalid(problems)
        row = TeacherStay(
            mentor=held, host=host, starts_on=starts_on, ends_on=ends_on, days=days,
            what=what.strip(), proof=stored(proof, by=by, at=at), recorded_at=at,
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        record("training.record_stay", held, by=by, at=at, data=_stay(row))
    return row


def remove_stay(row: TeacherStay, *, reason: str, by: Actor, at: datetime) -> None:
    """A wrong entry goes; the trail keeps it."""
    with transaction.atomic():
        held = lock_mentor(row.mentor)
        gone = TeacherStay.objects.select_related("mentor").filter(pk=row.pk).first()
        if gone is None:
            raise Conflict("这条企业实践已被删除，请刷新页面。")
        require(rules.may_remove_stay(by, gone))
        data = _stay(gone)
        gone.delete()
        record("training.remove_stay", held, by=by, at=at, reason=stated(reason), data=data)


# What is acceptable; shared by forms and sheets ---------------------------------------------------
def mentor_problems(given: MentorFields, kind: str) -> dict[str, list[str]]:
    """What is wrong with a mentor's facts, by field."""
    found: dict[str, list[str]] = {}
    if given.ends_on is not None and given.ends_on <= given.starts_on:
        found["ends_on"] = ["聘任结束应晚于开始。"]
    if given.dual_level and kind != MentorKind.SCHOOL:
        found["dual_level"] = ["双师型认定只用于学校教师。"]
    if given.dual_until is not None and not given.dual_level:
        found["dual_level"] = ["填写了双师型有效期，请写明等级。"]
    if kind == MentorKind.ENTERPRISE and not given.qualification:
        found["qualification"] = ["企业导师须写明职业资格或职称。"]
    return found


def work_problems(mentor: Mentor, *, day: date, minutes: int, on: date) -> dict[str, list[str]]:
    """What is wrong with hours of a day."""
    found: dict[str, list[str]] = {}
    if day > on:
        found["day"] = ["日期不能晚于今天。"]
    elif day < mentor.starts_on or (mentor.ends_on is not None and day >= mentor.ends_on):
        found["day"] = ["这一天不在聘任期内。"]
    if not 1 <= minutes <= 1440:
        found["minutes"] = ["时长应在 1 分钟到 24 小时之间。"]
    return found


def stay_problems(
    mentor: Mentor, *, host: Unit, starts_on: date, ends_on: date, days: int, on: date
) -> dict[str, list[str]]:
    """What is wrong with a stay; two stays of one teacher do not share a day."""
    found: dict[str, list[str]] = {}
    if host.is_school:
        found["host"] = ["实践单位应是企业或科研机构。"]
    if ends_on <= starts_on:
        found["ends_on"] = ["结束日期应晚于开始日期。"]
        return found
    if ends_on > on + timedelta(days=1):
        found["ends_on"] = ["实践结束后再登记，结束日期不能晚于明天。"]
    if not 1 <= days <= (ends_on - starts_on).days:
        found["days"] = [f"天数应在 1 到 {(ends_on - starts_on).days} 之间。"]
    same = mentor.stays.filter(starts_on__lt=ends_on, ends_on__gt=starts_on)
    if same.exists():
        found["starts_on"] = ["与已登记的企业实践日期重叠。"]
    return found


def stated(reason: str) -> str:
    """The reason, `Invalid` without one."""
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    return reason.strip()[:200]


def _check(given: MentorFields, kind: str, by: Actor, held: Mentor | None = None) -> None:
    problems = mentor_problems(given, kind)
    agreement = given.agreement
    known = held is not None and held.agreement_id == (agreement.pk if agreement else None)
    if agreement is not None and not known:
        problems |= _agreement_problems(agreement, by)
    if problems:
        raise Invalid(problems)


def _agreement_problems(agreement: Agreement, by: Actor) -> dict[str, list[str]]:
    if agreements_visible_to(by).filter(pk=agreement.pk).exists():
        return {}
    return {"agreement": ["只能选择本单位是签署方的协议。"]}


def _values(given: MentorFields) -> dict[str, object]:
    return {field.name: getattr(given, field.name) for field in fields(MentorFields)}


def _plain(row: Mentor) -> dict[str, object]:
    """For the trail; the contact stays in the row."""
    names = ("number", "name", "position", "qualification", "certificate", "at_most", "allowance_fen",
             "agreement_id", "dual_level")  # fmt: skip
    days = ("starts_on", "ends_on", "dual_until")
    return {n: getattr(row, n) for n in names} | {n: str(getattr(row, n) or "") for n in days}


def _stay(row: TeacherStay) -> dict[str, object]:
    return {
        "host": row.host_id, "from": str(row.starts_on), "to": str(row.ends_on), "days": row.days
    }  # fmt: skip
