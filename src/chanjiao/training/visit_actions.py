"""Random visits: the seed is fixed, then the list is made and drawn from, then somebody goes."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from chanjiao.kernel.canonical import digest
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, Refused, Verdict, refuse, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record
from chanjiao.training.entry_rows import stated
from chanjiao.training.enums import VISIT_MOVES, VisitState
from chanjiao.training.models import Draw, Placement, Stint, Visit
from chanjiao.training.queries import placements_of_school, running
from chanjiao_engine.draws import draw

_LABELS = dict(VisitState.choices)


# Who ---------------------------------------------------------------------------------------------
def draws_visible_to(actor: Actor | None) -> QuerySet[Draw]:
    """Of one's own school; a host does not learn beforehand who is visited."""
    rows = Draw.objects.select_related("unit", "host", "drawn_by")
    return rows.filter(unit__in=actor.units) if actor else rows.none()


def visits_visible_to(actor: Actor | None) -> QuerySet[Visit]:
    rows = Visit.objects.select_related("draw__unit", "placement__student")
    return rows.filter(draw__unit__in=actor.units) if actor else rows.none()


def may_draw(actor: Actor | None, unit: Unit) -> Verdict:
    if actor is None or not actor.acts_for(unit.pk) or not unit.is_school:
        return refuse("只有学校可以抽取走访。")
    return ALLOWED


def may_visit(actor: Actor | None, visit: Visit, target: str = VisitState.DONE) -> Verdict:
    if actor is None or not actor.acts_for(visit.draw.unit_id):
        return refuse("只有抽取走访的学校可以登记。")
    return may_move(VISIT_MOVES, _LABELS, visit.state, target)


# Drawing -----------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn: how many, by when to be visited, at one host only or at all."""

    title: str
    size: int
    due_on: date
    host: Unit | None = None


def fix_draw(
    unit: Unit, consortium: Consortium, wish: Wish, *, seed: str, by: Actor, at: datetime
) -> Draw:
    """The seed and the wish, before anybody has made a list; both stay whatever is drawn."""
    require(may_draw(by, unit))
    if not 1 <= wish.size <= 500:
        raise Invalid({"size": ["抽取人数应在 1 到 500 之间。"]})
    if wish.due_on < day_of(at):
        raise Invalid({"due_on": ["走访期限不能早于今天。"]})
    with transaction.atomic():
        row = Draw.objects.create(
            unit=unit, consortium=consortium, host=wish.host, size=wish.size, due_on=wish.due_on,
            title=stated(wish.title, "title", "请填写名称。", 80), seed=seed, drawn_by=by.user,
            fixed_at=at,
        )  # fmt: skip
        record("visit.fix_draw", row, by=by, at=at, data={"seed": seed, "size": wish.size})
    return row


def draw_visits(row: Draw, *, by: Actor, at: datetime) -> Draw:
    """Everybody on post today (at the host, where one is named) is on the list; drawn once."""
    with transaction.atomic():
        held = Draw.objects.select_for_update(of=("self",)).select_related("unit").get(pk=row.pk)
        require(may_draw(by, held.unit))
        if held.drawn_at is not None:
            raise Refused("已经抽取过，名单不能再变。")
        found = dict(candidates(held, by, on=day_of(at)).values_list("number", "pk"))
        if not found:
            raise Refused("没有正在实习的学生可供抽取。种子已保留，有学生上岗后可继续抽取。")
        held.candidates = sorted(found)
        held.digest, held.drawn_at, held.drawn_by = digest(held.candidates), at, by.user
        held.save(update_fields=["candidates", "digest", "drawn_at", "drawn_by"])
        drawn = draw(held.candidates, held.size, seed=held.seed)
        Visit.objects.bulk_create(
            Visit(draw=held, placement_id=found[number], rank=rank)
            for rank, number in enumerate(drawn, 1)
        )
        data = {"sha256": held.digest, "candidates": len(found), "drawn": drawn}
        record("visit.draw", held, by=by, at=at, data=data)
    return held


def candidates(row: Draw, actor: Actor, *, on: date) -> QuerySet[Placement]:
    """Who may be drawn on a day."""
    rows = running(placements_of_school(actor), on=on)
    rows = rows.filter(school=row.unit, consortium=row.consortium).order_by("number")
    if row.host_id is None:
        return rows
    there = Stint.objects.filter(host=row.host_id, starts_on__lte=on, ends_on__gt=on)
    return rows.filter(pk__in=there.values("placement"))


# Going -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Found:
    """What the visitor found."""

    visited_on: date
    visitor: str
    present: bool
    finding: str


def record_visit(visit: Visit, found: Found, *, revision: int, by: Actor, at: datetime) -> Visit:
    """Somebody was at the workplace."""
    if found.visited_on > day_of(at):
        raise Invalid({"visited_on": ["走访日期不能晚于今天。"]})
    finding = stated(found.finding, "finding", "请写明走访情况。", 1000)
    visitor = stated(found.visitor, "visitor", "请填写走访人。", 60)
    with transaction.atomic():
        held = _held(visit, VisitState.DONE, revision, by)
        held.visited_on, held.visitor = found.visited_on, visitor
        held.present, held.finding = found.present, finding
        held.save()
        data = {"present": found.present, "day": str(found.visited_on)}
        record("visit.record", held, by=by, at=at, data=data)
    return held


def miss_visit(visit: Visit, reason: str, *, revision: int, by: Actor, at: datetime) -> Visit:
    """It did not come to a visit, and why."""
    reason = stated(reason, "finding", "请写明未能走访的原因。", 1000)
    with transaction.atomic():
        held = _held(visit, VisitState.MISSED, revision, by)
        held.finding = reason
        held.save()
        record("visit.miss", held, by=by, at=at, reason=reason[:200])
    return held


def _held(visit: Visit, target: VisitState, revision: int, by: Actor) -> Visit:
    rows = Visit.objects.select_for_update(of=("self",)).select_related(
        "draw", "placement__student"
    )
    held = rows.get(pk=visit.pk)
    require(may_visit(by, held, target))
    if held.revision != revision:
        raise Conflict("这次走访刚刚已由他人登记，请核对后再试。")
    held.state, held.revision = target, held.revision + 1
    return held
