"""Values by hand (entered by one, approved by another), confirmations, and reasons of change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from chanjiao.indicators import rules
from chanjiao.indicators.computing import set_of, standing_of
from chanjiao.indicators.enums import TypedState
from chanjiao.indicators.models import ChangeNote, Confirmation, Period, TypedValue
from chanjiao.indicators.sets import locked_period
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.plans.models import Evidence
from chanjiao.trail.actions import record
from chanjiao_engine.indicators.definitions import Indicator, Shape, Source
from chanjiao_engine.indicators.outcomes import State

Groups = Sequence[tuple[str, Decimal]]
MOST = Decimal(10) ** 14


def enter_value(
    period: Period,
    code: str,
    value: Decimal,
    reason: str,
    evidence: Iterable[str] = (),
    *,
    groups: Groups = (),
    by: Actor,
    at: datetime,
) -> TypedValue:
    """A value that waits for another person's approval. Invalid says what to mend."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_enter(by, held))
        codes = tuple(dict.fromkeys(one.strip() for one in evidence if one.strip()))
        indicator = _typed_indicator(held, code)
        _check_value(indicator, value, reason, codes)
        _check_evidence(held, codes)
        if TypedValue.objects.filter(period=held, code=code, state=TypedState.ENTERED).exists():
            raise Conflict("这项指标已有待批准的数值，请先批准或撤回。")
        row = TypedValue(
            period=held, code=code, value=value, reason=reason.strip(), evidence=list(codes),
            groups=[[label, str(number)] for label, number in groups],
            entered_by=by.user, entered_at=at,
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        data = {"code": code, "value": str(value), "evidence": list(codes)}
        record("indicators.enter_value", row, by=by, at=at, reason=row.reason, data=data)
    return row


def _typed_indicator(period: Period, code: str) -> Indicator:
    try:
        found = set_of(period).indicator(code)
    except KeyError:
        raise Refused(f"指标集中没有编号 {code}。") from None
    if found.source is not Source.TYPED:
        raise Refused(f"指标 {code} 不是人工填报的。")
    return found


def value_problem(indicator: Indicator, value: Decimal) -> str:
    """What is wrong with a number for an indicator; empty when nothing is."""
    if not value.is_finite() or abs(value) >= MOST:
        return "数值太大。"
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > indicator.places:
        places = indicator.places
        return f"最多 {places} 位小数。" if places else "应是整数。"
    if indicator.shape is Shape.FLAG and value not in {0, 1}:
        return "请填 1（是）或 0（否）。"
    if value < 0:
        return "不能为负数。"
    return ""


def _check_value(indicator: Indicator, value: Decimal, reason: str, codes: Sequence[str]) -> None:
    problems: dict[str, list[str]] = {}
    if wrong := value_problem(indicator, value):
        problems["value"] = [wrong]
    if not reason.strip():
        problems["reason"] = ["请写明填报依据。"]
    if not codes:
        problems["evidence"] = ["请至少写一个佐证编号。"]
    if problems:
        raise Invalid(problems)


def unknown_evidence(period: Period, codes: Iterable[str]) -> list[str]:
    """Codes that no piece of evidence of the consortium's plan of the year has."""
    wanted = set(codes)
    known = Evidence.objects.filter(
        plan__consortium=period.consortium_id, plan__year=period.year, code__in=wanted
    )
    return sorted(wanted - set(known.order_by("code").values_list("code", flat=True)))


def _check_evidence(period: Period, codes: Iterable[str]) -> None:
    unknown = unknown_evidence(period, codes)
    if unknown:
        raise Invalid({"evidence": [f"年度计划里没有佐证 {'、'.join(unknown)}。"]})


def approve_value(row: TypedValue, *, by: Actor, at: datetime) -> TypedValue:
    """The value counts from now on; the one approved before is kept as replaced."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_approve(by, held))
        TypedValue.objects.filter(
            period=held.period_id, code=held.code, state=TypedState.APPROVED
        ).update(state=TypedState.REPLACED)
        _decide(held, TypedState.APPROVED, "", by, at)
        data = {"code": held.code, "value": str(held.value), "entered_by": held.entered_by_id}
        record("indicators.approve_value", held, by=by, at=at, data=data)
    return held


def refuse_value(row: TypedValue, reason: str, *, by: Actor, at: datetime) -> TypedValue:
    """Not approved, with the reason; another value may be entered."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_refuse(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明不批准的原因。"]})
        _decide(held, TypedState.REFUSED, reason.strip()[:300], by, at)
        record(
            "indicators.refuse_value", held, by=by, at=at, reason=held.decision_reason,
            data={"code": held.code},
        )  # fmt: skip
    return held


def withdraw_value(row: TypedValue, *, by: Actor, at: datetime) -> TypedValue:
    """Taken back by who entered it."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_withdraw(by, held))
        _decide(held, TypedState.WITHDRAWN, "", by, at)
        record("indicators.withdraw_value", held, by=by, at=at, data={"code": held.code})
    return held


def _locked(row: TypedValue) -> TypedValue:
    locked_period(row.period)
    rows = TypedValue.objects.select_related("period__consortium", "entered_by", "decided_by")
    return rows.select_for_update(of=("self",)).get(pk=row.pk)


def _decide(held: TypedValue, state: TypedState, reason: str, by: Actor, at: datetime) -> None:
    held.state, held.decided_by, held.decided_at = state, by.user, at
    held.decision_reason = reason
    held.revision += 1
    held.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "revision"])


# Computed values a person stands by ------------------------------------------------------------
def confirm_value(
    period: Period, code: str, value: Decimal, remark: str = "", *, by: Actor, at: datetime
) -> Confirmation:
    """A person stands by the value as it is shown; Conflict when it has moved since."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_confirm(by, held))
        try:
            indicator = set_of(held).indicator(code)
        except KeyError:
            raise Refused(f"指标集中没有编号 {code}。") from None
        if indicator.source is not Source.CONFIRMED:
            raise Refused(f"指标 {code} 不需要确认。")
        outcome = standing_of(held).outcomes.get(code)
        if outcome is None or outcome.state is not State.VALUE:
            raise Refused("还没有可以确认的数值。")
        if outcome.value != value:
            raise Conflict("数值已经变化，请核对新的数值后再确认。")
        row, _ = Confirmation.objects.update_or_create(
            period=held, code=code,
            defaults={
                "value": value, "remark": remark.strip()[:300], "confirmed_by": by.user,
                "confirmed_at": at,
            },
        )  # fmt: skip
        data = {"code": code, "value": str(value)}
        record("indicators.confirm_value", row, by=by, at=at, reason=row.remark, data=data)
    return row


# Why values changed ------------------------------------------------------------------------------
def explain_change(period: Period, code: str, text: str, *, by: Actor, at: datetime) -> ChangeNote:
    """The secretariat's sentence on why a value changed against the year before."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_explain(by, held))
        if code not in {one.code for one in set_of(held).indicators}:
            raise Refused(f"指标集中没有编号 {code}。")
        if not text.strip():
            raise Invalid({"text": ["请写明变动原因。"]})
        if len(text.strip()) > 500:
            raise Invalid({"text": ["最多 500 个字。"]})
        row, made = ChangeNote.objects.update_or_create(
            period=held, code=code,
            defaults={"text": text.strip(), "written_by": by.user, "written_at": at},
        )  # fmt: skip
        data = {"code": code, "text": row.text, "first": made}
        record("indicators.explain_change", row, by=by, at=at, data=data)
    return row
