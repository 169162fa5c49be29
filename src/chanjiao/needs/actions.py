"""Writing listings: made, edited, submitted, handed back, published, closed, carried forward."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, Verdict, require
from chanjiao.members.models import Consortium
from chanjiao.needs import rules
from chanjiao.needs.checks import Ground, require_valid
from chanjiao.needs.enrolment import claim_student as claim_student
from chanjiao.needs.enrolment import invite_students as invite_students
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import POSTS, ListingKind, kind_of
from chanjiao.needs.models import Listing
from chanjiao.needs.numbers import take_numbers
from chanjiao.needs.queries import peers_of
from chanjiao.needs.rows import plain, tidied
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit, User
from chanjiao.people.queries import people_of
from chanjiao.reference.queries import book
from chanjiao.trail.actions import record

L = TypeVar("L", bound=Listing)
_CHANGED = "这条信息刚刚已被他人修改，请核对最新内容后再保存。"


def create_listing(
    kind: ListingKind,
    values: Mapping[str, Any],
    *,
    consortium: Consortium,
    unit: Unit,
    by: Actor,
    at: datetime,
) -> Listing:
    """A new draft of the unit; typed in by the secretariat, it goes straight to review.

    `values` by field name: money in 分, lists of codes, dates. Invalid lists what to mend.
    """
    on = day_of(at)
    with transaction.atomic():
        require(rules.may_list(by, kind, consortium, unit, on=on))
        given = tidied(kind, values)
        require_valid(kind, given, _ground(kind, unit.pk, consortium.pk, given))
        by_office = not by.acts_for(unit.pk)
        row = kind.model(
            consortium=consortium, unit=unit, created_at=at, entered_by_office=by_office,
            number=take_numbers(kind, given["quarter"], 1)[0], **given,
        )  # fmt: skip
        if by_office:
            row.state, row.submitted_at = ListingState.SUBMITTED, at
        check_row(row)
        row.save(force_insert=True)
        data = {"number": row.number, "values": plain(given)}
        record("needs.create", row, by=by, at=at, data=data)
    return row


def update_listing(
    row: L, values: Mapping[str, Any], *, revision: int, by: Actor, at: datetime
) -> L:
    """The row with these fields changed. Conflict if somebody wrote after `revision`.

    The quarter stays: it is part of the number.
    """
    kind = kind_of(row)
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_edit(by, held))
        if held.revision != revision:
            raise Conflict(_CHANGED)
        before = {name: getattr(held, name) for name in kind.fields}
        given = tidied(kind, before | dict(values) | {"quarter": held.quarter})
        require_valid(kind, given, _ground(kind, held.unit_id, held.consortium_id, given, held.pk))
        changed = {name: value for name, value in given.items() if before[name] != value}
        for name, value in changed.items():
            setattr(held, name, value)
        check_row(held)
        _save(held, *changed)
        old = plain({name: before[name] for name in changed})
        data = {"before": old, "after": plain(changed), "revision": held.revision}
        record("needs.update", held, by=by, at=at, data=data)
    return held


def delete_listing(row: Listing, *, by: Actor, at: datetime) -> None:
    """A draft disappears; its number is not given again. The trail keeps what it held."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_delete(by, held))
        kind = kind_of(held)
        values = plain({name: getattr(held, name) for name in kind.fields})
        record("needs.delete", held, by=by, at=at, data={"number": held.number, "values": values})
        held.delete()


def submit_listing(row: L, *, by: Actor, at: datetime) -> L:
    """To the secretariat's review, if every check still passes."""
    with transaction.atomic():
        held = _submitted(row, by=by, at=at)
        _tell_office([held], f"{held.unit.called}提交了{kind_of(held).noun}：{held.title}", at=at)
    return held


def submit_listings(rows: Iterable[L], *, by: Actor, at: datetime) -> list[L]:
    """Several at once, all or none; the secretariat is told once."""
    with transaction.atomic():
        done = [_submitted(row, by=by, at=at) for row in rows]
        if done:
            _tell_office(
                done, f"{done[0].unit.called}提交了 {len(done)} 条{kind_of(done[0]).noun}", at=at
            )
    return done


