"""The close of a year: set, returns of members, values by hand, lock with its pack, publication."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial

from chanjiao.demo.cast import Cast
from chanjiao.demo.sisters import accept, hand_in, hand_in_sisters
from chanjiao.demo.workbooks import DemoFailed
from chanjiao.indicators.actions import open_period, publish_period, start_reporting
from chanjiao.indicators.checklist import close_of
from chanjiao.indicators.computing import refresh_figures, set_of, span_of, standing_of
from chanjiao.indicators.enums import ReturnState, Section
from chanjiao.indicators.freezing import lock_period
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.indicators.queries import published_snapshot
from chanjiao.indicators.returns import accept_return, fill_return, hand_back_return, submit_return
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.indicators.typed import approve_value, confirm_value, enter_value, explain_change
from chanjiao.kernel.clock import day_of
from chanjiao.members.actions import invite_for
from chanjiao.people.enums import AppointmentRole
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.models import Evidence
from chanjiao.reports.actions import ask_report
from chanjiao.reports.enums import ReportState
from chanjiao_engine.indicators.definitions import Category, Source
from chanjiao_engine.indicators.outcomes import State

DEPUTY = "fumishu"
# What no package knows yet and the secretariat enters by hand: code → (value of the closed year, of
# the first year, on what it rests).
TYPED = {
    "1": (
        "1286.50",
        "1190.20",
        "园区统计公报（示例）：规模以上工业总产值，列全省同类园区第 2 位。",
    ),
    "8": ("186.00", "120.00", "管委会年度预算批复（示例）：秘书处办公与活动经费。"),
    "9": ("1", "0", "民办非企业单位登记证书（示例）。"),
    "11": ("5", "2", "管委会印发的支持政策文件（示例）。"),
    "32": ("2", "1", "与境外机构签订的合作协议（示例）。"),
    "33": ("4", "4", "新增专业论证报告与备案批复（示例）。"),
    "34": ("8", "3", "共建课程协议与上线记录（示例）。"),
    "35": ("5", "2", "教材出版合同与样书（示例）。"),
    "44": ("0", "0", "年度专项审计报告（示例），未发现问题。"),
}
# What the secretariat writes of changes that want a sentence.
WHY = {
    "6": "本年度成员大会修改了章程，理事会通过议事规则。",
    "8": "管委会增加了活动经费。",
    "9": "本年度完成民办非企业单位登记。",
    "10": "本年度先后通过章程、议事规则和财务、互聘、考核、成果转化等制度。",
    "11": "管委会本年度集中印发支持政策。",
    "12": "成员承诺的资金和设备本年度起分期到位。",
    "32": "新增一份境外合作协议。",
    "34": "产业学院启动后共建课程增加。",
    "35": "首批合作教材本年度出版。",
    "36": "教师与工程师互聘办法通过后，企业工程师开始授课。",
    "42": "第一年只开了成员大会，本年度理事会按章程召开。",
}
_WHY_ELSE = "第一年刚起步，本年度各项工作全面展开。"


def begin_periods(cast: Cast) -> None:
    """Two years are opened, reported, locked and published; the one in progress stays open."""
    season = cast.season
    for year in season.years:
        season.book(date(year, 1, 20), partial(_open, cast, year))
    for year in (season.first_year, season.closed_year):
        _book_close(cast, year)
    season.book(date(season.plan_year, 2, 11), partial(_hand_up, cast, season.closed_year))


def _book_close(cast: Cast, year: int) -> None:
    """In January and February of the next year."""
    days = (
        (1, 6, _start), (1, 9, _return_all), (1, 13, _mend_returns), (1, 19, _enter),
        (1, 26, _lock), (2, 2, _report), (2, 4, _publish), (2, 5, _report_to_all),
    )  # fmt: skip
    for month, day, chore in days:
        cast.season.book(date(year + 1, month, day), partial(chore, cast, year))


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
    for code, (last, before, reason) in TYPED.items():
        value = last if year == cast.season.closed_year else before
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
    """Computed, confirmed, explained, locked: the pack is verified in a process of its own."""
    period = period_of(cast, year)
    refresh_figures(period, at=cast.season.tick())
    outcomes = standing_of(period).outcomes
    for one in set_of(period).indicators:
        outcome = outcomes.get(one.code)
        if one.source is Source.CONFIRMED and outcome and outcome.state is State.VALUE:
            assert outcome.value is not None  # the state says so
            confirm_value(period, one.code, outcome.value, by=cast.secretary, at=cast.season.tick())
    for line in close_of(period, on=day_of(cast.season.tick(0))).changes:
        if line.is_open:
            said = WHY.get(line.code, _WHY_ELSE)
            explain_change(period, line.code, said, by=cast.secretary, at=cast.season.tick())
    lock_period(period_of(cast, year), by=cast.secretary, at=cast.season.tick(900))


def _publish(cast: Cast, year: int) -> None:
    """The public sees the basic indicators and may take the pack without persons."""
    period = period_of(cast, year)
    codes = [one.code for one in set_of(period).indicators if one.category is Category.BASIC]
    publish_period(period, codes, public_pack=True, by=cast.secretary, at=cast.season.tick(600))


def _report(cast: Cast, year: int, *, public: bool = False) -> None:
    """The annual report as Word, Excel and, where there is a converter, PDF."""
    with cast.season.held(1_200) as at:
        report = ask_report(period_of(cast, year), None, public=public, by=cast.secretary, at=at)
    report.refresh_from_db()
    if report.state != ReportState.READY:
        raise DemoFailed(f"{report}：{report.problem}")


def _report_to_all(cast: Cast, year: int) -> None:
    """The edition for the public, once the year is published."""
    _report(cast, year, public=True)


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
