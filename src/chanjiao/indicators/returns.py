"""A member's return: filled in, submitted, accepted or handed back with reasons per section."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from chanjiao.indicators import rules
from chanjiao.indicators.enums import ReturnState, Section
from chanjiao.indicators.models import MemberReturn
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record

_CHANGED = "年报刚刚已被他人修改，请核对最新内容后再保存。"
LONGEST_REMARK, LONGEST_SUMMARY = 500, 2000


def fill_return(
    row: MemberReturn,
    sections: Mapping[str, Mapping[str, object]],
    summary: str,
    *,
    revision: int,
    by: Actor,
    at: datetime,
) -> MemberReturn:
    """What the unit says of each section: {"confirmed": bool, "remark": text}."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_fill(by, held))
        if held.revision != revision:
            raise Conflict(_CHANGED)
        held.sections, held.summary = _tidied(sections), summary.strip()
        if len(held.summary) > LONGEST_SUMMARY:
            raise Invalid({"summary": [f"最多 {LONGEST_SUMMARY} 个字。"]})
        _save(held, "sections", "summary")
        data = {"sections": held.sections}
        record("indicators.fill_return", held, by=by, at=at, data=data)
    return held


def _tidied(sections: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    unknown = sections.keys() - set(Section.values)
    if unknown:
        raise Refused("年报没有这个部分。")
    made: dict[str, dict[str, object]] = {}
    for key in Section.values:
        given = sections.get(key, {})
        remark = str(given.get("remark") or "").strip()
        if len(remark) > LONGEST_REMARK:
            raise Invalid({key: [f"说明最多 {LONGEST_REMARK} 个字。"]})
        made[key] = {"confirmed": bool(given.get("confirmed")), "remark": remark}
    return made


def submit_return(row: MemberReturn, *, revision: int, by: Actor, at: datetime) -> MemberReturn:
    """To the secretariat, once every section is confirmed or says what is wrong with it."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_submit(by, held))
        if held.revision != revision:
            raise Conflict(_CHANGED)
        missing = [
            str(section.label)
            for section in Section
            if not _answered(held.sections.get(section.value, {}))
        ]
        if missing:
            raise Refused(f"请先核对：{'、'.join(missing)}。逐项勾选确认，或写明与事实不符之处。")
        held.state, held.submitted_at, held.submitted_by = ReturnState.SUBMITTED, at, by.user
        held.first_submitted_at = held.first_submitted_at or at
        _save(held, "state", "submitted_at", "submitted_by", "first_submitted_at")
        office = held.period.consortium.secretariat
        tell(
            people_of(office, day_of(at)), f"{held.unit.called}提交了 {held.period.year} 年报。",
            at=at, link=f"/desk/periods/returns/{held.pk}/",
        )  # fmt: skip
        record("indicators.submit_return", held, by=by, at=at)
    return held


def _answered(section: Mapping[str, object]) -> bool:
    return bool(section.get("confirmed")) or bool(section.get("remark"))


def accept_return(row: MemberReturn, *, by: Actor, at: datetime) -> MemberReturn:
    """The secretariat has checked it."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_accept(by, held))
        held.state, held.accepted_at, held.returned_reasons = ReturnState.ACCEPTED, at, {}
        _save(held, "state", "accepted_at", "returned_reasons")
        record("indicators.accept_return", held, by=by, at=at)
    return held


def hand_back_return(
    row: MemberReturn, reasons: Mapping[str, str], *, by: Actor, at: datetime
) -> MemberReturn:
    """Back to the unit with a reason for each section to mend."""
    stated = {key: text.strip()[:500] for key, text in reasons.items() if text.strip()}
    if not stated:
        raise Invalid({"": ["请至少写明一处退回原因。"]})
    if stated.keys() - set(Section.values):
        raise Refused("年报没有这个部分。")
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_return(by, held))
        held.state, held.returned_reasons, held.accepted_at = ReturnState.RETURNED, stated, None
        for key in stated:
            section = dict(held.sections.get(key, {}))
            held.sections[key] = section | {"confirmed": False}
        _save(held, "state", "returned_reasons", "accepted_at", "sections")
        tell(
            people_of(held.unit, day_of(at)),
            f"{held.period.year} 年报被退回，请按原因补正后重新提交。",
            at=at, link=f"/member/returns/{held.pk}/", due_on=held.period.return_due_on,
        )  # fmt: skip
        record("indicators.hand_back_return", held, by=by, at=at, data={"reasons": stated})
    return held


def _locked(row: MemberReturn) -> MemberReturn:
    rows = MemberReturn.objects.select_related("period__consortium__secretariat", "unit")
    return rows.select_for_update(of=("self",)).get(pk=row.pk)


def _save(held: MemberReturn, *names: str) -> None:
    held.revision += 1
    held.save(update_fields=[*names, "revision"])
