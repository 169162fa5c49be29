"""Whether an indicator set can be used: every fault at once, with its indicator and field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise

from .definitions import (
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
from .expressions import Expression, parse_expression
from .formulas import Formula, is_select, parse_formula
from .refusals import FormulaRefused
from .schema import SCHEMA_VERSION
from .units import GENERIC, PARTS, YES_NO, Measure, base, fits, kept_times, known, shown, together

MAX_PLACES = 6
FORMULAS = ("numerator", "denominator")
_Parsed = Formula | Expression


def checked(indicators: IndicatorSet) -> IndicatorSet:
    """The set itself when nothing is wrong with it, else SetRefused with all faults."""
    faults = check_set(indicators)
    if faults:
        raise SetRefused(faults)
    return indicators


def check_set(
    indicators: IndicatorSet, *, unread: frozenset[str] = frozenset()
) -> tuple[Fault, ...]:
    """Every fault of the set. `unread` are codes known to exist though their rows did not parse."""
    faults = list(_heading_faults(indicators))
    parsed: dict[str, dict[str, _Parsed]] = {}
    for one in indicators.indicators:
        formulas: dict[str, _Parsed] = {}
        faults += _own_faults(one)
        faults += _formula_faults(one, formulas)
        parsed.setdefault(one.code, formulas)
    by_code = {one.code: one for one in reversed(indicators.indicators)}
    for code, formulas in parsed.items():
        faults += _reference_faults(by_code[code], formulas, by_code, unread)
        faults += _unit_faults(by_code[code], formulas, by_code)
    faults += _cycle_faults(parsed)
    return tuple(faults)


def formulas_of(one: Indicator) -> tuple[tuple[str, Formula], ...]:
    """(field, formula) of each SELECT of an indicator that is computed."""
    parsed = ((field, _parse(one, field)) for field in _fields(one))
    return tuple((field, formula) for field, formula in parsed if isinstance(formula, Formula))


def _fields(one: Indicator) -> tuple[str, ...]:
    if one.source not in (Source.COMPUTED, Source.CONFIRMED):
        return ()
    return tuple(field for field in FORMULAS if getattr(one, field).strip())


def _parse(one: Indicator, field: str) -> Formula | Expression:
    text = getattr(one, field)
    if is_select(text):
        return parse_formula(text, groups=one.shape is Shape.GROUPS, flag=one.shape is Shape.FLAG)
    if one.shape is Shape.GROUPS:
        raise FormulaRefused("公式：分组指标的公式要是一条两列的 SELECT")
    return parse_expression(text)


def _heading_faults(indicators: IndicatorSet) -> Iterator[Fault]:
    for field in ("code", "version", "title", "label"):
        if not getattr(indicators, field).strip():
            yield Fault("", field, "不能为空")
    if indicators.schema_version != SCHEMA_VERSION:
        yield Fault("", "schema_version", f"本系统的事实表版本是 {SCHEMA_VERSION}")
    if not indicators.indicators:
        yield Fault("", "indicator", "没有一项指标")
    for code, times in Counter(one.code for one in indicators.indicators).items():
        if times > 1:
            yield Fault(code, "code", f"代码重复，出现了 {times} 次")


def _own_faults(one: Indicator) -> Iterator[Fault]:
    plain = one.code.replace("-", "a").replace(".", "a")
    if not (plain.isascii() and plain.isalnum()) or len(one.code) > 32:
        yield Fault(one.code, "code", "代码用字母、数字、短横和点，至多 32 个字")
    for field in ("name", "second"):
        if not getattr(one, field).strip():
            yield Fault(one.code, field, "不能为空")
    if not known(one.unit):
        yield Fault(one.code, "unit", f"没有单位“{one.unit}”，可用的见 docs/formats.md")
    if one.shape is Shape.GROUPS and kept_times(one.unit) != 1:
        yield Fault(one.code, "unit", f"分组的数要能精确写出，不能用 {one.unit}；请用 分钟")
    if not 0 <= one.places <= MAX_PLACES:
        yield Fault(one.code, "places", f"小数位数应为 0 到 {MAX_PLACES}")
    if one.valid_from and one.valid_until and one.valid_from >= one.valid_until:
        yield Fault(one.code, "valid_until", "失效日期应晚于施行日期")
    yield from _scale_faults(one)
    yield from _threshold_faults(one)


def _scale_faults(one: Indicator) -> Iterator[Fault]:
    if one.shape is not Shape.RATIO and one.scale != 1:
        yield Fault(one.code, "scale", "只有比率有 scale；换算单位由单位本身说明")
    if one.shape is not Shape.RATIO and one.unit in PARTS:
        yield Fault(one.code, "unit", f"单位 {one.unit} 只用于比率")
    if one.shape is Shape.RATIO and one.unit in PARTS and one.scale != PARTS[one.unit]:
        yield Fault(one.code, "scale", f"单位是 {one.unit}，scale 应为 {PARTS[one.unit]}")
    if one.shape is Shape.RATIO and one.unit not in PARTS and one.scale != 1:
        yield Fault(one.code, "scale", f"单位是 {one.unit or '空'}，scale 应为 1")
    if one.shape is Shape.FLAG and one.unit not in ("", YES_NO):
        yield Fault(one.code, "unit", "是非指标的单位应为空或“是否”")
    if one.shape is not Shape.FLAG and one.unit == YES_NO:
        yield Fault(one.code, "unit", "单位“是否”只用于是非指标")


def _threshold_faults(one: Indicator) -> Iterator[Fault]:
    if one.threshold is not None and one.direction is Direction.NEITHER:
        yield Fault(one.code, "threshold", "没有方向的指标不能有达标值")
    measured = one.threshold is not None or one.source is Source.ABSENT
    if one.category is Category.VETO and not measured:
        yield Fault(one.code, "threshold", "否定性指标要有达标值，才知道何时触发")
    floors = [band.floor for band in one.bands]
    if any(high <= low for low, high in pairwise(floors)):
        yield Fault(one.code, "bands", "分档的下限要从低到高，不能重复")
    labels = [band.label.strip() for band in one.bands]
    if not all(labels) or len(set(labels)) != len(labels):
        yield Fault(one.code, "bands", "每档要有名称，名称不能重复")
    numbers = [*floors, *([one.threshold] if one.threshold is not None else [])]
    if any(not number.is_finite() or abs(number) >= Decimal(10) ** 18 for number in numbers):
        yield Fault(one.code, "threshold", "达标值和分档的下限要是 18 位以内的数字")


def _formula_faults(one: Indicator, formulas: dict[str, _Parsed]) -> Iterator[Fault]:
    computed = one.source in (Source.COMPUTED, Source.CONFIRMED)
    ratio = one.shape is Shape.RATIO
    if computed and not one.numerator.strip():
        yield Fault(one.code, "numerator", "系统计算的指标要有公式")
    if computed and ratio and not one.denominator.strip():
        yield Fault(one.code, "denominator", "比率要有分母")
    if one.denominator.strip() and not ratio:
        yield Fault(one.code, "denominator", "只有比率有分母")
    if one.source is Source.TYPED and one.numerator.strip():
        yield Fault(one.code, "numerator", "人工填报的指标没有公式")
    for field in FORMULAS:
        if not getattr(one, field).strip():
            continue
        try:
            formulas[field] = _parse(one, field)
        except FormulaRefused as error:
            yield Fault(one.code, field, str(error))
        else:
            yield from _span_faults(one, field, formulas[field])


def _span_faults(one: Indicator, field: str, formula: _Parsed) -> Iterator[Fault]:
    if isinstance(formula, Formula) and one.span is not Span.YEAR and formula.uses("since"):
        word = "累计" if one.span is Span.CUMULATIVE else "时点"
        yield Fault(one.code, field, f"{word}指标不从期初算起，公式里不应有 :since")


def _reference_faults(
    one: Indicator,
    formulas: Mapping[str, _Parsed],
    by_code: Mapping[str, Indicator],
    unread: frozenset[str],
) -> Iterator[Fault]:
    for field, formula in formulas.items():
        for code in formula.refers if isinstance(formula, Expression) else ():
            used = by_code.get(code)
            if used is None:
                if code not in unread:
                    yield Fault(one.code, field, f"没有代码为 {code[:32]} 的指标")
            elif used.shape not in (Shape.NUMBER, Shape.FLAG):
                yield Fault(one.code, field, f"指标 {code} 是比率或分组，不能相加")


def measure_of_formula(formula: _Parsed, by_code: Mapping[str, Indicator]) -> Measure:
    """What the formula's number measures; ValueError if it adds up different units."""
    if isinstance(formula, Formula):
        return formula.value.measure
    measure: Measure = frozenset()
    for code in formula.refers:
        used = by_code.get(code)
        unit = base(used.unit) if used is not None else ""
        measure = together(measure, frozenset({unit, *GENERIC}) if unit else None)
    return measure


