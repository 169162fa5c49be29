"""The close of a year: set, returns of members, values by hand, lock with its pack, publication."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

from chanjiao.demo.cast import Cast
from chanjiao.demo.sisters import accept, hand_in, hand_in_sisters
from chanjiao.demo.workbooks import DemoFailed
from chanjiao.indicators.actions import open_period, publish_period, start_reporting
from chanjiao.indicators.computing import refresh_figures, set_of, span_of, standing_of
from chanjiao.indicators.enums import ReturnState, Section
from chanjiao.indicators.freezing import lock_period
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.indicators.queries import published_snapshot
from chanjiao.indicators.returns import accept_return, fill_return, hand_back_return, submit_return
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.indicators.typed import approve_value, confirm_value, enter_value
from chanjiao.members.actions import invite_for
from chanjiao.people.enums import AppointmentRole
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.models import Evidence
from chanjiao.reports.actions import ask_report
from chanjiao.reports.enums import ReportState
from chanjiao_engine.indicators.definitions import Category, Source
from chanjiao_engine.indicators.outcomes import State

DEPUTY = "fumishu"
# What no package knows yet and the secretariat enters by hand: code → (value, on what it rests).
TYPED = {
    "1": ("1286.50", "园区统计公报（示例）：规模以上工业总产值，列全省同类园区第 2 位。"),
    "8": ("186.00", "管委会年度预算批复（示例）：秘书处办公与活动经费。"),
    "9": ("1", "民办非企业单位登记证书（示例）。"),
    "11": ("5", "管委会印发的支持政策文件（示例）。"),
    "32": ("2", "与境外机构签订的合作协议（示例）。"),
    "33": ("4", "新增专业论证报告与备案批复（示例）。"),
    "34": ("8", "共建课程协议与上线记录（示例）。"),
    "35": ("5", "教材出版合同与样书（示例）。"),
    "44": ("0", "年度专项审计报告（示例），未发现问题。"),
}


def begin_periods(cast: Cast) -> None:
    """The closed year is opened, reported, locked and published; the one in progress stays open."""
    season = cast.season
    closed, now = season.closed_year, season.plan_year
    season.book(date(closed, 1, 20), partial(_open, cast, closed))
    season.book(date(now, 1, 6), partial(_start, cast, closed))
    season.book(date(now, 1, 9), partial(_return_all, cast, closed))
    season.book(date(now, 1, 13), partial(_mend_returns, cast, closed))
    season.book(date(now, 1, 19), partial(_enter, cast, closed))
    season.book(date(now, 1, 20), partial(_open, cast, now))
    season.book(date(now, 1, 26), partial(_lock, cast, closed))
    season.book(date(now, 2, 2), partial(_report, cast, closed))
    season.book(date(now, 2, 4), partial(_publish, cast, closed))
    season.book(date(now, 2, 11), partial(_hand_up, cast, closed))


def period_of(cast: Cast, year: int) -> Period:
    rows = Period.objects.select_related("consortium__secretariat", "set_version")
    return rows.get(consortium=cast.consortium, year=year)


def _open(cast: Cast, year: int) -> None:
    """With the set as shipped; the office's second person, who approves, comes with the first."""
    if DEPUTY not in cast.users:
        _, token = invite_for(
            cast.consortium.secretariat, name="傅知秋", email="", role=AppointmentRole.STAFF,
            by=cast.secretary, at=cast.season.tick(),
        )  # fmt: skip
        cast.join(token, DEPUTY)
    version = import_set(
        cast.consortium, demo_text(), note="随软件提供的演示指标集", by=cast.secretary,
        at=cast.season.tick(),
    )  # fmt: skip
    open_period(cast.consortium, year, version, by=cast.secretary, at=cast.season.tick())


# Members' returns ----------------------------------------------------------------------------
def _start(cast: Cast, year: int) -> None:
    start_reporting(period_of(cast, year), by=cast.secretary, at=cast.season.tick())


