"""Whether a set can be used: every fault, with its indicator and field."""

from collections import Counter
from collections.abc import Iterator

from .definitions import Category, Fault, Indicator, IndicatorSet, Shape, Source
from .expressions import parse_expression, references
from .formulas import Formula, FormulaRefused, is_select, parse_formula
from .schema import SCHEMA_VERSION
from .units import UNITS, unit_fault

MAX_PLACES = 6
_BY_FACTS = (Source.COMPUTED, Source.CONFIRMED)


def faults_of(found: IndicatorSet) -> Iterator[Fault]:
    """All faults of a set: nothing is refused piecemeal."""
    if found.schema_version != SCHEMA_VERSION:
        message = (
            f"指标集按事实数据第 {found.schema_version} 版编写，系统现为第 {SCHEMA_VERSION} 版。"
        )
        yield Fault("", "schema_version", message)
    counts = Counter(one.code for one in found.indicators)
    for code in (code for code, times in counts.items() if times > 1):
        yield Fault(code, "code", f"编号“{code}”用了 {counts[code]} 次。")
    for one in found.indicators:
        yield from _faults(one, frozenset(counts))
    yield from _cycles(found)


def _faults(one: Indicator, codes: frozenset[str]) -> Iterator[Fault]:
    for field in ("code", "second", "name"):
        if not getattr(one, field).strip():
            yield Fault(one.code, field, "不能为空。")
    if one.unit not in UNITS:
        yield Fault(
            one.code, "unit", f"没有单位“{one.unit}”，可用：{'、'.join(sorted(UNITS - {''}))}。"
        )
    if not 0 <= one.places <= MAX_PLACES:
        yield Fault(one.code, "places", f"小数位数应在 0 到 {MAX_PLACES} 之间。")
    if one.scale < 1:
        yield Fault(one.code, "scale", "倍数至少为 1。")
    floors = [band.floor for band in one.bands]
    if floors != sorted(set(floors)):
        yield Fault(one.code, "bands", "分档应从低到高，不能重复。")
    if one.category is Category.VETO and one.source is not Source.ABSENT and one.threshold is None:
        yield Fault(one.code, "threshold", "否定性指标要有界限，否则无法判定。")
    if one.valid_from and one.valid_until and one.valid_from >= one.valid_until:
        yield Fault(one.code, "valid_until", "失效日期应晚于生效日期。")
    yield from _formula_faults(one, codes)


def _formula_faults(one: Indicator, codes: frozenset[str]) -> Iterator[Fault]:
    if one.source not in _BY_FACTS:
        if one.numerator or one.denominator:
            yield Fault(one.code, "numerator", "人工填报或暂无来源的指标不能有公式。")
        return
    if not one.numerator.strip():
        yield Fault(one.code, "numerator", "缺少公式。")
        return
    if bool(one.denominator.strip()) != (one.shape is Shape.RATIO):
        yield Fault(one.code, "denominator", "比率要有分母，其他形态不能有分母。")
    for field in ("numerator", "denominator"):
        text = getattr(one, field)
        if text.strip():
            yield from _part_faults(one, field, text, codes)


def _part_faults(one: Indicator, field: str, text: str, codes: frozenset[str]) -> Iterator[Fault]:
    groups = one.shape is Shape.GROUPS
    try:
        if is_select(text):
            fault = unit_fault(one, parse_formula(text, groups=groups))
            if fault:
                yield fault
            return
        parse_expression(text)
    except FormulaRefused as refused:
        yield Fault(one.code, field, str(refused))
        return
    if groups:
        yield Fault(one.code, field, "分组指标的公式应是 SELECT 语句。")
    for code in references(text):
        if code not in codes:
            yield Fault(one.code, field, f"没有编号为“{code}”的指标。")


def references_of(one: Indicator) -> tuple[str, ...]:
    """The indicators another one is computed from."""
    parts = [t for t in (one.numerator, one.denominator) if t.strip() and not is_select(t)]
    try:
        return tuple(code for text in parts for code in references(text))
    except FormulaRefused:
        return ()


def formulas_of(one: Indicator) -> tuple[tuple[str, Formula], ...]:
    """(field, formula) of each SELECT of an indicator."""
    return tuple(
        (field, parse_formula(text, groups=one.shape is Shape.GROUPS))
        for field in ("numerator", "denominator")
        if (text := getattr(one, field)).strip() and is_select(text)
    )


def _cycles(found: IndicatorSet) -> Iterator[Fault]:
    uses = {one.code: references_of(one) for one in found.indicators}
    done: set[str] = set()
    for start in uses:
        path = _circle(start, uses, (), done)
        if path:
            yield Fault(path[0], "numerator", f"指标互相引用成环：{' → '.join(path)}。")
            done |= set(path)


def _circle(
    code: str, uses: dict[str, tuple[str, ...]], path: tuple[str, ...], done: set[str]
) -> tuple[str, ...]:
    if code in path:
        return (*path[path.index(code) :], code)
    if code in done:
        return ()
    for other in uses.get(code, ()):
        if found := _circle(other, uses, (*path, code), done):
            return found
    done.add(code)
    return ()