def return_listing(row: L, reasons: Mapping[str, str], *, by: Actor, at: datetime) -> L:
    """Back to the unit with a reason for each field to mend ("" is the row as a whole)."""
    kind = kind_of(row)
    stated = {name: text.strip() for name, text in reasons.items() if text.strip()}
    if not stated:
        raise Invalid({"": ["请至少写明一处退回原因。"]})
    if unknown := stated.keys() - {"", *kind.fields}:
        raise Refused(f"没有字段 {'、'.join(sorted(unknown))}。")
    with transaction.atomic():
        held = _moved(row, rules.may_return, ListingState.RETURNED, by=by)
        held.returned_reasons = stated
        _save(held, "state", "returned_reasons")
        _tell_unit(held, f"{kind.noun}“{held.title}”被退回，请修改后重新提交。", at=at)
        record("needs.return", held, by=by, at=at, data={"reasons": stated})
    return held


def withdraw_listing(row: L, *, by: Actor, at: datetime) -> L:
    """The unit takes back what is not reviewed yet, to edit it."""
    with transaction.atomic():
        held = _moved(row, rules.may_withdraw, ListingState.DRAFT, by=by)
        held.entered_by_office = False
        _save(held, "state", "entered_by_office")
        record("needs.withdraw", held, by=by, at=at)
    return held


def publish_listing(row: L, *, by: Actor, at: datetime) -> L:
    """On show to the consortium; publication counts as the first confirmation."""
    with transaction.atomic():
        held = _published(row, by=by, at=at)
        _tell_unit(held, f"{kind_of(held).noun}“{held.title}”已发布。", at=at)
    return held


def publish_listings(rows: Iterable[L], *, by: Actor, at: datetime) -> list[L]:
    """Many at once, all or none; each unit is told once."""
    with transaction.atomic():
        done = [_published(row, by=by, at=at) for row in rows]
        units: dict[int, list[L]] = {}
        for held in done:
            units.setdefault(held.unit_id, []).append(held)
        for own in units.values():
            _tell_unit(own[0], f"{len(own)} 条{kind_of(own[0]).noun}已发布。", at=at)
    return done


def mark_matched(row: L, *, by: Actor, at: datetime) -> L:
    """The row found its counterpart; it stays on show."""
    with transaction.atomic():
        held = _moved(row, rules.may_mark_matched, ListingState.MATCHED, by=by)
        _save(held, "state")
        record("needs.match", held, by=by, at=at)
    return held


def reopen_listing(row: L, reason: str, *, by: Actor, at: datetime) -> L:
    """A match fell through: open again."""
    with transaction.atomic():
        held = _moved(row, rules.may_reopen, ListingState.PUBLISHED, by=by)
        _save(held, "state")
        record("needs.reopen", held, by=by, at=at, reason=_stated(reason))
    return held


def close_listing(row: L, reason: str, *, by: Actor, at: datetime) -> L:
    """No longer wanted or offered, with the reason."""
    with transaction.atomic():
        held = _moved(row, rules.may_close, ListingState.CLOSED, by=by)
        held.closed_reason = _stated(reason)
        _save(held, "state", "closed_reason")
        _tell_unit(held, f"{kind_of(held).noun}“{held.title}”已关闭。", at=at)
        record("needs.close", held, by=by, at=at, reason=held.closed_reason)
    return held


def confirm_listing(row: L, *, by: Actor, at: datetime) -> L:
    """The unit says that it still holds; the 90 days begin anew."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_confirm(by, held))
        held.confirmed_at = at
        _save(held, "confirmed_at")
        record("needs.confirm", held, by=by, at=at)
    return held


def assign_owner(row: L, owner: User | None, due_on: date | None, *, by: Actor, at: datetime) -> L:
    """Who answers for the row and by which day; the person is told."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_assign(by, held))
        on = day_of(at)
        if due_on is not None and due_on < on and due_on != held.answer_due_on:
            raise Invalid({"answer_due_on": ["答复期限不能早于今天。"]})
        if owner is not None and not _answers_for(owner, held, on):
            raise Invalid({"owner": ["责任人应是本单位或秘书处的在任人员。"]})
        held.owner, held.answer_due_on = owner, due_on
        _save(held, "owner", "answer_due_on")
        if owner is not None:
            text = f"请答复{kind_of(held).noun}“{held.title}”。"
            tell([owner], text, at=at, link=_link(held), due_on=due_on)
        data = {"owner": owner.pk if owner else None, "due_on": str(due_on or "")}
        record("needs.assign", held, by=by, at=at, data=data)
    return held


