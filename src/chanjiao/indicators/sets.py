"""Versions of indicator sets: brought in as text or Excel, compared, adopted for a period."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from importlib.resources import files

from django.db import transaction

from chanjiao.indicators import rules
from chanjiao.indicators.computing import set_of_text
from chanjiao.indicators.enums import TypedState
from chanjiao.indicators.models import Confirmation, Period, SetVersion, TypedValue
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record
from chanjiao_engine.indicators.compute import check_results
from chanjiao_engine.indicators.definitions import (
    Fault,
    Indicator,
    IndicatorSet,
    SetRefused,
    Source,
)
from chanjiao_engine.indicators.definitions import Period as Span
from chanjiao_engine.indicators.text import dump_set, parse_set, set_digest

MAX_TEXT = 1_000_000
FIELD_TITLES = {
    "code": "编号", "category": "一级", "second": "二级", "name": "名称", "observation": "观测点",
    "unit": "单位", "shape": "形态", "span": "时间口径", "source": "取值方式", "numerator": "公式（分子）",
    "denominator": "分母", "scale": "倍数", "places": "小数位", "direction": "方向",
    "threshold": "界限", "bands": "分档", "evidence": "所需佐证", "document": "依据",
    "valid_from": "生效日期", "valid_until": "失效日期", "schema_version": "数据结构版本",
    "indicator": "指标", "version": "版本号", "title": "名称", "label": "标注",
}  # fmt: skip


def demo_text() -> str:
    """The demonstration set as shipped."""
    return (files("chanjiao.indicators") / "data" / "demo.toml").read_text(encoding="utf-8")


def read_set(text: str, *, on: Span) -> IndicatorSet:
    """A set that can be used, checked against the fact schema and run on empty tables."""
    if len(text) > MAX_TEXT:
        raise SetRefused((Fault("", "", "文本超过 1 MB。"),))
    found = parse_set(text)
    check_results(found, on)
    return found


def fault_line(fault: Fault) -> str:
    """A fault with its place, as people read it."""
    place = f"指标 {fault.code}" if fault.code else "指标集"
    field = FIELD_TITLES.get(fault.field, fault.field)
    return f"{place}{'·' + field if field else ''}：{fault.message}"


def import_set(
    consortium: Consortium, text: str, *, note: str = "", by: Actor, at: datetime
) -> SetVersion:
    """Keep a version. Invalid lists every fault; the same text again gives what is there."""
    require(rules.may_import_set(by, consortium))
    try:
        found = read_set(text, on=_any_year(at))
    except SetRefused as refused:
        raise Invalid({"text": [fault_line(fault) for fault in refused.faults]}) from refused
    return keep_set(consortium, found, note=note, by=by, at=at)


def keep_set(
    consortium: Consortium, found: IndicatorSet, *, note: str = "", by: Actor, at: datetime
) -> SetVersion:
    """Store a checked set in its canonical text. A version's content never changes."""
    require(rules.may_import_set(by, consortium))
    digest = set_digest(found)
    with transaction.atomic():
        held = SetVersion.objects.filter(
            consortium=consortium, code=found.code, version=found.version
        ).first()
        if held is not None and held.digest == digest:
            return held
        if held is not None:
            raise Conflict(
                f"“{found.title}”的版本 {found.version} 已存在且内容不同。请改版本号后再导入。"
            )
        row = SetVersion(
            consortium=consortium, code=found.code, version=found.version, title=found.title,
            label=found.label, document=found.document, schema_version=found.schema_version,
            text=dump_set(found), digest=digest, note=note, made_by=by.user, made_at=at,
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        data = {"code": found.code, "version": found.version, "sha256": digest}
        record("indicators.import_set", row, by=by, at=at, data=data)
    return row


def _any_year(at: datetime) -> Span:
    return Span(date(at.year, 1, 1), date(at.year + 1, 1, 1))


def adopt_set(
    period: Period, version: SetVersion, *, revision: int, by: Actor, at: datetime
) -> Period:
    """The period uses this version from now on. Values by hand must still have their place."""
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_adopt(by, held))
        if held.revision != revision:
            raise Conflict("年度设置刚刚已被他人修改，请核对后再保存。")
        if version.consortium_id != held.consortium_id:
            raise Refused("没有这个指标集版本。")
        _need_places(held, set_of_text(version.text))
        before = held.set_version_id
        held.set_version = version
        held.revision += 1
        held.save(update_fields=["set_version", "revision"])
        Confirmation.objects.filter(period=held).delete()
        data = {"before": before, "after": version.pk, "sha256": version.digest}
        record("indicators.adopt_set", held, by=by, at=at, data=data)
    return held


def _need_places(period: Period, found: IndicatorSet) -> None:
    typed = {one.code for one in found.indicators if one.source is Source.TYPED}
    kept = TypedValue.objects.filter(
        period=period, state__in=[TypedState.ENTERED, TypedState.APPROVED]
    )
    lost = sorted({row.code for row in kept.order_by("code")} - typed)
    if lost:
        raise Refused(f"新版本里指标 {'、'.join(lost)} 不再人工填报，但已有填报的数值，不能更换。")


def locked_period(period: Period) -> Period:
    """The period as it is now, locked for a change."""
    rows = Period.objects.select_related("consortium", "set_version")
    return rows.select_for_update(of=("self",)).get(pk=period.pk)


# Comparing -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """One indicator (or, with code "", the set's head) that two versions do not say alike."""

    code: str
    name: str
    kind: str
    changes: tuple[tuple[str, str, str], ...]


_SHOWN = [f.name for f in fields(Indicator) if f.name != "code"]
_HEAD = ("version", "title", "label", "document", "schema_version")


def differences(old: IndicatorSet, new: IndicatorSet) -> list[Difference]:
    """What two versions do not say alike, in the order of the new one, removed ones last."""
    before = {one.code: one for one in old.indicators}
    found = []
    head = tuple(_changed(old, new, _HEAD))
    if head:
        found.append(Difference("", "指标集", "修改", head))
    for one in new.indicators:
        was = before.pop(one.code, None)
        if was is None:
            found.append(Difference(one.code, one.name, "新增", ()))
        elif was != one:
            found.append(Difference(one.code, one.name, "修改", tuple(_changed(was, one, _SHOWN))))
    found += [Difference(one.code, one.name, "删除", ()) for one in before.values()]
    return found


def _changed(old: object, new: object, names: Iterable[str]) -> Iterable[tuple[str, str, str]]:
    for name in names:
        was, now = getattr(old, name), getattr(new, name)
        if was != now:
            yield FIELD_TITLES.get(name, name), _plain(was), _plain(now)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "、".join(
            f"{one.floor} 起{one.label}" if hasattr(one, "floor") else str(one) for one in value
        )
    return "" if value is None else str(value).strip()
