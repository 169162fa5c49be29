"""Writing programmes: made, changed, partners, started, ended, reported."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chanjiao.agreements.models import Agreement
from chanjiao.agreements.queries import agreements_visible_to
from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.needs.numbers import take
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_period, check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import ProgrammeState
from chanjiao.training.models import Programme, ProgrammeReport, ProgrammeUnit
from chanjiao.training.programme_checks import gaps_to_start
from chanjiao.training.programme_queries import facts_of, units_of

CHANGED = "这个培养项目刚刚已被他人修改，请核对最新内容后再办理。"


@dataclass(frozen=True, slots=True)
class ProgrammeFields:
    """What a programme is, as typed. `kind` stays once it was made."""

    kind: str
    name: str
    starts_on: date
    ends_on: date
    agreement: Agreement | None = None
    note: str = ""


def create_programme(
    consortium: Consortium, unit: Unit, fields: ProgrammeFields, *, by: Actor, at: datetime
) -> Programme:
    """A programme in preparation, PY-2026-001; partners, classes and plan follow."""
    with transaction.atomic():
        require(rules.may_create(by, consortium, unit, on=day_of(at)))
        _check(fields, by)
        key = f"PY-{fields.starts_on.year}"
        row = Programme(
            consortium=consortium, unit=unit, created_by=by.user, created_at=at,
            number=take(key, 1, digits=3)[0], **_values(fields),
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        data = {"number": row.number, "values": _plain(row)}
        record("training.create_programme", row, by=by, at=at, data=data)
    return row


def change_programme(
    row: Programme, fields: ProgrammeFields, *, revision: int, by: Actor, at: datetime
) -> Programme:
    """Name, period, agreement and note; the kind only while in preparation."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        if held.revision != revision:
            raise Conflict(CHANGED)
        _check(fields, by, held)
        if fields.kind != held.kind and held.state != ProgrammeState.PREPARING:
            raise Invalid({"kind": ["已启动培养，类型不能再改。"]})
        before = _plain(held)
        for name, value in _values(fields).items():
            setattr(held, name, value)
        saved(held)
        data = {"before": before, "after": _plain(held)}
        record("training.change_programme", held, by=by, at=at, data=data)
    return held


def add_partner(
    row: Programme, unit: Unit, *, duty: str = "", by: Actor, at: datetime
) -> ProgrammeUnit:
    """A school or an enterprise takes part; its people are told."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        if unit.pk == held.unit_id:
            raise Invalid({"unit": ["主办学校不用再添加。"]})
        on = day_of(at)
        ours = Membership.objects.filter(member_on(on), consortium=held.consortium, unit=unit)
        if not ours.exists():
            raise Invalid({"unit": [f"“{unit.name}”不是本联合体的在任成员。"]})
        partner = ProgrammeUnit(programme=held, unit=unit, duty=duty.strip())
        check_row(partner)
        partner.save(force_insert=True)
        saved(held)
        text = f"{held.unit.called}邀请本单位参加{held.get_kind_display()}“{held.name}”。"
        tell(people_of(unit, on), text, at=at, link=f"/member/programmes/{held.pk}/")
        data = {"unit": unit.pk, "duty": partner.duty}
        record("training.add_partner", held, by=by, at=at, data=data)
    return partner


def remove_partner(partner: ProgrammeUnit, *, by: Actor, at: datetime) -> None:
    """A unit no longer takes part; refused while it has a class or items of the plan."""
    with transaction.atomic():
        held = locked(partner.programme)
        require(rules.may_edit(by, held))
        gone = held.partners.filter(pk=partner.pk).first()
        if gone is None:
            raise Conflict("该单位已不在这个项目中，请刷新页面。")
        if held.classes.filter(cohort__unit=gone.unit_id).exists():
            raise Invalid({"unit": ["该校在本项目中已有班级，不能移除。"]})
        if held.items.filter(host=gone.unit_id).exists():
            raise Invalid({"unit": ["培养计划里有该单位承担的条目，请先改由其他单位承担。"]})
        data = {"unit": gone.unit_id, "duty": gone.duty}
        gone.delete()
        saved(held)
        record("training.remove_partner", held, by=by, at=at, data=data)


def start_programme(row: Programme, *, by: Actor, at: datetime) -> Programme:
    """Training begins, if nothing that this kind demands is missing."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_start(by, held, gaps_to_start(facts_of(held))))
        held.state = ProgrammeState.RUNNING
        saved(held)
        _tell_partners(held, f"{held.get_kind_display()}“{held.name}”已启动培养。", at=at)
        record("training.start_programme", held, by=by, at=at)
    return held