def carry_forward(rows: Iterable[L], quarter: str, *, by: Actor, at: datetime) -> list[L]:
    """Each row copied as a draft of a later quarter and linked by `previous`; all or none.

    Rows that already have a successor are passed over, so that it may be asked for twice.
    """
    target = str(Quarter.parse(quarter))
    with transaction.atomic():
        held = [_locked(row) for row in rows]
        last = [row for row in held if not hasattr(row, "next")]
        made = [_copy(row, target, by=by, at=at) for row in last]
        for row, previous in zip(made, last, strict=True):
            data = {"number": row.number, "previous": previous.number}
            record("needs.carry_forward", row, by=by, at=at, data=data)
    return made


def _copy(row: L, quarter: str, *, by: Actor, at: datetime) -> L:
    require(rules.may_carry_forward(by, row, quarter))
    kind = kind_of(row)
    values: dict[str, Any] = {name: getattr(row, name) for name in kind.fields}
    values |= {"quarter": quarter, "previous": row}
    made = kind.model(
        consortium_id=row.consortium_id, unit_id=row.unit_id, created_at=at,
        number=take_numbers(kind, quarter, 1)[0], **values,
    )  # fmt: skip
    check_row(made)
    made.save(force_insert=True)
    return made  # type: ignore[return-value]


def _submitted(row: L, *, by: Actor, at: datetime) -> L:
    held = _moved(row, rules.may_submit, ListingState.SUBMITTED, by=by)
    kind = kind_of(held)
    values = {name: getattr(held, name) for name in kind.fields}
    require_valid(kind, values, _ground(kind, held.unit_id, held.consortium_id, values, held.pk))
    held.submitted_at, held.returned_reasons = at, {}
    _save(held, "state", "submitted_at", "returned_reasons")
    record("needs.submit", held, by=by, at=at)
    return held


def _published(row: L, *, by: Actor, at: datetime) -> L:
    held = _moved(row, rules.may_publish, ListingState.PUBLISHED, by=by)
    held.published_at = held.confirmed_at = at
    held.returned_reasons = {}
    _save(held, "state", "published_at", "confirmed_at", "returned_reasons")
    record("needs.publish", held, by=by, at=at)
    return held


def _locked(row: L) -> L:
    rows = type(row)._default_manager.select_related("unit", "consortium")
    try:
        return rows.select_for_update(of=("self",)).get(pk=row.pk)
    except type(row).DoesNotExist:
        raise Conflict("这条信息已被删除，请刷新页面。") from None


def _moved(
    row: L, rule: Callable[[Actor | None, Listing], Verdict], target: ListingState, *, by: Actor
) -> L:
    """The locked row with its new state set, not yet saved."""
    held = _locked(row)
    require(rule(by, held))
    held.state = target
    return held


def _save(row: Listing, *fields: str) -> None:
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


def _ground(
    kind: ListingKind, unit: int, consortium: int, values: Mapping[str, Any], own: int = 0
) -> Ground:
    if kind is not POSTS:
        return Ground(book())
    quarter = str(values["quarter"] or "")
    return Ground(book(), peers_of(unit, consortium, quarter, apart_from=own))


def _stated(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    return reason.strip()[:200]


def _answers_for(user: User, row: Listing, on: date) -> bool:
    return any(
        people_of(unit, on).filter(pk=user.pk).exists()
        for unit in (row.unit, row.consortium.secretariat)
    )


def _link(row: Listing, audience: str = "member") -> str:
    return f"/{audience}/lists/{kind_of(row).slug}/{row.pk}/"


def _tell_unit(row: Listing, text: str, *, at: datetime) -> None:
    tell(people_of(row.unit, day_of(at)), text, at=at, link=_link(row))


def _tell_office(rows: Sequence[Listing], text: str, *, at: datetime) -> None:
    first = rows[0]
    link = _link(first, "desk") if len(rows) == 1 else f"/desk/lists/{kind_of(first).slug}/"
    tell(people_of(first.consortium.secretariat, day_of(at)), text, at=at, link=link)
