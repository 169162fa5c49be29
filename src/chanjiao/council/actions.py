"""Writing bodies, seats, charter rules and regulations; the other actions are beside this file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.checks import check_seat
from chanjiao.council.commitment_actions import record_delivery as record_delivery
from chanjiao.council.defaults import SOURCE, THRESHOLDS, ThresholdFacts
from chanjiao.council.enums import SOLE
from chanjiao.council.models import Body, CharterRule, Regulation, Resolution, Seat, Threshold
from chanjiao.council.papers import Upload, stored
from chanjiao.council.queries import rule_on
from chanjiao.council.resolution_actions import mark_carried_out as mark_carried_out
from chanjiao.council.resolution_actions import report_resolution as report_resolution
from chanjiao.council.writing import need, save, stated
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_period, check_row
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record


# Bodies ----------------------------------------------------------------------------------------
def create_body(
    consortium: Consortium, *, kind: str, name: str, established_on: date, charge: str = "",
    by: Actor, at: datetime,
) -> Body:  # fmt: skip
    """A new body; if its kind has no rules yet, the default ones are in force from that day."""
    with transaction.atomic():
        require(rules.may_serve(by, consortium))
        row = Body(
            consortium=consortium, kind=kind, name=name.strip(), charge=charge.strip(),
            established_on=established_on,
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        if rule_on(consortium, kind, established_on) is None:
            _version(
                consortium, kind, {"starts_on": established_on, "source": SOURCE}, THRESHOLDS[kind]
            )
        record("council.create_body", row, by=by, at=at, data={"kind": kind, "name": row.name})
    return row


def change_body(
    body: Body, *, name: str, charge: str, revision: int, by: Actor, at: datetime
) -> Body:
    with transaction.atomic():
        row = (
            Body.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=body.pk)
        )
        require(rules.may_change_body(by, row))
        need(row, revision)
        before = {"name": row.name, "charge": row.charge}
        row.name, row.charge = name.strip(), charge.strip()
        save(row)
        record("council.change_body", row, by=by, at=at, data={"before": before})
    return row


def dissolve_body(body: Body, *, on: date, reason: str, by: Actor, at: datetime) -> Body:
    """The body ends; its seats end with it."""
    with transaction.atomic():
        row = (
            Body.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=body.pk)
        )
        require(rules.may_change_body(by, row))
        row.dissolved_on = on
        save(row)
        for seat in row.seats.select_for_update().filter(ends_on__gt=on).order_by("pk"):
            seat.ends_on, seat.ended_reason = max(on, seat.starts_on), "机构撤销"
            save(seat)
        record("council.dissolve_body", row, by=by, at=at, reason=stated(reason))
    return row


# Seats -----------------------------------------------------------------------------------------
def fill_seat(
    body: Body, *, unit: Unit | None, holder: str, title: str, starts_on: date, ends_on: date,
    position: str = "", votes: bool = True, by: Actor, at: datetime,
) -> Seat:  # fmt: skip
    """Somebody is elected or called to a seat for a term."""
    with transaction.atomic():
        held = (
            Body.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=body.pk)
        )
        require(rules.may_change_body(by, held))
        row = Seat(
            body=held, unit=unit, holder=holder.strip(), position=position.strip(), title=title,
            votes=votes, starts_on=starts_on, ends_on=ends_on,
        )  # fmt: skip
        _check_seat(row)
        row.save(force_insert=True)
        data = {"body": held.pk, "holder": row.holder, "title": title, "until": str(ends_on)}
        record("council.fill_seat", row, by=by, at=at, data=data)
    return row


def change_seat(
    seat: Seat, *, holder: str, position: str, title: str, votes: bool, ends_on: date,
    revision: int, by: Actor, at: datetime,
) -> Seat:  # fmt: skip
    """Correct a seat; another unit or another term is another seat."""
    with transaction.atomic():
        row = _seat(seat)
        require(rules.may_change_body(by, row.body))
        need(row, revision)
        before = {"holder": row.holder, "title": row.title, "until": str(row.ends_on)}
        row.holder, row.position, row.title = holder.strip(), position.strip(), title
        row.votes, row.ends_on = votes, ends_on
        _check_seat(row)
        save(row)
        record("council.change_seat", row, by=by, at=at, data={"before": before})
    return row


def end_seat(seat: Seat, *, on: date, reason: str, by: Actor, at: datetime) -> Seat:
    """Before the term is over, with the reason."""
    with transaction.atomic():
        row = _seat(seat)
        require(rules.may_change_body(by, row.body))
        if not row.starts_on <= on < row.ends_on:
            raise Invalid({"on": [f"离任日期应在任期 {row.starts_on} 至 {row.ends_on} 之内。"]})
        row.ended_reason, row.ends_on = stated(reason), on
        save(row)
        record("council.end_seat", row, by=by, at=at, reason=row.ended_reason)
    return row


def renew_seats(
    body: Body, seats: Sequence[Seat], *, ends_on: date, by: Actor, at: datetime
) -> list[Seat]:
    """Re-election: each of these seats gets a following term, from the end of the present one."""
    with transaction.atomic():
        held = (
            Body.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=body.pk)
        )
        require(rules.may_change_body(by, held))
        made = [_renewed(seat, held, ends_on) for seat in seats]
        data = {"seats": [row.pk for row in made], "until": str(ends_on)}
        record("council.renew_seats", held, by=by, at=at, data=data)
    return made


def _renewed(seat: Seat, body: Body, ends_on: date) -> Seat:
    if seat.body_id != body.pk:
        raise Refused("席位不属于这个机构。")
    row = Seat(
        body=body, unit=seat.unit, holder=seat.holder, position=seat.position, title=seat.title,
        votes=seat.votes, starts_on=seat.ends_on, ends_on=ends_on,
    )  # fmt: skip
    _check_seat(row)
    row.save(force_insert=True)
    return row


def _seat(seat: Seat) -> Seat:
    rows = Seat.objects.select_for_update(of=("self",)).select_related("body__consortium", "unit")
    return rows.get(pk=seat.pk)


def _check_seat(row: Seat) -> None:
    """Fit for the body; nobody twice, and one chair, at a time."""
    present = row.unit is not None and (
        row.unit_id == row.body.consortium.secretariat_id
        or Membership.objects.filter(
            member_on(row.starts_on), consortium=row.body.consortium_id, unit=row.unit
        ).exists()
    )
    check_seat(row.body, row.unit, row.title, row.starts_on, row.ends_on, is_member=present)
    check_row(row)
    others = Seat.objects.filter(
        body=row.body, starts_on__lt=row.ends_on, ends_on__gt=row.starts_on
    ).exclude(pk=row.pk)
    if others.filter(holder=row.holder, unit=row.unit).exists():
        raise Invalid({"holder": [f"{row.holder}这段时间已在{row.body.name}有席位。"]})
    if row.title in SOLE and others.filter(title=row.title).exists():
        raise Invalid({"title": [f"这段时间已有{row.get_title_display()}，请先办理离任。"]})


# Rules -----------------------------------------------------------------------------------------
def adopt_rules(
    consortium: Consortium, body_kind: str, values: Mapping[str, Any],
    thresholds: Sequence[ThresholdFacts], *, by: Actor, at: datetime,
) -> CharterRule:  # fmt: skip
    """A new version of the rules from a day on, with the resolution or charter it rests on."""
    with transaction.atomic():
        require(rules.may_serve(by, consortium))
        row = _version(consortium, body_kind, values, thresholds)
        data = {"kind": body_kind, "starts_on": str(row.starts_on), "source": row.source}
        record("council.adopt_rules", row, by=by, at=at, data=data)
    return row


def amend_rules(
    rule: CharterRule, values: Mapping[str, Any], thresholds: Sequence[ThresholdFacts], *,
    revision: int, by: Actor, at: datetime,
) -> CharterRule:  # fmt: skip
    """Correct a version under which no meeting was called yet."""
    with transaction.atomic():
        rows = CharterRule.objects.select_for_update(of=("self",)).select_related("consortium")
        row = rows.get(pk=rule.pk)
        require(rules.may_amend_rule(by, row))
        need(row, revision)
        for name, value in values.items():
            setattr(row, name, value)
        save(row)
        row.thresholds.all().delete()
        _write_thresholds(row, thresholds)
        record("council.amend_rules", row, by=by, at=at, data={"source": row.source})
    return row


def _version(
    consortium: Consortium, body_kind: str, values: Mapping[str, Any],
    thresholds: Sequence[ThresholdFacts],
) -> CharterRule:  # fmt: skip
    row = CharterRule(consortium=consortium, body_kind=body_kind, **values)
    check_row(row)
    row.save(force_insert=True)
    _write_thresholds(row, thresholds)
    return row


def _write_thresholds(rule: CharterRule, thresholds: Sequence[ThresholdFacts]) -> None:
    if not any(facts.kind == "ordinary" for facts in thresholds):
        raise Invalid({"": ["至少要有“一般议案”（代号 ordinary）的通过条件。"]})
    for facts in thresholds:
        row = Threshold(rule=rule, **asdict(facts))
        check_row(row)
        row.save(force_insert=True)


# Regulations -----------------------------------------------------------------------------------
def adopt_regulation(
    consortium: Consortium, *, kind: str, title: str, adopted_on: date,
    resolution: Resolution | None = None, file: Upload | None = None, by: Actor, at: datetime,
) -> Regulation:  # fmt: skip
    """A regulation comes into force."""
    with transaction.atomic():
        require(rules.may_serve(by, consortium))
        row = Regulation(
            consortium=consortium, kind=kind, title=title.strip(), adopted_on=adopted_on,
            resolution=resolution,
        )  # fmt: skip
        _check_resolution(row)
        row.file = stored(file, by=by, at=at)
        check_row(row)
        row.save(force_insert=True)
        record(
            "council.adopt_regulation", row, by=by, at=at, data={"kind": kind, "title": row.title}
        )
    return row


def change_regulation(
    regulation: Regulation, *, kind: str, title: str, adopted_on: date, ended_on: date | None,
    resolution: Resolution | None = None, file: Upload | None = None, revision: int, by: Actor,
    at: datetime,
) -> Regulation:  # fmt: skip
    """Correct the entry, or end the regulation; a new file replaces the one shown."""
    with transaction.atomic():
        rows = Regulation.objects.select_for_update(of=("self",)).select_related("consortium")
        row = rows.get(pk=regulation.pk)
        require(rules.may_serve(by, row.consortium))
        need(row, revision)
        before = {"title": row.title, "ended_on": str(row.ended_on or "")}
        row.kind, row.title, row.adopted_on = kind, title.strip(), adopted_on
        row.ended_on, row.resolution = ended_on, resolution
        _check_resolution(row)
        row.file = stored(file, by=by, at=at) or row.file
        if ended_on is not None:
            check_period(adopted_on, ended_on)
        save(row)
        record("council.change_regulation", row, by=by, at=at, data={"before": before})
    return row


def _check_resolution(row: Regulation) -> None:
    if row.resolution is None:
        return
    meeting = row.resolution.motion.meeting
    if meeting.body.consortium_id != row.consortium_id or not row.resolution.passed:
        raise Invalid({"resolution": ["请选择本联合体已通过的决议。"]})
    if row.adopted_on < day_of(meeting.starts_at):
        raise Invalid({"adopted_on": ["生效日期不能早于通过它的会议。"]})
