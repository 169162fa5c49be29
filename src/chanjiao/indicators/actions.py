"""A period's life: opened, reported to, handed back; locking is in freezing.py, publishing here."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from chanjiao.indicators import rules
from chanjiao.indicators.computing import set_of
from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import MemberReturn, Period, SetVersion, Snapshot
from chanjiao.indicators.queries import snapshot_of, units_of
from chanjiao.indicators.sets import locked_period
from chanjiao.jobs.actions import start_job
from chanjiao.jobs.models import Job
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record

COMPUTE = "indicators.compute"
_CHANGED = "年度刚刚已被他人修改，请核对后再保存。"
FIRST_YEAR, LAST_YEAR = 2000, 2100


def open_period(
    consortium: Consortium, year: int, version: SetVersion, *, by: Actor, at: datetime
) -> Period:
    """A calendar year, with the set it is measured by."""
    require(rules.may_open_period(by, consortium))
    if version.consortium_id != consortium.pk:
        raise Refused("没有这个指标集版本。")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid({"year": [f"年度应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。"]})
    with transaction.atomic():
        period = Period(
            consortium=consortium, year=year, since=date(year, 1, 1), until=date(year + 1, 1, 1),
            set_version=version, created_at=at, return_due_on=date(year + 1, 1, 15),
        )  # fmt: skip
        check_row(period)
        period.save(force_insert=True)
        data = {"year": year, "set": version.pk, "sha256": version.digest}
        record("indicators.open_period", period, by=by, at=at, data=data)
    return period


def set_period(
    period: Period,
    *,
    return_due_on: date | None,
    explain_percent: int,
    revision: int,
    by: Actor,
    at: datetime,
) -> Period:
    """The due day of members' returns, and from which change on a sentence is required."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_set_period(by, held))
        if held.revision != revision:
            raise Conflict(_CHANGED)
        held.return_due_on, held.explain_percent = return_due_on, explain_percent
        held.revision += 1
        check_row(held)
        held.save(update_fields=["return_due_on", "explain_percent", "revision"])
        data = {"due": str(return_due_on or ""), "percent": explain_percent}
        record("indicators.set_period", held, by=by, at=at, data=data)
    return held


def start_reporting(period: Period, *, by: Actor, at: datetime) -> Period:
    """Every member on the period's last day gets its return and is told."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_start_reporting(by, held))
        if held.return_due_on is None:
            raise Refused("请先设定年报填报截止日期。")
        held.state, held.reporting_at, held.handed_back_reason = PeriodState.REPORTING, at, ""
        _save(held, "state", "reporting_at", "handed_back_reason")
        made = _make_returns(held)
        for row in made:
            tell(
                people_of(row.unit, day_of(at)),
                f"请核对并提交本单位 {held.year} 年度年报。",
                at=at, link="/member/returns/", due_on=held.return_due_on,
            )  # fmt: skip
        data = {"returns": len(made)}
        record("indicators.start_reporting", held, by=by, at=at, data=data)
    return held


def _make_returns(period: Period) -> list[MemberReturn]:
    have = set(MemberReturn.objects.filter(period=period).values_list("unit", flat=True))
    rows = [MemberReturn(period=period, unit=unit) for unit in units_of(period)]
    wanted = [row for row in rows if row.unit_id not in have]
    MemberReturn.objects.bulk_create(wanted)
    return list(
        MemberReturn.objects.filter(period=period, unit__in=[row.unit_id for row in wanted])
        .select_related("unit")
        .order_by("pk")
    )


def hand_back_period(period: Period, reason: str, *, by: Actor, at: datetime) -> Period:
    """One step back, with the reason. What was locked but not published is void."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_hand_back_period(by, held))
        stated = _stated(reason)
        if held.state == PeriodState.LOCKED:
            held.state, held.locked_at = PeriodState.REPORTING, None
            _void(held, at)
        else:
            held.state = PeriodState.OPEN
        held.handed_back_reason = stated
        _save(held, "state", "locked_at", "handed_back_reason")
        record(
            "indicators.hand_back_period", held, by=by, at=at, reason=stated,
            data={"state": held.state},
        )  # fmt: skip
    return held


def _void(period: Period, at: datetime) -> None:
    Snapshot.objects.filter(
        period=period, published_at__isnull=True, voided_at__isnull=True
    ).update(voided_at=at)


def publish_period(
    period: Period, codes: Iterable[str], *, public_pack: bool, by: Actor, at: datetime
) -> Period:
    """The public sees the chosen indicators, and the pack without persons where allowed."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_publish(by, held))
        snapshot = snapshot_of(held)
        if snapshot is None or not hasattr(snapshot, "pack"):
            raise Refused("还没有证据包，请先锁定。")
        known = [one.code for one in set_of(held).indicators]
        chosen = set(codes)
        if chosen - set(known):
            raise Refused("所选的指标不在指标集中。")
        shown = [code for code in known if code in chosen]
        Snapshot.objects.filter(pk=snapshot.pk).update(published_at=at, public_codes=shown)
        held.state, held.published_at = PeriodState.PUBLISHED, at
        held.public_codes, held.public_pack = shown, public_pack
        _save(held, "state", "published_at", "public_codes", "public_pack")
        data = {"edition": held.edition, "codes": shown, "pack": public_pack}
        record("indicators.publish_period", held, by=by, at=at, data=data)
    return held


def correct_period(period: Period, reason: str, *, by: Actor, at: datetime) -> Period:
    """Open what is published for a corrected edition; the public keeps seeing the last one."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_correct(by, held))
        held.edition_reason = _stated(reason)
        held.state, held.edition, held.locked_at = PeriodState.REPORTING, held.edition + 1, None
        _save(held, "state", "edition", "edition_reason", "locked_at")
        record(
            "indicators.correct_period", held, by=by, at=at, reason=held.edition_reason,
            data={"edition": held.edition},
        )  # fmt: skip
    return held


def ask_figures(period: Period, *, by: Actor, at: datetime) -> Job:
    """Have the live values computed anew, with progress."""
    require(rules.may_confirm(by, period))
    title = f"计算 {period.year} 年度指标"
    arguments = {"period": period.pk}
    return start_job(COMPUTE, title, arguments, by=by, at=at, link="/desk/indicators/")


def _stated(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    return reason.strip()[:300]


def _save(held: Period, *names: str) -> None:
    held.revision += 1
    held.save(update_fields=[*names, "revision"])
