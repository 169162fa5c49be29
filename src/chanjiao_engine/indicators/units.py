"""Units of indicator values: a closed list, and what the fact columns allow."""

from .definitions import Fault, Indicator, Shape
from .formulas import Formula
from .schema import BY_NAME

# Money leaves the facts in 分; the value is shown in the indicator's unit.
MONEY = {"分": 1, "元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}
COUNTS = frozenset(
    [
        "个",
        "家",
        "人",
        "人次",
        "人天",
        "名",
        "项",
        "次",
        "场",
        "份",
        "条",
        "套",
        "台",
        "门",
        "本",
        "件",
        "轮",
        "班",
        "学时",
        "小时",
        "天",
        "月",
        "年",
        "平方米",
        "票",
        "席",
        "分值",
    ]
)
SHARES = frozenset({"%", "‰", ""})
UNITS = frozenset(MONEY) | COUNTS | SHARES


def divisor(unit: str) -> int:
    """What an amount in the facts is divided by to be shown in the unit."""
    return MONEY.get(unit, 1)


def unit_fault(indicator: Indicator, formula: Formula) -> Fault | None:
    """What does not fit between the unit and the columns the formula sums."""
    unit = indicator.unit
    if indicator.shape in (Shape.RATIO, Shape.FLAG):
        return None
    for table, column in formula.sums:
        found = BY_NAME[table].column(column).unit
        if not found or "、" in found or found in SHARES:
            continue
        if found == "分" and unit not in MONEY:
            return _fault(indicator, f"{table}.{column} 是金额（分），单位应是元、万元或亿元。")
        if found != "分" and found != unit:
            return _fault(indicator, f"{table}.{column} 的单位是“{found}”，不是“{unit}”。")
    if unit in MONEY and not formula.sums:
        return _fault(indicator, f"单位是{unit}，公式却没有对金额求和。")
    if unit == "%":
        return _fault(indicator, "单位是 % 的指标应是比率，请写分母。")
    return None


def _fault(indicator: Indicator, message: str) -> Fault:
    return Fault(indicator.code, "unit", message)
