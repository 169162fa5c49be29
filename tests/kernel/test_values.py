from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao.kernel import money
from chanjiao.kernel.canonical import canonical, digest
from chanjiao.kernel.moves import diagram, may_move
from chanjiao.kernel.period import Quarter, overlaps
from chanjiao.kernel.verdict import ALLOWED, Refused, all_of, refuse, require


def test_a_refusal_carries_its_reason():
    assert all_of(ALLOWED, ALLOWED)
    first = all_of(ALLOWED, refuse("甲"), refuse("乙"))
    assert not first and first.reason == "甲"
    with pytest.raises(Refused, match="甲"):
        require(first)


def test_a_move_outside_the_table_names_both_states():
    moves = {"a": frozenset({"b"}), "b": frozenset()}
    labels = {"a": "草稿", "b": "已发布"}
    assert may_move(moves, labels, "a", "b")
    assert may_move(moves, labels, "b", "a").reason == "当前状态为“已发布”，不能变为“草稿”。"
    assert "a --> b" in diagram(moves, labels)


@pytest.mark.parametrize(
    "text", ["2026Q4", "2026q4", "2026年4季度", "2026年第四季度", "2026年第4季度"]
)
def test_quarters_are_read_as_people_write_them(text):
    assert Quarter.parse(text) == Quarter(2026, 4)


@pytest.mark.parametrize("text", ["2026Q5", "2026", "Q4", ""])
def test_other_text_is_no_quarter(text):
    with pytest.raises(ValueError, match="2026Q4"):
        Quarter.parse(text)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_lies_in_its_quarter(day):
    quarter = Quarter.of(day)
    assert quarter.next() > quarter
    assert day <= quarter.last_day
    assert Quarter.of(quarter.last_day) == quarter
    assert Quarter.parse(str(quarter)) == quarter


def test_half_open_periods_that_touch_do_not_overlap():
    a, b, c = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    assert not overlaps((a, b), (b, c))
    assert overlaps((a, c), (b, c))
    assert overlaps((a, None), (b, c))
    assert not overlaps((a, b), (c, None))


def test_money_is_whole_fen():
    assert money.to_fen("1.2", "亿元") == 12_000_000_000
    assert money.to_fen(Decimal("5200.01")) == 520_001
    assert money.yuan(-520_001) == "-5,200.01"
    assert money.spoken(12_000_000_000) == "1.2 亿元"
    assert money.spoken(300_000_000) == "300 万元"
    assert money.spoken(450_000) == "4,500 元"
    with pytest.raises(ValueError, match="精确到分"):
        money.to_fen("0.001")
    for text in ("三百", "NaN", "Infinity"):
        with pytest.raises(ValueError, match="数字"):
            money.to_fen(text)


def test_one_value_has_one_text():
    assert canonical({"乙": [1, "二"], "甲": None}) == '{"乙":[1,"二"],"甲":null}'.encode()
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    with pytest.raises(TypeError, match="float"):
        canonical({"a": [0.1]})
