"""Units of values: a closed list, what each measures, and exact conversion between them.

Money is kept in 分, so an indicator in 万元 is the formula's 分 divided by 1,000,000, exactly and by
declaration of the indicator's unit alone. Units that count things are not exchanged for each other:
a sum of 人 cannot be shown as 家; a count of rows may be shown in any of them.
"""

MONEY = {"分": 1, "元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}
COUNTING = frozenset(
    (
        *(
            "个",
            "家",
            "人",
            "名",
            "人次",
            "项",
            "次",
            "场",
            "期",
            "份",
            "件",
            "门",
            "本",
            "部",
            "篇",
        ),
        *(
            "套",
            "台",
            "台套",
            "张",
            "条",
            "户",
            "所",
            "席",
            "票",
            "对",
            "种",
            "类",
            "届",
            "组",
            "处",
        ),
        *("支", "轮", "班", "专业", "单位"),
    )
)
GENERIC = frozenset({"个", "项"})
LESSONS = {"分钟": 1, "课时": 45}  # facts count teaching in minutes; a 课时 is 45 of them
TIME = frozenset({"天", "小时", "学时", "分钟", "课时", "机时", "工时", "人天", "人日", "月", "年"})
HOURS = frozenset({"小时", "学时"})  # commitments and deliveries count teaching in hours
OTHER = frozenset({"平方米", "亩", "分值"})
PARTS = {"%": 100, "‰": 1000, "倍": 1, "比": 1}
YES_NO = "是否"
SIMPLE = frozenset(MONEY) | COUNTING | TIME | OTHER

# What a number measures: None when nobody can tell, no units for a bare number, else the units
# it may stand in. COUNTED is what COUNT gives.
Measure = frozenset[str] | None
PURE: frozenset[str] = frozenset()
COUNTED = COUNTING


def known(unit: str) -> bool:
    """Whether the unit is on the list; A/B is, if both its parts are."""
    if unit in UNITS:
        return True
    upper, slash, lower = unit.partition("/")
    return bool(slash) and upper in SIMPLE and lower in SIMPLE


def measure_of(column_unit: str) -> Measure:
    """The measure of a fact column: '分、个' may stand in either; '' and unlisted: cannot tell."""
    units = frozenset(part for part in column_unit.split("、") if part in SIMPLE)
    return units or None


UNITS = SIMPLE | frozenset(PARTS) | {"", YES_NO}


def divisor(unit: str) -> int:
    """What a simple unit's number in the facts is divided by to be shown in it."""
    return MONEY.get(unit) or LESSONS.get(unit, 1)


def kept_times(unit: str) -> int:
    """What a value in `unit` is multiplied by where it is kept exactly: 课时 are kept in 分钟, of
    which hardly any number is a finite decimal of 课时."""
    return LESSONS.get(unit, 1)


def base(unit: str) -> str:
    """The unit in which formulas give what is shown in `unit`: 分 for any money, 分钟 for 课时."""
    if unit in LESSONS:
        return "分钟"
    if unit in HOURS:
        return "小时"
    return "分" if unit in MONEY else unit


def fits(measure: Measure, unit: str) -> bool:
    """Whether a number of this measure can be shown in the simple unit."""
    return not measure or not unit or base(unit) in measure


def together(one: Measure, other: Measure) -> Measure:
    """The measure of a sum of two numbers; raises ValueError if they cannot be added."""
    if one == PURE:
        return other
    if other == PURE:
        return one
    if one is None or other is None:
        return None
    both = one & other
    if not both:
        raise ValueError(f"单位不同：{shown(one)}与{shown(other)}")
    return both


def product(one: Measure, other: Measure) -> Measure:
    """The measure of a product: that of the one if the other is a bare number, else unknown."""
    if one == PURE:
        return other
    if other == PURE:
        return one
    return None


def shown(measure: Measure) -> str:
    """A measure in words."""
    if measure is None:
        return "（不详）"
    if measure == COUNTED:
        return "计数"
    return "、".join(sorted(measure)) or "纯数"
