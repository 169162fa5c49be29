"""Every kind at its borders: what people and Excel put into cells, and what they are told."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from chanjiao.sheets.cells import Cell, CellError
from chanjiao.sheets.kinds import reader, writer
from chanjiao.sheets.layout import Column, Kind
from chanjiao_engine.codes import parse_mobile

ROLES = [("lead", "牵头"), ("member", "成员")]
FIELDS = [("A", "农、林、牧、渔业"), ("C", "制造业"), ("I", "软件业")]
TEXT = Column("x", "名称", max_length=4)
PATTERN = Column("x", "班级", pattern=r"\d{4}级", help="写成 2026级")
INTEGER = Column("x", "人数", Kind.INTEGER, unit="人", minimum=0, maximum=5000)
DECIMAL = Column("x", "比例", Kind.DECIMAL, places=2)
YUAN = Column("x", "工资", Kind.MONEY, unit="元")
WAN = Column("x", "金额", Kind.MONEY, unit="万元")
DATE = Column("x", "日期", Kind.DATE, minimum=date(2020, 1, 1), maximum=date(2030, 12, 31))
BOOLEAN = Column("x", "是否", Kind.BOOLEAN)
CHOICE = Column("x", "角色", Kind.CHOICE, choices=ROLES)
CODE = Column("x", "手机", Kind.CODE, parser=lambda text: parse_mobile(text).number)
QUARTER = Column("x", "季度", Kind.QUARTER)
MANY_CHOICES = Column("x", "行业", Kind.CHOICE, choices=lambda: FIELDS, many=True)
MANY_TEXTS = Column("x", "技能", many=True)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (TEXT, " 甲厂\u3000\r\n", "甲厂"),
        (TEXT, "甲\r\n乙", "甲\n乙"),
        (TEXT, "\ufeff甲\x00", "甲"),
        (TEXT, 12.0, "12"),
        (TEXT, 1.2e3, "1200"),
        (TEXT, 0.1 + 0.2, "0.3"),
        (TEXT, True, "TRUE"),
        (PATTERN, "2026级", "2026级"),
        (INTEGER, 12.0, 12),
        (INTEGER, "1,200", 1200),
        (INTEGER, " 12 人", 12),
        (INTEGER, "1.2E+3", 1200),
        (INTEGER, 0, 0),
        (INTEGER, 5000, 5000),
        (DECIMAL, 0.29, Decimal("0.29")),
        (DECIMAL, 0.1 + 0.2, Decimal("0.30")),
        (DECIMAL, "-1,234.5", Decimal("-1234.50")),
        (YUAN, "5,200.5", 520_050),
        (YUAN, 0.29, 29),
        (YUAN, "5200元", 520_000),
        (WAN, 0.000001, 1),
        (WAN, "1.5万元", 1_500_000),
        (DATE, datetime(2026, 11, 23), date(2026, 11, 23)),
        (DATE, date(2026, 11, 23), date(2026, 11, 23)),
        (DATE, "2026-11-23", date(2026, 11, 23)),
        (DATE, "2026/1/3", date(2026, 1, 3)),
        (DATE, "2026年11月23日", date(2026, 11, 23)),
        (DATE, "2026.11.23", date(2026, 11, 23)),
        (DATE, "20261123", date(2026, 11, 23)),
        (DATE, 20261123.0, date(2026, 11, 23)),
        (DATE, "2026-11-23 00:00:00", date(2026, 11, 23)),
        (DATE, date(2020, 1, 1), date(2020, 1, 1)),
        (BOOLEAN, "是", True),
        (BOOLEAN, "否", False),
        (BOOLEAN, False, False),
        (BOOLEAN, 1.0, True),
        (BOOLEAN, "y", True),
        (CHOICE, " 牵头 ", "lead"),
        (CHOICE, "member", "member"),
        (CODE, 13812345678.0, "13812345678"),
        (CODE, "+86 138-1234-5678", "13812345678"),
        (QUARTER, "2026q4", "2026Q4"),
        (QUARTER, "2026年第四季度", "2026Q4"),
        (QUARTER, "2026年4季度", "2026Q4"),
        (MANY_CHOICES, "制造业、软件业", ("C", "I")),
        (MANY_CHOICES, "农、林、牧、渔业", ("A",)),
        (MANY_CHOICES, "农、林、牧、渔业；制造业", ("A", "C")),
        (MANY_CHOICES, "制造业，制造业", ("C",)),
        (MANY_TEXTS, "车工，铣工；钳工", ("车工，铣工", "钳工")),
        (MANY_TEXTS, "车工、 铣工，钳工", ("车工", "铣工", "钳工")),
    ],
)
def test_read(column: Column, cell: Cell, value: object) -> None:
    found = reader(column)(cell)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("column", "cell", "code", "words"),
    [
        (TEXT, "甲乙丙丁戊", "too_long", "最多 4 个字，现有 5 个字"),
        (TEXT, 1.5e18, "precision", "设为“文本”格式"),
        (PATTERN, "26级", "pattern", "写成 2026级"),
        (INTEGER, 12.5, "not_whole", "应为整数，现为 12.5"),
        (INTEGER, -1, "too_small", "不能小于 0人"),
        (INTEGER, 5001, "too_large", "不能大于 5000人"),
        (INTEGER, "约12", "number", "“约12”不是数字"),
        (INTEGER, "1,2", "number", "不是数字"),
        (INTEGER, date(2026, 1, 1), "number", "识别成了日期"),
        (INTEGER, True, "number", "应为数字"),
        (INTEGER, "1e99", "too_large", "不能大于"),
        (DECIMAL, "0.125", "places", "最多 2 位小数，现为 0.125"),
        (DECIMAL, 1e15, "too_large", "过大"),
        (YUAN, "0.001", "places", "最多 2 位小数"),
        (WAN, "0.0000001", "places", "最多 6 位小数"),
        (YUAN, "五千", "number", "只填数字"),
        (DATE, datetime(2026, 11, 23, 8, 30), "has_time", "2026-11-23 08:30"),
        (DATE, "2026-02-30", "no_such_day", "不存在"),
        (DATE, "11-23", "date", "请写成 2026-11-23"),
        (DATE, 46349.0, "date_serial", "2026-11-23"),
        (DATE, "2019-12-31", "too_early", "不能早于 2020-01-01"),
        (DATE, "2031-01-01", "too_late", "不能晚于 2030-12-31"),
        (DATE, time(8), "date", "不是日期"),
        (BOOLEAN, "也许", "boolean", "“是”或“否”"),
        (BOOLEAN, 2, "boolean", "“是”或“否”"),
        (CHOICE, "牵头单位", "choice", "是否应为“牵头”？"),
        (CHOICE, "zzz", "choice", "可填：牵头、成员"),
        (CODE, "1.38E+10", "scientific", "文本"),
        (CODE, date(2026, 6, 18), "date_for_code", "变成了日期"),
        (CODE, "1381234567", "code", "应为 11 位"),
        (QUARTER, "2026Q5", "quarter", "2026Q4"),
        (MANY_CHOICES, "制造业、造船", "choice", "“造船”"),
    ],
)
def test_refused(column: Column, cell: Cell, code: str, words: str) -> None:
    with pytest.raises(CellError) as caught:
        reader(column)(cell)
    assert caught.value.code == code
    assert words in f"{caught.value.message};{caught.value.advice}"


@pytest.mark.parametrize(
    ("column", "value", "cell"),
    [
        (YUAN, 29, Decimal("0.29")),
        (WAN, 1, Decimal("0.000001")),
        (BOOLEAN, False, "否"),
        (CHOICE, "lead", "牵头"),
        (DATE, date(2026, 11, 23), date(2026, 11, 23)),
        (MANY_CHOICES, ("A",), "农、林、牧、渔业；"),
        (MANY_CHOICES, ("C", "I"), "制造业、软件业"),
        (MANY_TEXTS, (), None),
    ],
)
def test_write(column: Column, value: object, cell: object) -> None:
    assert writer(column)(value) == cell


def test_writers_refuse_what_they_could_not_read_back() -> None:
    with pytest.raises(ValueError, match="分号"):
        writer(MANY_TEXTS)(["车工；铣工"])
    with pytest.raises(TypeError):
        writer(MANY_TEXTS)("车工")
    with pytest.raises(TypeError):
        writer(DATE)(datetime(2026, 11, 23, 8))


def test_a_hostile_column_of_wrong_choices_stays_quick() -> None:
    read = reader(Column("x", "专业", Kind.CHOICE, choices=[f"专业{n}" for n in range(1500)]))
    advice = []
    for n in range(2000):
        with pytest.raises(CellError) as caught:
            read(f"错的专业名称{n}")
        advice.append(caught.value.advice)
    assert advice[0].startswith("是否应为")
    assert advice[-1] == "请从模板的下拉中选择"
