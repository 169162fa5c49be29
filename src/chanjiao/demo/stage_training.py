"""Stage: order classes, an apprenticeship with rotation, placements from the published round.

Booked on their days before the rounds are told, so that the trail stays in order.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from chanjiao.demo.cast import Cast
from chanjiao.demo.stage_match import open_accounts
from chanjiao.demo.training_classes import (
    GROUPS,
    apprentice_agreements,
    begin_programme,
    found_programme,
    register_mentors,
)
from chanjiao.demo.training_life import (
    confirm_week,
    papers_for,
    pay_month,
    place_group,
    placements_of,
    prepare,
    start,
    trouble,
    visit,
    write_week,
)
from chanjiao.demo.workbooks import Desk
from chanjiao.kernel.clock import day_of
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Round
from chanjiao.needs.enums import PostKind
from chanjiao.training.enums import PlacementState, ProgrammeKind
from chanjiao.training.models import Placement
from chanjiao.training.placement_actions import plan_from_round

FOUNDED, PLACED, STARTED, FIRST_WEEK, PLANNED, PREPARED, PAID = -42, -41, -39, -38, -16, -12, -8
SENDING = ("dlzyjsxy", "haigong", "jzxny", "shuziwan")  # whose results became placements
WITH_PAPERS = 30
ENDS = 50  # the classes are back before the round's own posts begin


def begin_training(cast: Cast) -> None:
    """Books what happens on which day."""
    season = cast.season

    def on(days: int) -> date:
        return season.moment(days).date()

    season.book(on(FOUNDED), partial(_found, cast))
    season.book(on(PLACED), partial(_place, cast, on(STARTED), on(ENDS)))
    season.book(on(STARTED), partial(_start, cast))
    for week in range(5):
        monday = _monday_before(on(FIRST_WEEK + 7 * (week + 1)))
        if monday >= on(STARTED):
            season.book(monday + timedelta(days=6), partial(_week, cast, monday, week < 4))
    season.book(on(PLANNED), partial(_plan_round, cast))
    season.book(on(PREPARED), partial(_prepare_round, cast))
    season.book(on(PAID), partial(_pay_and_visit, cast))


def end_training(cast: Cast, desk: Desk) -> None:
    """What the days up to today still bring."""
    cast.season.catch_up()


def _monday_before(day: date) -> date:
    return day - timedelta(days=day.weekday() + 7)


def _found(cast: Cast) -> None:
    register_mentors(cast)
    ends = day_of(cast.season.tick(0)) + timedelta(days=330)
    for group in GROUPS:
        if group.accounts:
            open_accounts(cast, group.school, group.cohort, group.accounts)
        found_programme(cast, group, ends)
        if group.kind == ProgrammeKind.APPRENTICE:
            apprentice_agreements(cast, group, ends)
        else:
            begin_programme(cast, group)


def _place(cast: Cast, starts: date, ends: date) -> None:
    """Papers are signed the day after; then the apprentices' programme lacks nothing."""
    for group in GROUPS:
        place_group(cast, group, starts, ends)
        papers_for(cast, placements_of(group), group.name)
        if group.kind == ProgrammeKind.APPRENTICE:
            begin_programme(cast, group)


def _start(cast: Cast) -> None:
    day = day_of(cast.season.tick(0))
    for group in GROUPS:
        prepare(cast, placements_of(group), day=day)
        start(cast, group)


def _week(cast: Cast, monday: date, confirmed: bool) -> None:
    """The last week's records wait for the mentors: that is what a visitor finds."""
    write_week(cast, GROUPS, monday)
    if confirmed:
        confirm_week(cast, GROUPS)


def _plan_round(cast: Cast) -> None:
    """The published internships become placements of four schools."""
    round_ = Round.objects.filter(kind=PostKind.INTERNSHIP, state=RoundState.PUBLISHED).first()
    if round_ is None:
        return
    for key in SENDING:
        plan_from_round(
            round_, cast.units[key], profile="全国", by=cast.actor(key), at=cast.season.tick()
        )


def _prepare_round(cast: Cast) -> None:
    """One school is ahead: papers under way, safety tests held; the gate tells what is missing."""
    rows = Placement.objects.filter(
        school=cast.units[SENDING[0]], state=PlacementState.PLANNED, match__isnull=False
    ).select_related("student__user", "school", "student__cohort")
    some = list(rows.order_by("number")[:WITH_PAPERS])
    if not some:
        return
    half = len(some) // 2
    papers_for(cast, some[:half], "岗位实习")
    papers_for(cast, some[half:], "岗位实习", but=frozenset({"guardian", "enterprise"}))
    prepare(cast, some[:half], day=day_of(cast.season.tick(0)))


def _pay_and_visit(cast: Cast) -> None:
    today = day_of(cast.season.tick(0))
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    pay_month(cast, GROUPS, month)
    visit(cast, GROUPS[0])
    trouble(cast, GROUPS[0])
