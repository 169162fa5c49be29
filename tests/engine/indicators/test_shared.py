"""Formulas that share a reading give what each gives alone, and none answers for another."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chanjiao_engine.indicators import (
    PackFacts,
    State,
    arrow_schema,
    compute,
    engine_duckdb,
    parse_set,
    rollup,
    shared,
)
from chanjiao_engine.indicators.schema import BY_NAME
from tests.engine.indicators.cases import case_set
from tests.engine.indicators.test_indicators_named import YEAR, facts, made, write
from tests.engine.indicators.worlds import World

# The cube of 10¹³ 分 has 40 digits; DECIMAL holds 38.
BIG = made(
    ("1", "basic", 'unit="条"\nnumerator="SELECT COUNT(*) FROM need"'),
    ("2", "basic", 'numerator="SELECT SUM(n.budget * n.budget * n.budget) FROM need n"'),
    ("3", "basic", 'unit="%"\nshape="ratio"\nscale=100\nnumerator="SELECT COUNT(*) FROM need"\n'
     'denominator="SELECT SUM(budget * budget * budget) FROM need"'),
    ("4", "basic", 'shape="groups"\nnumerator="SELECT kind, SUM(budget * budget * budget) FROM need GROUP BY kind"'),
    ("5", "basic", "numerator=\"value('2') + value('1')\""),
)  # fmt: skip


def with_budget(budget: int):
    given = facts()
    rows = [row | {"budget": budget} for row in given["need"].to_pylist()]
    return given | {"need": pa.Table.from_pylist(rows, schema=arrow_schema(BY_NAME["need"]))}


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9), size=st.sampled_from((0, 3, 12)))
def test_each_number_is_what_it_is_alone(seed, size):
    world, found = World(seed, size), case_set()
    parts = shared.parts_of(found, YEAR)
    assert len(shared.shared(parts)) < len(parts)
    together = compute(found, world.facts(), YEAR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "MAX_SHARED", 1)
        assert len(shared.shared(parts)) == len(parts)
        assert compute(found, world.facts(), YEAR) == together


def test_what_all_say_stays_in_the_where_and_the_rest_filters():
    found = parse_set(made(
        ("1", "basic", "numerator=\"SELECT COUNT(*) FROM need WHERE kind = 'post' AND headcount > 1\""),
        ("2", "basic", "numerator=\"SELECT SUM(n.budget) FROM need n WHERE n.headcount > 1\""),
    ))  # fmt: skip
    (group,) = shared.shared(shared.parts_of(found, YEAR))
    sql = shared.merged([part.tree for part in group]).sql("duckdb")
    where = sql.partition(" WHERE ")[2] if ") FROM" not in sql else sql.rpartition(" WHERE ")[2]
    assert "headcount" in where and "kind" not in where
    assert sql.count("FILTER") == 1


def check_big(outcomes) -> None:
    assert [o.state for o in outcomes.values()] == [State.VALUE, *[State.UNDEFINED] * 4]
    assert outcomes["1"].value == 7
    assert outcomes["2"].message == "无法计算：公式的数值超出 38 位，请检查所用事实数据中过大的数"
    assert outcomes["3"].message.startswith("无法计算：分母的数值超出 38 位")
    assert outcomes["4"].numerator is None and not outcomes["4"].groups
    assert "指标 2 公式的数值超出 38 位" in outcomes["5"].message


def test_a_number_that_is_too_large_is_missing_and_the_others_are_there():
    check_big(compute(parse_set(BIG), with_budget(10**13), YEAR))
    fits = compute(parse_set(BIG), with_budget(10**3), YEAR)
    assert {o.state for o in fits.values()} == {State.VALUE}
    assert fits["2"].value == 7 * 10**9


def test_a_sum_of_39_digits_is_too_large_though_duckdb_would_hold_it():
    found = parse_set(made(("2", "basic", 'numerator="SELECT SUM(budget * budget) FROM need"')))
    fits, too_large = (
        compute(found, with_budget(budget), YEAR)["2"] for budget in (3 * 10**18, 4 * 10**18)
    )
    assert fits.value == 7 * 9 * 10**36
    assert (too_large.state, too_large.numerator) == (State.UNDEFINED, None)


def check_big_rollup(tmp_path, engine: str) -> None:
    packs = [
        PackFacts(f"p{n}", write(tmp_path / f"p{n}", with_budget(budget)), YEAR)
        for n, budget in enumerate((10**3, 10**13, 10**2))
    ]
    (tmp_path / "temp").mkdir()
    result = rollup(packs, parse_set(BIG), tmp_path / "temp", engine=engine)
    check_big(result.packs["p1"])
    for pack, budget in (("p0", 10**3), ("p2", 10**2)):
        assert result.packs[pack] == compute(parse_set(BIG), with_budget(budget), YEAR)
    assert result.totals["1"].value == 21
    assert result.totals["2"].numerator == 7 * Decimal(10**9 + 10**6)
    assert "2/3 家有值" in result.totals["2"].message


def test_only_the_pack_with_the_large_number_is_without_it(tmp_path):
    check_big_rollup(tmp_path, "duckdb")


def test_tables_read_where_they_lie_give_the_same(tmp_path, monkeypatch):
    packs = [PackFacts(f"p{n}", World(n, 12).write(tmp_path / f"it's {n}"), YEAR) for n in range(3)]
    found = case_set()
    results = []
    for number, limit in enumerate((1 << 30, 0)):
        monkeypatch.setattr(engine_duckdb, "SMALL", limit)
        (tmp_path / f"temp{number}").mkdir()
        results.append(rollup(packs, found, tmp_path / f"temp{number}"))
    assert results[0] == results[1]