def end_programme(row: Programme, *, reason: str = "", by: Actor, at: datetime) -> Programme:
    """The training is over; before its last day only with a reason."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_end(by, held))
        if day_of(at) < held.ends_on and not reason.strip():
            raise Invalid({"reason": [f"项目到 {held.ends_on} 才结束，提前结业请写明原因。"]})
        held.state = ProgrammeState.ENDED
        saved(held)
        _tell_partners(held, f"{held.get_kind_display()}“{held.name}”已结业。", at=at)
        record("training.end_programme", held, by=by, at=at, reason=reason.strip()[:200])
    return held


def cancel_programme(row: Programme, *, reason: str, by: Actor, at: datetime) -> Programme:
    """It does not come about, or is broken off, with the reason."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_cancel(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明取消的原因。"]})
        held.state = ProgrammeState.CANCELLED
        saved(held)
        _tell_partners(held, f"“{held.name}”已取消：{reason.strip()[:100]}", at=at)
        record("training.cancel_programme", held, by=by, at=at, reason=reason.strip()[:200])
    return held


def file_report(
    row: Programme, *, year: int, file: Upload, summary: str = "", by: Actor, at: datetime
) -> ProgrammeReport:
    """The report of one calendar year, with its paper."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_report(by, held))
        if not held.starts_on.year <= year <= min(held.ends_on, day_of(at)).year:
            raise Invalid({"year": ["年度应在项目开始之后、今年之前或今年。"]})
        report = ProgrammeReport(
            programme=held, year=year, summary=summary.strip(), filed_at=at,
            file=stored(file, by=by, at=at),
        )  # fmt: skip
        check_row(report)
        report.save(force_insert=True)
        record("training.file_report", held, by=by, at=at, data={"year": year})
    return report


def locked(row: Programme) -> Programme:
    """The programme's row, held to the end of the transaction; everything of it writes behind it."""
    rows = Programme.objects.select_for_update(of=("self",))
    return rows.select_related("unit", "consortium", "agreement").get(pk=row.pk)


def saved(row: Programme) -> None:
    """The held row with its next revision."""
    row.revision += 1
    check_row(row)
    row.save()


def _values(fields: ProgrammeFields) -> dict[str, object]:
    """The fields by name, rows as rows."""
    return {name: getattr(fields, name) for name in fields.__slots__}


def _check(fields: ProgrammeFields, by: Actor, held: Programme | None = None) -> None:
    check_period(fields.starts_on, fields.ends_on)
    same = held is not None and fields.agreement == held.agreement
    if fields.agreement is not None and not same:
        if not agreements_visible_to(by).filter(pk=fields.agreement.pk).exists():
            raise Invalid({"agreement": ["只能选择本单位是签署方的协议。"]})
        if fields.agreement.student_id is not None:
            raise Invalid({"agreement": ["这是某个学生的协议，请选择单位之间的培养协议。"]})


def _plain(row: Programme) -> dict[str, str]:
    names = ("kind", "name", "starts_on", "ends_on", "agreement_id", "note")
    return {name: str(getattr(row, name) or "") for name in names}


def _tell_partners(row: Programme, text: str, *, at: datetime) -> None:
    for unit in units_of(row)[1:]:
        tell(people_of(unit, day_of(at)), text, at=at, link=f"/member/programmes/{row.pk}/")
