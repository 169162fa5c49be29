"""Every move of a return and of a value by hand × every state × every person; what stays behind."""

from decimal import Decimal
from itertools import product

import pytest
from django.db import transaction

from chanjiao.indicators import actions, freezing, returns, rules, typed
from chanjiao.indicators.computing import refresh_figures, standing_of
from chanjiao.indicators.enums import (
    RETURN_MOVES,
    TYPED_MOVES,
    WITH_MEMBER,
    PeriodState,
    ReturnState,
    Section,
    TypedState,
)
from chanjiao.indicators.models import MemberReturn, Period, TypedValue
from chanjiao.indicators.pack_report import report_of
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.people.access import Actor
from chanjiao.trail.models import Entry
from chanjiao_engine.indicators.packs import verify_bytes
from tests.indicators.world import AFTER, AT, Year, later, make_year
from tests.members.world import make_consortium, secretary
from tests.people.world import stranger

pytestmark = pytest.mark.django_db
R, T = ReturnState, TypedState
CONFIRMED = {section.value: {"confirmed": True, "remark": ""} for section in Section}
# The unit's own, another unit's, the two of the secretariat, another consortium's, nobody's.
PEOPLE = ("recruiter", "rival", "office", "second", "far_office", "stranger", "nobody")


class _UndoneError(Exception):
    pass


def people_of(year: Year) -> dict[str, Actor | None]:
    far = secretary(make_consortium())
    named = {name: getattr(year, name) for name in PEOPLE[:4]}
    return {**named, "far_office": far, "stranger": stranger(), "nobody": None}


def tried(act, row) -> bool:
    """Whether it was done, with one entry in the trail; undone again. Refused changes nothing."""
    before = Entry.objects.count()
    try:
        with transaction.atomic():
            act()
            assert Entry.objects.count() == before + 1
            raise _UndoneError
    except _UndoneError:
        return True
    except Refused:
        assert Entry.objects.count() == before
        state = row.state
        row.refresh_from_db()
        assert row.state == state
        return False


# Returns -------------------------------------------------------------------------------------
RETURN_WAYS = {
    "submit": (
        R.SUBMITTED, "own",
        lambda row, by: returns.submit_return(row, revision=row.revision, by=by, at=AT),
    ),
    "accept": (R.ACCEPTED, "office", lambda row, by: returns.accept_return(row, by=by, at=AT)),
    "hand_back": (
        R.RETURNED, "office",
        lambda row, by: returns.hand_back_return(row, {"tasks": "请写明"}, by=by, at=AT),
    ),
}  # fmt: skip


def own_return(year: Year) -> MemberReturn:
    return MemberReturn.objects.select_related("period__consortium", "unit").get(
        period=year.period, unit=year.world.firms[0]
    )


def put(row: MemberReturn, state: str) -> MemberReturn:
    MemberReturn.objects.filter(pk=row.pk).update(state=state, sections=CONFIRMED)
    row.refresh_from_db()
    return row


def rightly(whose: str, who: str) -> bool:
    return who == "recruiter" if whose == "own" else who in {"office", "second"}


def test_every_target_of_a_return_has_a_way():
    assert {way[0] for way in RETURN_WAYS.values()} == {
        target for targets in RETURN_MOVES.values() for target in targets
    }


@pytest.mark.parametrize("way", RETURN_WAYS)
def test_every_move_of_a_return_for_every_person(way):
    year = make_year(PeriodState.REPORTING)
    people, wrong = people_of(year), []
    target, whose, act = RETURN_WAYS[way]
    for state, who in product(R, PEOPLE):
        row = put(own_return(year), state)
        done = tried(lambda row=row, who=who: act(row, people[who]), row)
        if done != (target in RETURN_MOVES[state] and rightly(whose, who)):
            wrong.append((state, who, done))
    assert not wrong


def test_only_the_unit_fills_in_and_only_while_the_return_is_with_it():
    year = make_year(PeriodState.REPORTING)
    people = people_of(year)
    for state, who in product(R, PEOPLE):
        row = put(own_return(year), state)
        done = tried(
            lambda row=row, who=who: returns.fill_return(
                row, CONFIRMED, "小结", revision=row.revision, by=people[who], at=AT
            ),
            row,
        )
        assert done == (who == "recruiter" and state in WITH_MEMBER), (state, who)


@pytest.mark.parametrize("state", [s for s in PeriodState if s != PeriodState.REPORTING])
def test_outside_the_reporting_no_return_moves(state):
    year = make_year(PeriodState.REPORTING)
    Period.objects.filter(pk=year.period.pk).update(state=state)
    for where, (_, whose, act) in product(R, RETURN_WAYS.values()):
        row = put(own_return(year), where)
        by = year.recruiter if whose == "own" else year.office
        assert not tried(lambda row=row, act=act, by=by: act(row, by), row), where
    assert not rules.may_fill(year.recruiter, put(own_return(year), R.DRAFT))


def test_a_return_goes_back_with_a_reason_that_names_a_part():
    year = make_year(PeriodState.REPORTING)
    row = put(own_return(year), R.SUBMITTED)
    for reasons in ({}, {"tasks": "  "}):
        with pytest.raises(Invalid, match="退回原因"):
            returns.hand_back_return(row, reasons, by=year.office, at=AT)
    with pytest.raises(Refused, match="没有这个部分"):
        returns.hand_back_return(row, {"money": "?"}, by=year.office, at=AT)


