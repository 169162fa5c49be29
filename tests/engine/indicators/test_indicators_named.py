"""Small named cases: a set as text, one consortium computed, rows behind a number, many packs."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from chanjiao_engine.indicators import (
    FactsRefused,
    FormulaRefused,
    PackFacts,
    Period,
    SetRefused,
    State,
    Typed,
    arrow_schema,
    compute,
    dump_set,
    empty_facts,
    open_workspace,
    parse_formula,
    parse_set,
    read_facts,
    rollup,
    rows_behind,
)
from chanjiao_engine.indicators.schema import BY_NAME

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
HEAD = 'code="d"\nversion="1"\ntitle="t"\nlabel="l"\ndocument="x"\nschema_version="1"\n'
ONE = '[[indicator]]\ncode="{}"\ncategory="{}"\nsecond="s"\nname="n"\n{}\n'


def made(*rows: tuple[str, str, str]) -> str:
    return HEAD + "".join(ONE.format(*row) for row in rows)


SET = made(
    ("1", "basic", 'unit="家"\nnumerator="SELECT COUNT(*) FROM member"'),
    ("2", "basic", 'unit="%"\nshape="ratio"\nscale=100\nplaces=1\nthreshold="20"\n'
     "numerator=\"SELECT COUNT(*) FROM member WHERE side = '企'\"\n"
     'denominator="SELECT SUM(staff) FROM member"'),
    ("3", "veto", 'unit="家"\nshape="groups"\ndirection="lower"\nthreshold="0"\n'
     'numerator="SELECT side, COUNT(*) FROM member GROUP BY side"'),
    ("4", "basic", "shape=\"ratio\"\nunit=\"倍\"\nnumerator=\"value('1')\"\ndenominator=\"value('1') - value('1')\""),
    ("5", "basic", 'unit="个"\nnumerator="SELECT COUNT(*) FROM need n WHERE n.unit IN (SELECT m.unit FROM member m'
     " WHERE m.side = '企') AND EXISTS (SELECT 1 FROM member k WHERE k.unit = n.unit)\""),
    ("6", "basic", 'shape="flag"\nnumerator="SELECT CASE WHEN COUNT(*) = 0 THEN 1 ELSE 0 END FROM '
     '(SELECT meeting AS x FROM meeting UNION ALL SELECT round AS x FROM round) u"'),
    ("7", "basic", 'unit="人"\nnumerator="SELECT SUM(n.headcount) FROM need n JOIN (SELECT unit, MAX(staff) AS s'
     ' FROM member GROUP BY unit) m ON m.unit = n.unit WHERE m.s >= 1"'),
    ("8", "basic", 'source="typed"\nunit="亿元"'),
    ("9", "basic", 'source="absent"'),
)  # fmt: skip


def facts():
    given = empty_facts()
    members = [
        {"unit": f"U{i}", "name": f"n{i}", "side": "企" if i % 2 else "校", "kind": "enterprise",
         "role": "member", "division": "", "industries": "", "staff": i, "joined_on": date(2024, 1, 1)}
        for i in range(5)
    ]  # fmt: skip
    needs = [
        {"need": f"N{i}", "unit": f"U{i % 3}", "kind": "post", "quarter": "2026Q1",
         "state": "published", "headcount": i}
        for i in range(7)
    ]  # fmt: skip
    given["member"] = pa.Table.from_pylist(members, schema=arrow_schema(BY_NAME["member"]))
    given["need"] = pa.Table.from_pylist(needs, schema=arrow_schema(BY_NAME["need"]))
    return given


def test_the_canonical_text_is_a_fixed_point():
    text = dump_set(parse_set(SET))
    assert dump_set(parse_set(text)) == text


def test_every_shape_and_state():
    found = compute(parse_set(SET), facts(), YEAR)
    assert {code: (o.state, o.value) for code, o in found.items()} == {
        "1": (State.VALUE, Decimal(5)),
        "2": (State.VALUE, Decimal("20.0")),
        "3": (State.VALUE, Decimal(5)),
        "4": (State.UNDEFINED, None),
        "5": (State.VALUE, Decimal(2)),
        "6": (State.VALUE, Decimal(1)),
        "7": (State.VALUE, Decimal(1 + 4 + 2 + 5)),
        "8": (State.AWAITED, None),
        "9": (State.ABSENT, None),
    }
    assert found["3"].groups == (("企", Decimal(2)), ("校", Decimal(3))) and found["3"].struck
    assert found["2"].reached and "为 0" in found["4"].message


def test_rows_add_up_to_the_number_and_are_narrowed_to_units():
    formula = parse_formula("SELECT side, COUNT(*) FROM member GROUP BY side", groups=True)
    with open_workspace(facts()) as workspace:
        all_rows = rows_behind(workspace, formula, YEAR, group="企")
        own = rows_behind(workspace, formula, YEAR, group="企", units=frozenset({"U1"}))
        nobody = rows_behind(workspace, formula, YEAR, units=frozenset())
    assert sum(row[-1] for row in all_rows.rows) == all_rows.total == 2
    assert [row[0] for row in own.rows] == ["U1"] and nobody.total == 0


def write(folder: Path, given) -> Path:
    folder.mkdir()
    for name, table in given.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def test_each_pack_of_a_roll_up_is_as_if_it_were_alone(tmp_path):
    found = parse_set(SET)
    packs = [
        PackFacts(f"p{k}", write(tmp_path / f"p{k}", facts() if k else empty_facts()), YEAR)
        for k in range(3)
    ]
    (tmp_path / "temp").mkdir()
    result = rollup(packs, found, tmp_path / "temp")
    for pack in packs:
        assert result.packs[pack.id] == compute(found, read_facts(pack.folder), YEAR)
    assert result.totals["2"].value == Decimal("20.0")
    assert (result.totals["2"].numerator, result.totals["2"].denominator) == (4, 20)
    assert result.totals["6"].value == 3  # nobody met, the empty pack counts too
    assert result.totals["3"].groups == (("企", Decimal(4)), ("校", Decimal(6)))
    assert result.struck["3"] == ("p1", "p2")


LESSONS = made(
    ("1", "basic", 'unit="课时"\nplaces=1\nnumerator="SELECT SUM(minutes) FROM mentor_hours"'),
    ("2", "basic", 'unit="课时/人"\nplaces=2\nshape="ratio"\n'
     'numerator="SELECT SUM(minutes) FROM mentor_hours"\ndenominator="SELECT COUNT(*) FROM mentor_hours"'),
    ("3", "basic", "unit=\"课时\"\nplaces=2\nnumerator=\"value('1') + value('4')\""),
    ("4", "basic", 'source="typed"\nunit="课时"\nplaces=1'),
)  # fmt: skip


def lessons():
    """50, 20 and 20 minutes: no finite decimal of lessons alone, two together."""
    given = facts()
    mentors = [
        {"mentor": f"D{n}", "unit": "U1", "kind": "enterprise", "is_dual": False,
         "starts_on": date(2026, 1, 1)}
        for n in range(3)
    ]  # fmt: skip
    hours = [
        {"mentor": f"D{n}", "school": "", "minutes": minutes}
        for n, minutes in enumerate((50, 20, 20))
    ]
    for name, rows in (("mentor", mentors), ("mentor_hours", hours)):
        given[name] = pa.Table.from_pylist(rows, schema=arrow_schema(BY_NAME[name]))
    return given


def test_minutes_are_lessons_of_45_and_stay_exact(tmp_path):
    found, one = parse_set(LESSONS), lessons()
    one["mentor_hours"] = one["mentor_hours"].slice(0, 1)
    typed = [Typed("4", Decimal("2.5"), "课表", (), "甲", "乙")]
    alone = compute(found, one, YEAR, typed=typed)
    assert {c: (o.value, o.numerator) for c, o in alone.items()} == {
        "1": (Decimal("1.1"), 50),
        "2": (Decimal("1.11"), 50),
        "3": (Decimal("3.61"), Decimal("162.5")),
        "4": (Decimal("2.5"), Decimal("112.5")),
    }
    packs = [
        PackFacts(f"p{n}", write(tmp_path / f"p{n}", given), YEAR)
        for n, given in enumerate((one, lessons()))
    ]
    (tmp_path / "temp").mkdir()
    both = rollup(packs, found, tmp_path / "temp")
    assert both.packs["p1"]["1"].value == 2
    assert (both.totals["1"].value, both.totals["1"].numerator) == (Decimal("3.1"), 140)
    assert both.totals["2"].value == Decimal("0.78")  # 140 minutes of four


@pytest.mark.parametrize(
    ("rows", "where", "says"),
    [
        ([("1", "basic", "numerator=\"value('2')\""), ("2", "basic", "numerator=\"value('1')\"")],
         "numerator", "循环引用：1 → 2 → 1"),
        ([("1", "basic", 'numerator="SELECT COUNT(*) FROM nope"')], "numerator", "没有事实表 nope"),
        ([("1", "basic", 'unit="斤"\nnumerator="SELECT COUNT(*) FROM need"')], "unit", "没有单位“斤”"),
        ([("1", "basic", 'unit="人"\nnumerator="SELECT SUM(budget) FROM need"')], "unit", "单位是分"),
        ([("1", "basic", 'unit="家"\nnumerator="SELECT SUM(headcount) FROM need"')], "unit", "单位是人"),
        ([("1", "basic", "numerator=\"SELECT COUNT(*) FROM read_csv('/etc/passwd')\"")], "numerator", "不能读文件"),
        ([("1", "veto", 'numerator="SELECT COUNT(*) FROM need"')], "threshold", "要有达标值"),
        ([("1", "basic", 'shape="ratio"\nnumerator="SELECT COUNT(*) FROM need"')], "denominator", "要有分母"),
        ([("1", "nope", 'numerator="SELECT COUNT(*) FROM need"')], "category", "可用"),
        ([("1", "basic", ""), ("1", "basic", "")], "code", "重复"),
        ([("1", "basic", "numerator=\"value('7')\"")], "numerator", "没有代码为 7"),
        ([("1", "basic", 'unit="课时"\nshape="groups"\n'
           'numerator="SELECT course, SUM(minutes) FROM plan_item GROUP BY course"')], "unit", "不能用 课时"),
    ],
)  # fmt: skip
def test_a_bad_set_says_where_and_what(rows, where, says):
    with pytest.raises(SetRefused) as refused:
        parse_set(made(*rows))
    assert any(f.field == where and says in f.message for f in refused.value.faults)


def test_a_result_that_is_no_number_is_refused():
    with pytest.raises(SetRefused, match="公式的值要是数字，却是文字"):
        parse_set(made(("1", "basic", 'numerator="SELECT MAX(name) FROM member"')))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'",
        "COPY member TO '/tmp/never.csv'", "ATTACH '/tmp/never.db'", "SET threads = 1",
        "SET enable_external_access = true", "INSTALL httpfs",
    ],
)  # fmt: skip
def test_the_second_wall_holds_without_the_first(sql):
    with open_workspace(empty_facts()) as workspace, pytest.raises(FormulaRefused):
        workspace.rows(sql)


def test_facts_that_do_not_fit_are_named():
    given = facts()
    given["need"] = pa.concat_tables([given["need"], given["need"].slice(0, 1)])
    with pytest.raises(FactsRefused, match="need 的 need 重复：N0"):
        compute(parse_set(SET), given, YEAR)
    given = facts() | {"member": facts()["member"].slice(0, 1)}
    with pytest.raises(FactsRefused, match=r"need\.unit 的“U1”在 member 中没有"):
        compute(parse_set(SET), given, YEAR)
    given = facts()
    del given["round"]
    given["need"] = given["need"].drop_columns(["state"])
    with pytest.raises(FactsRefused) as refused:
        compute(parse_set(SET), given, YEAR)
    assert set(refused.value.problems) == {"缺少事实表 round。", "事实表 need 缺少列 state。"}
