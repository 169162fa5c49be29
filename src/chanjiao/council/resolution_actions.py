"""Carrying resolutions out: assigned, reported, handed back, carried out."""

from datetime import date, datetime

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.enums import ResolutionState
from chanjiao.council.models import Resolution, ResolutionReport
from chanjiao.council.papers import Upload, stored
from chanjiao.council.writing import need, save, stated
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, require
from chanjiao.members.models import Membership
from chanjiao.members.queries import member_on
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit, User
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


def assign_resolution(
    row: Resolution, *, unit: Unit, person: User | None, due_on: date, todo: str, revision: int,
    by: Actor, at: datetime,
) -> Resolution:  # fmt: skip
    """Which unit (and who there) carries it out, by which day; its people are told."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_assign(by, held))
        need(held, revision)
        _check_owner(held, unit, person, due_on, on=day_of(at))
        held.unit, held.person, held.due_on, held.todo = unit, person, due_on, todo.strip()
        held.state = ResolutionState.UNDERWAY
        save(held)
        link = f"/member/council/resolutions/{held.pk}/"
        text = f"请落实决议“{held.title}”，{due_on} 前办结。"
        tell(people_of(unit, day_of(at)), text, at=at, link=link, due_on=due_on)
        data = {"unit": unit.pk, "person": person.pk if person else None, "due_on": str(due_on)}
        record("council.assign_resolution", held, by=by, at=at, data=data)
    return held


def report_resolution(
    row: Resolution, *, text: str, done: bool = False, file: Upload | None = None, by: Actor,
    at: datetime,
) -> ResolutionReport:  # fmt: skip
    """What the responsible unit did so far; `done` asks the secretariat to see it as carried out."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_report(by, held))
        made = ResolutionReport(resolution=held, text=text.strip(), done=done, by=by.user, at=at)
        made.file = stored(file, by=by, at=at)
        check_row(made)
        made.save(force_insert=True)
        if done:
            held.state, held.returned_reason = ResolutionState.REPORTED, ""
            save(held)
            office = held.motion.meeting.body.consortium.secretariat
            told = f"决议“{held.title}”已报办结，请核对。"
            link = f"/desk/council/resolutions/{held.pk}/"
            tell(people_of(office, day_of(at)), told, at=at, link=link)
        record("council.report_resolution", held, by=by, at=at, data={"done": done})
    return made


def return_resolution(row: Resolution, *, reason: str, by: Actor, at: datetime) -> Resolution:
    """What was reported does not suffice: under way again, with the reason."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_return_resolution(by, held))
        held.returned_reason = stated(reason)
        held.state, held.carried_out_on = ResolutionState.UNDERWAY, None
        save(held)
        assert held.unit is not None
        link = f"/member/council/resolutions/{held.pk}/"
        told = f"决议“{held.title}”的办结被退回：{held.returned_reason}"
        tell(people_of(held.unit, day_of(at)), told, at=at, link=link, due_on=held.due_on)
        record("council.return_resolution", held, by=by, at=at, reason=held.returned_reason)
    return held


def mark_carried_out(row: Resolution, *, on: date, by: Actor, at: datetime) -> Resolution:
    """The secretariat says that it is done, on a day."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_mark_carried_out(by, held))
        if not day_of(held.motion.meeting.starts_at) <= on <= day_of(at):
            raise Invalid({"on": ["办结日期应在会议之后，且不晚于今天。"]})
        held.state, held.carried_out_on, held.returned_reason = ResolutionState.CARRIED_OUT, on, ""
        save(held)
        record("council.carry_out", held, by=by, at=at, data={"on": str(on)})
    return held


def _check_owner(
    row: Resolution, unit: Unit, person: User | None, due_on: date, *, on: date
) -> None:
    consortium = row.motion.meeting.body.consortium
    ours = Membership.objects.filter(member_on(on), consortium=consortium, unit=unit).exists()
    if not ours and unit.pk != consortium.secretariat_id:
        raise Invalid({"unit": ["责任单位应是本联合体的在任成员或秘书处。"]})
    if person is not None and not people_of(unit, on).filter(pk=person.pk).exists():
        raise Invalid({"person": ["责任人应是该单位的在任人员。"]})
    if due_on < day_of(row.motion.meeting.starts_at):
        raise Invalid({"due_on": ["办结期限不能早于会议日期。"]})


def _locked(row: Resolution) -> Resolution:
    rows = Resolution.objects.select_for_update(of=("self",))
    related = rows.select_related("motion__meeting__body__consortium__secretariat", "unit")
    return related.get(pk=row.pk)