# A return that was handed back, when the year goes on ------------------------------------------
def handed_back(year: Year) -> MemberReturn:
    row = own_return(year)
    row = returns.fill_return(
        row, CONFIRMED, "小结", revision=row.revision, by=year.recruiter, at=AT
    )
    row = returns.submit_return(row, revision=row.revision, by=year.recruiter, at=AT)
    return returns.hand_back_return(row, {"tasks": "请写明进展"}, by=year.office, at=later())


def still_back(row: MemberReturn) -> None:
    row.refresh_from_db()
    assert row.state == R.RETURNED and row.returned_reasons == {"tasks": "请写明进展"}
    assert row.first_submitted_at == AT and row.summary == "小结"
    assert not row.sections["tasks"]["confirmed"] and row.sections["lists"]["confirmed"]


def mended(year: Year, row: MemberReturn) -> None:
    """The unit answers; the first handing in stays what counts as in time."""
    sections = {**row.sections, "tasks": {"confirmed": False, "remark": "已补报。"}}
    row = returns.fill_return(
        row, sections, row.summary, revision=row.revision, by=year.recruiter, at=later(3)
    )
    row = returns.submit_return(row, revision=row.revision, by=year.recruiter, at=later(3))
    assert row.state == R.SUBMITTED and row.first_submitted_at == AT
    assert row.submitted_at == later(3)
    row = returns.accept_return(row, by=year.office, at=later(4))
    assert row.returned_reasons == {}


def test_a_return_handed_back_is_kept_when_the_reporting_begins_anew():
    year = make_year(PeriodState.REPORTING)
    row, count = handed_back(year), MemberReturn.objects.count()
    actions.hand_back_period(year.reload(), "换指标集", by=year.office, at=later())
    assert not rules.may_fill(year.recruiter, own_return(year))
    actions.start_reporting(year.reload(), by=year.office, at=later(2))
    assert MemberReturn.objects.count() == count
    still_back(row)
    mended(year, own_return(year))


def test_a_return_handed_back_goes_over_into_the_corrected_edition(monkeypatch):
    monkeypatch.setattr(
        freezing, "verified", lambda data, pin: report_of(verify_bytes(data, pins=[pin]))
    )
    year = make_year(PeriodState.REPORTING)
    row, count = handed_back(year), MemberReturn.objects.count()
    period = year.reload()
    refresh_figures(period, at=AFTER)
    value = standing_of(period).outcomes["12"].value
    typed.confirm_value(period, "12", value, by=year.office, at=AFTER)
    freezing.lock_period(year.reload(), "一家未补正", by=year.office, at=AFTER)
    actions.publish_period(year.reload(), [], public_pack=False, by=year.office, at=AFTER)
    still_back(row)
    assert not rules.may_fill(year.recruiter, own_return(year))
    actions.correct_period(year.reload(), "补正一家", by=year.office, at=AFTER)
    assert MemberReturn.objects.count() == count
    still_back(row)
    mended(year, own_return(year))


# Values by hand ------------------------------------------------------------------------------
TYPED_WAYS = {
    "approve": (T.APPROVED, lambda row, by: typed.approve_value(row, by=by, at=AT)),
    "refuse": (T.REFUSED, lambda row, by: typed.refuse_value(row, "依据不足", by=by, at=AT)),
    "withdraw": (T.WITHDRAWN, lambda row, by: typed.withdraw_value(row, by=by, at=AT)),
}


def entered(year: Year) -> TypedValue:
    return typed.enter_value(
        year.period, "11", Decimal(3), "文件", ["1-1-1-1"], by=year.office, at=AT
    )


def test_every_target_of_a_value_has_a_way():
    """But being replaced, which is what approving another one does."""
    targets = {target for found in TYPED_MOVES.values() for target in found}
    assert {way[0] for way in TYPED_WAYS.values()} == targets - {T.REPLACED}


@pytest.mark.parametrize("way", TYPED_WAYS)
def test_every_move_of_a_value_for_every_person(way):
    """Entered by `office`: it may take it back, and only another of the secretariat decides."""
    year = make_year(PeriodState.REPORTING)
    people, row, wrong = people_of(year), entered(year), []
    target, act = TYPED_WAYS[way]
    right = "office" if target == T.WITHDRAWN else "second"
    for state, who in product(T, PEOPLE):
        decided = None if state in {T.ENTERED} else year.second.user
        TypedValue.objects.filter(pk=row.pk).update(state=state, decided_by=decided)
        row.refresh_from_db()
        done = tried(lambda who=who: act(row, people[who]), row)
        if done != (target in TYPED_MOVES[state] and who == right):
            wrong.append((state, who, done))
    assert not wrong


@pytest.mark.parametrize("state", [PeriodState.LOCKED, PeriodState.PUBLISHED])
def test_no_value_moves_once_the_year_is_locked(state):
    year = make_year(PeriodState.REPORTING)
    row = entered(year)
    Period.objects.filter(pk=year.period.pk).update(state=state)
    for target, act in TYPED_WAYS.values():
        by = year.office if target == T.WITHDRAWN else year.second
        assert not tried(lambda act=act, by=by: act(row, by), row)
    year.reload()
    assert not rules.may_enter(year.office, year.period)


def test_approving_another_value_replaces_the_first():
    year = make_year(PeriodState.REPORTING)
    first = typed.approve_value(entered(year), by=year.second, at=AT)
    second = typed.enter_value(
        year.period, "11", Decimal(4), "新文件", ["1-1-1-1"], by=year.second, at=later()
    )
    assert TypedValue.objects.get(pk=first.pk).state == T.APPROVED
    typed.approve_value(second, by=year.office, at=later())
    states = dict(TypedValue.objects.order_by("pk").values_list("value", "state"))
    assert states == {Decimal(3): T.REPLACED, Decimal(4): T.APPROVED}
