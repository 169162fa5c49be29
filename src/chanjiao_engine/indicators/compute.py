"""All indicators of one consortium and one period."""

from collections.abc import Iterable

from .amounts import Raw, in_order, number, outcomes_of
from .arrow import Facts, check_types, empty_facts
from .checking import formulas_of
from .definitions import Fault, Indicator, IndicatorSet, Period, SetRefused, Shape
from .outcomes import Outcome, Typed
from .refusals import FormulaRefused
from .workspace import Workspace, check_keys, open_workspace

_EXACT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "BOOLEAN")


def compute(
    found: IndicatorSet, facts: Facts, period: Period, typed: Iterable[Typed] = ()
) -> dict[str, Outcome]:
    """One outcome for each indicator, in the set's order.

    `facts` maps every table of `schema.TABLES` to an Arrow table of its exact schema. Raises
    FactsRefused for facts that do not fit, SetRefused for formulas that fail on them.
    """
    check_types(facts)
    with open_workspace(facts) as workspace:
        check_keys(workspace)
        return compute_in(workspace, found, period, typed)


def compute_in(
    workspace: Workspace, found: IndicatorSet, period: Period, typed: Iterable[Typed] = ()
) -> dict[str, Outcome]:
    """The same in a workspace that is open and checked."""
    raw, faults = {}, []
    for one in found.indicators:
        try:
            raw[one.code] = raw_of(workspace, one, period)
        except FormulaRefused as refused:
            faults.append(Fault(one.code, "numerator", str(refused)))
    if faults:
        raise SetRefused(tuple(faults))
    return outcomes_of(found, raw, typed, period)


def raw_of(workspace: Workspace, one: Indicator, period: Period) -> Raw:
    """What the SELECTs of one indicator give; FormulaRefused when they fail."""
    parts = {}
    for field, formula in formulas_of(one):
        rows = workspace.rows(formula.sql(period))
        if one.shape is Shape.GROUPS:
            return Raw(groups=in_order((row[0], row[1]) for row in rows))
        parts[field] = number(rows[0][0])
    return Raw(parts.get("numerator"), parts.get("denominator"))


def check_results(found: IndicatorSet, period: Period) -> None:
    """Whether every formula gives an exact number: asked of empty tables. SetRefused otherwise."""
    faults = []
    with open_workspace(empty_facts(), threads=1) as workspace:
        for one in found.indicators:
            for field, formula in formulas_of(one):
                try:
                    kind = workspace.types(formula.sql(period))[-1]
                except FormulaRefused as refused:
                    faults.append(Fault(one.code, field, str(refused)))
                    continue
                if not kind.startswith(_EXACT):
                    faults.append(Fault(one.code, field, f"结果是 {kind}，应是整数或精确小数。"))
    if faults:
        raise SetRefused(tuple(faults))
