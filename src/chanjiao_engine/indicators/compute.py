"""All indicators of one consortium and one period."""

from collections.abc import Iterable

from .amounts import Raw, outcomes_of, taken, without
from .arrow import Facts, check_types, empty_facts
from .checking import formulas_of
from .definitions import Fault, IndicatorSet, Period, SetRefused
from .keys import check_keys
from .outcomes import Outcome, Typed
from .refusals import FormulaRefused, TooLarge
from .shared import Ask, answers, parts_of
from .workspace import Workspace, open_workspace

_EXACT = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DECIMAL", "BOOLEAN")


def compute(
    found: IndicatorSet, facts: Facts, period: Period, typed: Iterable[Typed] = ()
) -> dict[str, Outcome]:
    """One outcome for each indicator, in the set's order.

    `facts` maps every table of `schema.TABLES` to an Arrow table of its exact schema. Raises
    FactsRefused for facts that do not fit, SetRefused for formulas that run out of time or memory.
    A number that 38 digits do not hold leaves its indicator 无法计算 and the others as they are.
    """
    check_types(facts)
    check_keys(facts)
    with open_workspace(facts) as workspace:
        return compute_in(workspace, found, period, typed)


def compute_in(
    workspace: Workspace, found: IndicatorSet, period: Period, typed: Iterable[Typed] = ()
) -> dict[str, Outcome]:
    """The same in a workspace that is open, over facts that have been checked."""
    raw = {one.code: Raw() for one in found.indicators}
    faults = []
    for answer in answers(parts_of(found, period), _asked(workspace)):
        one, field = answer.part.one, answer.part.field
        if isinstance(answer.refused, TooLarge):
            raw[one.code] = without(raw[one.code], one, field, answer.refused)
        elif answer.refused:
            faults.append(Fault(one.code, field, str(answer.refused)))
        else:
            raw[one.code] = taken(raw[one.code], one, field, answer.rows)
    if faults:
        raise SetRefused(tuple(faults))
    return outcomes_of(found, raw, typed, period)


def _asked(workspace: Workspace) -> Ask:
    return lambda tree: workspace.rows(tree.sql(dialect="duckdb", comments=False))


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