def _return_all(cast: Cast, year: int) -> None:
    """Every unit says of each part that it is right; every twentieth comes back once."""
    waiting = MemberReturn.objects.filter(period__year=year, period__consortium=cast.consortium)
    for place, row in enumerate(waiting.select_related("unit").order_by("pk")):
        _hand_in(cast, row)
        row.refresh_from_db()
        if place % 20 == 7:
            reasons = {Section.COMMITMENTS.value: "兑现金额与财务到账不一致，请核对。"}
            hand_back_return(row, reasons, by=cast.secretary, at=cast.season.tick(120))
        else:
            accept_return(row, by=cast.secretary, at=cast.season.tick(60))


def _hand_in(cast: Cast, row: MemberReturn, remark: str = "") -> None:
    by = cast.actor(cast.key_of(row.unit_id))
    sections = {section.value: {"confirmed": True, "remark": remark} for section in Section}
    summary = "本年度按任务书推进，数据已核对（示例）。"
    row = fill_return(row, sections, summary, revision=row.revision, by=by, at=cast.season.tick(60))
    submit_return(row, revision=row.revision, by=by, at=cast.season.tick(60))


def _mend_returns(cast: Cast, year: int) -> None:
    back = MemberReturn.objects.filter(period__year=year, state=ReturnState.RETURNED)
    for row in back.select_related("unit").order_by("pk"):
        _hand_in(cast, row, "已与财务核对一致。")
        row.refresh_from_db()
        accept_return(row, by=cast.secretary, at=cast.season.tick(600))


# Values and the lock -------------------------------------------------------------------------
def _enter(cast: Cast, year: int) -> None:
    """One of the office enters what no package knows, the other approves; the rest is confirmed."""
    period = period_of(cast, year)
    for code, (value, reason) in TYPED.items():
        row = enter_value(
            period, code, Decimal(value), reason, [_proof(period, code)], by=cast.secretary,
            at=cast.season.tick(),
        )  # fmt: skip
        approve_value(row, by=cast.actor(DEPUTY), at=cast.season.tick(300))


def _proof(period: Period, code: str) -> str:
    """An accepted piece of the year: of a task that serves the indicator, else of the first task."""
    rows = Evidence.objects.filter(
        plan__consortium=period.consortium, plan__year=period.year, state=EvidenceState.ACCEPTED
    ).select_related("task")
    found = sorted(rows, key=lambda row: (code not in row.task.indicators, row.task.place))
    return found[0].code


def _lock(cast: Cast, year: int) -> None:
    """Computed, confirmed, locked: the pack is made and verified in a process of its own."""
    period = period_of(cast, year)
    refresh_figures(period, at=cast.season.tick())
    outcomes = standing_of(period).outcomes
    for one in set_of(period).indicators:
        outcome = outcomes.get(one.code)
        if one.source is Source.CONFIRMED and outcome and outcome.state is State.VALUE:
            assert outcome.value is not None  # the state says so
            confirm_value(period, one.code, outcome.value, by=cast.secretary, at=cast.season.tick())
    lock_period(period_of(cast, year), by=cast.secretary, at=cast.season.tick(900))


def _publish(cast: Cast, year: int) -> None:
    """The public sees the basic indicators and may take the pack without persons."""
    period = period_of(cast, year)
    codes = [one.code for one in set_of(period).indicators if one.category is Category.BASIC]
    publish_period(period, codes, public_pack=True, by=cast.secretary, at=cast.season.tick(600))


def _report(cast: Cast, year: int) -> None:
    """The annual report as Word, Excel and, where there is a converter, PDF."""
    with cast.season.held(1_200) as at:
        report = ask_report(period_of(cast, year), None, by=cast.secretary, at=at)
    report.refresh_from_db()
    if report.state != ReportState.READY:
        raise DemoFailed(f"{report}：{report.problem}")


def _hand_up(cast: Cast, year: int) -> None:
    """The pack goes to the province, which has those of three sisters too."""
    period = period_of(cast, year)
    snapshot = published_snapshot(period)
    assert snapshot is not None  # it was published the week before
    authority = hand_in_sisters(cast, snapshot.set_text, span_of(period))
    file = snapshot.pack.file
    received = hand_in(cast, authority, file.file.read(), file.name)
    assert received.signer is not None  # the pack holds
    accept(cast, received.signer)


def compute_current(cast: Cast) -> None:
    """The year in progress as it stands today."""
    refresh_figures(period_of(cast, cast.season.plan_year), at=cast.season.tick())
