"""An indicator set as text kept in git: TOML in one canonical form."""

import hashlib
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import tomli_w

from .checking import faults_of
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

_HEAD = ("code", "version", "title", "label", "document", "schema_version")
_ENUMS: dict[str, type[StrEnum]] = {
    "category": Category, "shape": Shape, "span": Span, "source": Source, "direction": Direction,
}  # fmt: skip
_REQUIRED = {"code", "category", "second", "name"}
_DEFAULTS = {f.name: f.default for f in fields(Indicator) if f.default is not MISSING}
_NAMES = {f.name for f in fields(Indicator)}


def parse_set(text: str) -> IndicatorSet:
    """The set, checked whole; SetRefused carries every fault with its indicator and field."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetRefused((Fault("", "", f"不是 TOML 文本：{error}"),)) from error
    faults: list[Fault] = [
        Fault("", name, f"缺少 {name}，应是文字。")
        for name in _HEAD
        if not isinstance(given.get(name), str)
    ]
    faults += [
        Fault("", name, f"没有 {name} 这一项。") for name in given.keys() - {*_HEAD, "indicator"}
    ]
    rows = given.get("indicator", [])
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        faults.append(Fault("", "indicator", "至少要有一项 [[indicator]]。"))
        rows = []
    indicators = [one for row in rows if (one := _indicator(row, faults)) is not None]
    if faults:
        raise SetRefused(tuple(faults))
    return checked(IndicatorSet(**{n: given[n] for n in _HEAD}, indicators=tuple(indicators)))


def checked(found: IndicatorSet) -> IndicatorSet:
    """The set itself when nothing is wrong with it, else SetRefused with all faults."""
    faults = tuple(faults_of(found))
    if faults:
        raise SetRefused(faults)
    return found


def dump_set(found: IndicatorSet) -> str:
    """The canonical text: what equals its default is left out."""
    head: dict[str, Any] = {name: getattr(found, name) for name in _HEAD}
    head["indicator"] = [dict(_written(one)) for one in found.indicators]
    return tomli_w.dumps(head, multiline_strings=True)


def set_digest(found: IndicatorSet) -> str:
    """SHA-256 of the canonical text, hexadecimal."""
    return hashlib.sha256(dump_set(found).encode()).hexdigest()


def _written(one: Indicator) -> Iterator[tuple[str, Any]]:
    for field in fields(Indicator):
        value = getattr(one, field.name)
        if field.name not in _REQUIRED and value == _DEFAULTS.get(field.name):
            continue
        if isinstance(value, Decimal):
            value = format(value.normalize(), "f")
        elif field.name == "bands":
            value = [{"floor": format(b.floor.normalize(), "f"), "label": b.label} for b in value]
        elif isinstance(value, tuple):
            value = list(value)
        elif isinstance(value, StrEnum):
            value = value.value
        yield field.name, value


def _indicator(row: dict[str, Any], faults: list[Fault]) -> Indicator | None:
    code = str(row.get("code", ""))
    before = len(faults)
    faults += [Fault(code, n, f"没有 {n} 这一项。") for n in sorted(row.keys() - _NAMES)]
    faults += [Fault(code, n, f"缺少 {n}。") for n in sorted(_REQUIRED - row.keys())]
    values: dict[str, Any] = {}
    for name in row.keys() & _NAMES:
        try:
            values[name] = _read(name, row[name])
        except ValueError as error:
            faults.append(Fault(code, name, str(error)))
    return Indicator(**values) if len(faults) == before else None


def _read(name: str, value: Any) -> Any:
    """One field from its TOML form; ValueError says what is wrong."""
    if name in _ENUMS:
        return _chosen(_ENUMS[name], value)
    reader = _READERS.get(name)
    if reader is not None:
        return reader(value)
    if not isinstance(value, str):
        raise ValueError("应是文字。")
    return value


def _chosen(kinds: type[StrEnum], value: Any) -> StrEnum:
    known = [str(one.value) for one in kinds]
    if value not in known:
        raise ValueError(f"“{value}”不对，应是 {'、'.join(known)} 之一。")
    return kinds(value)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("应是整数。")
    return value


def _day(value: Any) -> date:
    if type(value) is not date:
        raise ValueError("应是日期，如 2026-01-01。")
    return value


def _kinds(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError('应是文字的列表，如 ["会议纪要"]。')
    return tuple(value)


def _bands(value: Any) -> tuple[Band, ...]:
    shaped = isinstance(value, list) and all(
        isinstance(one, dict) and one.keys() == {"floor", "label"} for one in value
    )
    if not shaped:
        raise ValueError('分档应写作 [{ floor = "60", label = "合格" }]。')
    return tuple(Band(_decimal(one["floor"]), str(one["label"])) for one in value)


def _decimal(value: Any) -> Decimal:
    """Exact numbers are written as text, whole ones also as integers."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('小数请写在引号里，如 "66.7"。')
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"“{value}”不是数。") from error
    if not number.is_finite():
        raise ValueError(f"“{value}”不是数。")
    return number


_READERS: dict[str, Callable[[Any], Any]] = {
    "scale": _whole, "places": _whole, "valid_from": _day, "valid_until": _day,
    "threshold": _decimal, "bands": _bands, "evidence": _kinds,
}  # fmt: skip
