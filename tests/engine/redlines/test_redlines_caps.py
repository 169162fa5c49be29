"""第九条（2016）, 一般不超过（2021）：10 % of the staff, 20 % of a kind; day by day, in integers."""

import random
from datetime import date, timedelta

import pytest

from chanjiao_engine.redlines import Cap, caps_after
from tests.engine.redlines.rosters import START, UNTIL, clean, findings


def crowd(spans, staff, kind_staff=10_000):
    """A roster with one placement per (starts, until), and (since, staff) counts of the unit."""
    tables = clean() | {name: [] for name in ("agreements", "consents", "insurance", "training", "declarations", "pay", "shifts")}  # fmt: skip
    base = tables["placements"][0]
    tables["placements"] = [
        base | {"placement": f"p{i}", "starts": starts, "until": until}
        for i, (starts, until) in enumerate(spans)
    ]
    tables["staff"] = [
        {"unit": "甲厂", "kind": "", "since": since, "staff": number} for since, number in staff
    ] + [{"unit": "甲厂", "kind": "操作", "since": date(2020, 1, 1), "staff": kind_staff}]
    return tables


def broken(tables, code="cap_unit"):
    return sorted(found[2:] for found in findings(tables) if found[:2] == (code, 1))


YEAR = [(date(2026, 1, 1), 100)]


def test_exactly_a_tenth_is_allowed_and_one_more_is_named():
    assert broken(crowd([(START, UNTIL)] * 10, YEAR)) == []
    assert broken(crowd([(START, UNTIL)] * 11, YEAR)) == [(10, START, 11, 10)]


def test_nine_of_ninety_nine_but_not_ten():
    staff = [(date(2026, 1, 1), 99)]
    assert broken(crowd([(START, UNTIL)] * 9, staff)) == []
    assert broken(crowd([(START, UNTIL)] * 10, staff)) == [(9, START, 10, 9)]


def test_exactly_a_fifth_of_a_kind_is_allowed_and_one_more_is_named():
    few = [(START, UNTIL)] * 3
    assert broken(crowd(few[:2], YEAR, kind_staff=10), "cap_kind") == []
    assert broken(crowd(few, YEAR, kind_staff=10), "cap_kind") == [(2, START, 3, 2)]
    assert broken(crowd(few[:2], YEAR, kind_staff=9), "cap_kind") == [(1, START, 2, 1)]


def test_who_leaves_makes_room_from_that_day_on():
    """`until` is the first day after: a start on it takes the place, one a day earlier does not."""
    leaves = date(2026, 5, 1)
    for start, expected in (
        (leaves, []),
        (leaves - timedelta(days=1), [(10, date(2026, 4, 30), 11, 10)]),
    ):
        spans = [(START, leaves)] + [(START, UNTIL)] * 9 + [(start, UNTIL)]
        assert broken(crowd(spans, YEAR)) == expected


def test_the_later_start_is_named_whatever_the_order_of_the_rows():
    spans = [(date(2026, 4, 1), UNTIL)] + [(START, UNTIL)] * 10
    assert broken(crowd(spans, YEAR)) == [(0, date(2026, 4, 1), 11, 10)]


def test_when_the_staff_falls_the_last_who_came_are_named_from_that_day():
    falls = date(2026, 6, 1)
    tables = crowd([(START, UNTIL)] * 10, [*YEAR, (falls, 89)])
    assert broken(tables) == [(8, falls, 9, 8), (9, falls, 10, 8)]


def test_a_count_after_the_start_alone_leaves_the_start_unknown():
    tables = crowd([(START, UNTIL)] * 2, [(date(2026, 6, 1), 20)])
    assert [f for f in findings(tables) if f[0] == "cap_unit"] == [
        ("cap_unit", 2, 0),
        ("cap_unit", 2, 1),
    ]
    tables = crowd([(START, UNTIL)] * 2, [(date(2026, 6, 1), 10)])
    assert broken(tables) == [(1, date(2026, 6, 1), 2, 1)]


def test_visits_and_other_units_do_not_count():
    tables = crowd([(START, UNTIL)] * 11, YEAR)
    tables["placements"][3]["kind"] = "认识实习"
    assert broken(tables) == []


@pytest.mark.parametrize("seed", range(12))
def test_long_time_lines_equal_counting_every_day(seed):
    """Many spans and falling and rising counts, against a count of every single day."""
    source = random.Random(seed)
    spans = []
    for _ in range(60):
        starts = START + timedelta(days=source.randint(0, 40))
        spans.append((starts, starts + timedelta(days=source.randint(1, 50))))
    days = sorted({START + timedelta(days=source.randint(-2, 70)) for _ in range(6)})
    staff = [(day, source.choice([80, 100, 150, 200, 300])) for day in days]
    expected = []
    for row, (starts, until) in enumerate(spans):
        earlier = [s for i, s in enumerate(spans) if (s[0], i) <= (starts, row)]
        for offset in range((until - starts).days):
            day = starts + timedelta(days=offset)
            counted = [number for since, number in staff if since <= day]
            present = sum(1 for begin, end in earlier if begin <= day < end)
            if counted and present * 10 > counted[-1]:
                expected.append((row, day, present, counted[-1] // 10))
                break
    assert broken(crowd(spans, staff)) == expected
    assert expected or seed  # seed 0 at least breaks something


def test_what_if():
    assert caps_after(staff=100, interns=8, adding=2) == Cap(10, 10, 0, 0)
    assert caps_after(staff=100, interns=8, adding=3) == Cap(11, 10, 1, 0)
    assert caps_after(staff=99, interns=0) == Cap(0, 9, 0, 9)
    assert caps_after(staff=14, interns=2, percent=20) == Cap(2, 2, 0, 0)
    with pytest.raises(ValueError, match="不能小于 0"):
        caps_after(staff=-1, interns=0)
