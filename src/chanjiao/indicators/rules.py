"""Who may do what with sets, periods, returns and values, with the reason shown where refused."""

from datetime import date

from chanjiao.indicators.enums import (
    LIVE,
    PERIOD_LABELS,
    PERIOD_MOVES,
    RETURN_LABELS,
    RETURN_MOVES,
    TYPED_LABELS,
    TYPED_MOVES,
    WITH_MEMBER,
    PeriodState,
    ReturnState,
    TypedState,
)
from chanjiao.indicators.models import MemberReturn, Period, TypedValue
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor

_OFFICE_ONLY = refuse("只有秘书处可以办理。")
_OWN_ONLY = refuse("只有本单位的人员可以办理。")


def is_office(actor: Actor | None, consortium: Consortium) -> bool:
    """Whether the person is of the consortium's secretariat."""
    return actor is not None and actor.acts_for(consortium.secretariat_id)


def _office(actor: Actor | None, consortium: Consortium) -> Verdict:
    return ALLOWED if is_office(actor, consortium) else _OFFICE_ONLY


# Sets ----------------------------------------------------------------------------------------
def may_import_set(actor: Actor | None, consortium: Consortium) -> Verdict:
    return _office(actor, consortium)


def may_adopt(actor: Actor | None, period: Period) -> Verdict:
    """A version is chosen while the period is open; from then on it is what members report to."""
    if period.state != PeriodState.OPEN:
        return all_of(
            _office(actor, period.consortium),
            refuse(f"年度{period.get_state_display()}，不能更换指标集；请先退回到“进行中”。"),
        )
    return _office(actor, period.consortium)


# Periods -------------------------------------------------------------------------------------
def may_open_period(actor: Actor | None, consortium: Consortium) -> Verdict:
    return _office(actor, consortium)


def may_set_period(actor: Actor | None, period: Period) -> Verdict:
    """Due day and share to explain, while the period is live."""
    return all_of(_office(actor, period.consortium), is_live(period))


def is_live(period: Period) -> Verdict:
    """Whether values may still change."""
    if period.state in LIVE:
        return ALLOWED
    return refuse(f"{period.year} 年度{period.get_state_display()}，数值不能再改。")


def _move(actor: Actor | None, period: Period, target: PeriodState) -> Verdict:
    return all_of(
        _office(actor, period.consortium),
        may_move(PERIOD_MOVES, PERIOD_LABELS, period.state, target),
    )


def may_start_reporting(actor: Actor | None, period: Period) -> Verdict:
    """From open; a published period goes by way of a correction."""
    verdict = _move(actor, period, PeriodState.REPORTING)
    if verdict and period.state != PeriodState.OPEN:
        return refuse("只有进行中的年度可以开始填报。")
    return verdict


def may_hand_back_period(actor: Actor | None, period: Period) -> Verdict:
    """One step back: reporting to open, locked to reporting."""
    steps = {
        PeriodState.REPORTING: PeriodState.OPEN,
        PeriodState.LOCKED: PeriodState.REPORTING,
    }
    target = steps.get(PeriodState(period.state))
    if target is None:
        return all_of(
            _office(actor, period.consortium),
            refuse(
                "已发布的年度不能退回，只能发布更正版。"
                if period.state == PeriodState.PUBLISHED
                else "年度还在进行中，没有可以退回的步骤。"
            ),
        )
    return _move(actor, period, target)


def may_lock(actor: Actor | None, period: Period, *, on: date) -> Verdict:
    """Once the year is over; the open points are asked separately."""
    verdict = _move(actor, period, PeriodState.LOCKED)
    if verdict and on < period.until:
        return refuse(f"年度到 {period.until} 才结束，结束后方可锁定。")
    return verdict


def may_publish(actor: Actor | None, period: Period) -> Verdict:
    return _move(actor, period, PeriodState.PUBLISHED)


