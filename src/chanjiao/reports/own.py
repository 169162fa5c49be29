"""A member's own workbook: of every indicator the rows that count its unit, and no other unit's."""

from chanjiao.indicators.computing import span_of, standing_of
from chanjiao.indicators.drilling import facts_needed
from chanjiao.indicators.models import Period
from chanjiao.indicators.viewing import owned
from chanjiao.reports.workbook import Source, write_workbook
from chanjiao_engine.indicators.arrow import empty_facts
from chanjiao_engine.indicators.checking import formulas_of


def own_workbook(period: Period, unit_code: str, called: str) -> bytes:
    """The consortium's values, and behind each the unit's own rows: live, or those of the pack.

    `unit_code` is how the unit is named among the facts, `called` how people name it.
    """
    standing = standing_of(period)
    formulas = (formula for one in standing.found.indicators for _, formula in formulas_of(one))
    facts = facts_needed(period, (name for formula in formulas for name in formula.tables))
    moment = f"{standing.at:%Y-%m-%d}" if standing.at else "尚未计算"
    kind = "定稿" if standing.is_frozen else "数值未锁定"
    return write_workbook(
        Source(
            title=f"{period.consortium.short_name} {period.year} 年度指标中计入{called}的数据",
            found=standing.found,
            outcomes=standing.outcomes,
            facts=empty_facts() | owned(facts, unit_code),
            span=span_of(period),
            notes=(kind, f"数值截至 {moment}", "明细只列计入本单位的行，数值是全联合体的"),
            narrowed=True,
        )
    )