def _unit_faults(
    one: Indicator, formulas: Mapping[str, _Parsed], by_code: Mapping[str, Indicator]
) -> Iterator[Fault]:
    measures: dict[str, Measure] = {}
    for field, formula in formulas.items():
        try:
            measures[field] = measure_of_formula(formula, by_code)
        except ValueError as error:
            yield Fault(one.code, field, str(error))
    if "numerator" not in measures:
        return
    upper, slash, lower = one.unit.partition("/")
    measure, under = measures["numerator"], measures.get("denominator")
    if upper not in PARTS and upper != YES_NO and not fits(measure, upper):
        yield Fault(one.code, "unit", f"公式的单位是{shown(measure)}，不能显示为{upper}")
    if slash and not fits(under, lower):
        yield Fault(one.code, "unit", f"分母的单位是{shown(under)}，不能显示为每{lower}")
    if slash and one.shape is not Shape.RATIO:
        yield Fault(one.code, "unit", f"单位 {one.unit} 只用于比率")
    if upper in PARTS and measure and under and not measure & under:
        both = f"{shown(measure)}与{shown(under)}"
        yield Fault(one.code, "unit", f"分子、分母的单位不同：{both}")


def _cycle_faults(parsed: Mapping[str, Mapping[str, _Parsed]]) -> Iterator[Fault]:
    """One fault for each cycle, at its first indicator in the set's order."""
    uses = {
        code: [c for f in formulas.values() if isinstance(f, Expression) for c in f.refers]
        for code, formulas in parsed.items()
    }
    done: set[str] = set()
    for start in uses:
        cycle = _cycle(start, uses, done)
        if cycle:
            yield Fault(cycle[0], "numerator", f"循环引用：{' → '.join([*cycle, cycle[0]])}")


def _cycle(start: str, uses: Mapping[str, list[str]], done: set[str]) -> list[str]:
    path: list[str] = []
    stack = [(start, iter(uses.get(start, ())))] if start not in done else []
    if stack:
        path.append(start)
    while stack:
        code, following = stack[-1]
        for used in following:
            if used in path:
                done.update(path)
                return path[path.index(used) :]
            if used in uses and used not in done:
                path.append(used)
                stack.append((used, iter(uses[used])))
                break
        else:
            done.add(code)
            path.pop()
            stack.pop()
    return []