def may_correct(actor: Actor | None, period: Period) -> Verdict:
    """Only what is published is corrected; the edition published stays until the next is."""
    if period.state != PeriodState.PUBLISHED:
        return all_of(_office(actor, period.consortium), refuse("只有已发布的年度可以更正。"))
    return _move(actor, period, PeriodState.REPORTING)


# Values --------------------------------------------------------------------------------------
def may_enter(actor: Actor | None, period: Period) -> Verdict:
    return all_of(_office(actor, period.consortium), is_live(period))


def may_confirm(actor: Actor | None, period: Period) -> Verdict:
    return all_of(_office(actor, period.consortium), is_live(period))


def may_explain(actor: Actor | None, period: Period) -> Verdict:
    return all_of(_office(actor, period.consortium), is_live(period))


def _decide(actor: Actor | None, row: TypedValue, target: TypedState) -> Verdict:
    return all_of(
        _office(actor, row.period.consortium),
        is_live(row.period),
        may_move(TYPED_MOVES, TYPED_LABELS, row.state, target),
    )


def may_approve(actor: Actor | None, row: TypedValue) -> Verdict:
    """Four eyes: not the person who entered it."""
    verdict = _decide(actor, row, TypedState.APPROVED)
    if verdict and actor is not None and actor.pk == row.entered_by_id:
        return refuse("填报人不能批准自己填报的数值，请秘书处另一位人员批准。")
    return verdict


def may_refuse(actor: Actor | None, row: TypedValue) -> Verdict:
    """As approving: by another person."""
    verdict = _decide(actor, row, TypedState.REFUSED)
    if verdict and actor is not None and actor.pk == row.entered_by_id:
        return refuse("自己填报的数值请用“撤回”。")
    return verdict


def may_withdraw(actor: Actor | None, row: TypedValue) -> Verdict:
    """The person who entered it."""
    verdict = _decide(actor, row, TypedState.WITHDRAWN)
    if verdict and actor is not None and actor.pk != row.entered_by_id:
        return refuse("只有填报人可以撤回。")
    return verdict


# Returns -------------------------------------------------------------------------------------
def _own(actor: Actor | None, row: MemberReturn) -> Verdict:
    return ALLOWED if actor is not None and actor.acts_for(row.unit_id) else _OWN_ONLY


def _reporting(row: MemberReturn) -> Verdict:
    if row.period.state == PeriodState.REPORTING:
        return ALLOWED
    return refuse(f"{row.period.year} 年度{row.period.get_state_display()}，不在填报期。")


def may_fill(actor: Actor | None, row: MemberReturn) -> Verdict:
    """The unit, while the return is with it."""
    if row.state not in WITH_MEMBER:
        return all_of(_own(actor, row), refuse(f"年报{row.get_state_display()}，不能修改。"))
    return all_of(_own(actor, row), _reporting(row))


def may_submit(actor: Actor | None, row: MemberReturn) -> Verdict:
    return all_of(
        _own(actor, row),
        _reporting(row),
        may_move(RETURN_MOVES, RETURN_LABELS, row.state, ReturnState.SUBMITTED),
    )


def may_accept(actor: Actor | None, row: MemberReturn) -> Verdict:
    return all_of(
        _office(actor, row.period.consortium),
        _reporting(row),
        may_move(RETURN_MOVES, RETURN_LABELS, row.state, ReturnState.ACCEPTED),
    )


def may_return(actor: Actor | None, row: MemberReturn) -> Verdict:
    """Also what was accepted, as long as members report."""
    return all_of(
        _office(actor, row.period.consortium),
        _reporting(row),
        may_move(RETURN_MOVES, RETURN_LABELS, row.state, ReturnState.RETURNED),
    )


def may_remind(actor: Actor | None, period: Period) -> Verdict:
    if period.state != PeriodState.REPORTING:
        return all_of(_office(actor, period.consortium), refuse("填报期内才能催办。"))
    return _office(actor, period.consortium)
