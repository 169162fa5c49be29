"""An indicator set as TOML kept in git: readable, canonical, with every fault named.

`dump_set(parse_set(text))` is a fixed point; the digest is that of the canonical text. Fields with
their ordinary value are left out, formulas stand in lines of their own, numbers are exact.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import tomli_w

from .checking import check_set
from .definitions import (
    Band,
    Category,
    Direction,
    Fault,
    Indicator,
    IndicatorSet,
    SetRefused,
    Shape,
    Source,
    Span,
)

_HEADINGS = ("code", "version", "title", "label", "document", "schema_version")
_REQUIRED = ("code", "category", "second", "name")
_ENUMS: dict[str, type[StrEnum]] = {
    "category": Category,
    "shape": Shape,
    "span": Span,
    "source": Source,
    "direction": Direction,
}
MAX_BYTES = 2_000_000


def parse_set(text: str) -> IndicatorSet:
    """The set a text describes; SetRefused with all faults, of form and of meaning, at once."""
    if len(text) > MAX_BYTES:
        raise SetRefused((Fault("", "text", "文件太大"),))
    try:
        data = tomllib.loads(text.replace("\r\n", "\n"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise SetRefused((Fault("", "text", f"不是合法的 TOML：{error}"),)) from None
    faults: list[Fault] = []
    heading = _read_heading(data, faults)
    rows = data.get("indicator", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SetRefused((*faults, Fault("", "indicator", "指标要写成 [[indicator]] 的样子")))
    good, unread = [], set()
    for number, row in enumerate(rows, 1):
        wrong = list(_row_faults(row, number))
        if wrong:
            faults += wrong
            unread.add(str(row.get("code", "")))
        else:
            good.append(_indicator(row))
    found = IndicatorSet(**heading, indicators=tuple(good))
    meaning = check_set(found, unread=frozenset(unread))
    faults += [f for f in meaning if f.code or f.field not in {one.field for one in faults}]
    if faults:
        raise SetRefused(tuple(faults))
    return found


def dump_set(indicators: IndicatorSet) -> str:
    """The canonical text of a set."""
    data: dict[str, Any] = {name: getattr(indicators, name) for name in _HEADINGS}
    data["indicator"] = [_row(one) for one in indicators.indicators]
    return tomli_w.dumps(data, multiline_strings=True)


def set_digest(indicators: IndicatorSet) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(dump_set(indicators).encode()).hexdigest()


def tidy(text: str) -> str:
    """A text without spaces at the ends of its lines and empty lines at its ends."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n").strip()


def _row(one: Indicator) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for field in fields(Indicator):
        value = getattr(one, field.name)
        if field.name not in _REQUIRED and value == field.default:
            continue
        row[field.name] = _written(field.name, value)
    return row


def _written(name: str, value: Any) -> Any:
    if name == "bands":
        return [{"floor": _plain(band.floor), "label": band.label} for band in value]
    if isinstance(value, Decimal):
        return _plain(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, StrEnum):
        return value.value
    if name in ("numerator", "denominator"):
        text = tidy(value)
        return f"{text}\n" if "\n" in text else text
    return tidy(value) if isinstance(value, str) else value


def _plain(value: Decimal) -> str:
    """One way to write a number: as text, without trailing zeros or exponent."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _read_heading(data: dict[str, Any], faults: list[Fault]) -> dict[str, str]:
    heading = {}
    for name in _HEADINGS:
        value = data.get(name, "")
        if not isinstance(value, str):
            faults.append(Fault("", name, "要是文字"))
            value = ""
        heading[name] = tidy(value)
    unknown = sorted(data.keys() - {*_HEADINGS, "indicator"})
    faults.extend(Fault("", name[:40], "没有这个字段") for name in unknown)
    return heading


def _row_faults(row: dict[str, Any], number: int) -> Iterator[Fault]:
    named = row.get("code")
    code = named if isinstance(named, str) and named else f"第 {number} 项"
    for name in _REQUIRED:
        if name not in row:
            yield Fault(code, name, "缺少")
    for name, value in row.items():
        if name not in _FIELDS:
            yield Fault(code, name[:40], "没有这个字段")
            continue
        wrong = _wrong(name, value)
        if wrong:
            yield Fault(code, name, wrong)


def _wrong(name: str, value: Any) -> str:
    """What is wrong with a field's value as TOML, empty if nothing."""
    if name in _ENUMS:
        choices = [one.value for one in _ENUMS[name]]
        return "" if value in choices else f"没有“{str(value)[:40]}”，可用：{'、'.join(choices)}"
    if name == "bands":
        return "" if _is_bands(value) else '要写成 [{floor = 60, label = "合格"}]'
    for names, right, advice in _FORMS:
        if name in names:
            return "" if right(value) else advice
    return "" if isinstance(value, str) else "要是文字"


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", value))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (isinstance(value, Decimal) and value.is_finite() and _sane(value))


def _sane(value: Decimal) -> bool:
    return value == 0 or -20 < value.adjusted() < 20


def _is_bands(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict)
        and one.keys() == {"floor", "label"}
        and _is_number(one["floor"])
        and isinstance(one["label"], str)
        for one in value
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


_FORMS: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str], ...] = (
    (("threshold",), _is_number, "要是数字"),
    (("scale", "places"), _is_whole, "要是整数"),
    (("evidence",), _is_texts, '要写成 ["协议", "名单"]'),
    (("valid_from", "valid_until"), _is_day, "要是日期，如 2026-01-31，不加引号"),
)
_FIELDS = {field.name for field in fields(Indicator)}


def _indicator(row: dict[str, Any]) -> Indicator:
    values: dict[str, Any] = {}
    for name, value in row.items():
        if name in _ENUMS:
            values[name] = _ENUMS[name](value)
        elif name == "bands":
            bands = (Band(Decimal(one["floor"]), tidy(one["label"])) for one in value)
            values[name] = tuple(bands)
        elif name == "threshold":
            values[name] = Decimal(value)
        elif name == "evidence":
            values[name] = tuple(tidy(one) for one in value)
        else:
            values[name] = tidy(value) if isinstance(value, str) else value
    assert all(f.default is not MISSING or f.name in values for f in fields(Indicator))
    return Indicator(**values)
