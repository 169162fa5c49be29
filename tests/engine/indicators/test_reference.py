"""Computed results equal a slow plain-Python reference on random facts; so do roll-ups and rows."""

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chanjiao_engine.indicators import (
    PackFacts,
    Shape,
    State,
    compute,
    open_workspace,
    parse_formula,
    rollup,
    rows_behind,
)
from tests.engine.indicators.cases import CASES, case_set
from tests.engine.indicators.worlds import YEAR, World

SET = case_set()
SIZES = st.sampled_from((0, 1, 3, 12))


def differences(world: World, outcomes) -> Iterator[str]:
    for name, case in CASES.items():
        wanted = case.reference(world.rows, YEAR.since, YEAR.until)
        found = outcomes[name]
        if wanted is None:
            same = found.state is State.UNDEFINED
        elif found.numerator is None:
            same = False
        elif case.shape is Shape.GROUPS:
            same = dict(found.groups) == wanted
        else:
            same = found.numerator == Fraction(wanted)
        if not same:
            yield f"{name}: {wanted} is wanted, not {found}"


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**9), size=SIZES)
def test_computing_equals_the_reference(seed, size):
    world = World(seed, size)
    assert not list(differences(world, compute(SET, world.facts(), YEAR)))


@settings(max_examples=3, deadline=None)
@given(seeds=st.lists(st.tuples(st.integers(0, 10**9), SIZES), min_size=1, max_size=4))
def test_rolling_up_equals_the_reference_for_every_pack(seeds):
    with tempfile.TemporaryDirectory() as folder:
        worlds, result = rolled_up(Path(folder), seeds, "duckdb")
    for pack, world in worlds.items():
        assert not list(differences(world, result.packs[pack]))
    check_totals(result)


def rolled_up(folder: Path, seeds, engine: str):
    worlds = {f"联合体 {n}=%'": World(seed, size) for n, (seed, size) in enumerate(seeds)}
    packs = [
        PackFacts(pack, world.write(folder / f"文件 {n}"), YEAR)
        for n, (pack, world) in enumerate(worlds.items())
    ]
    temp = folder / f"temp-{engine}"
    temp.mkdir()
    return worlds, rollup(packs, SET, temp, engine=engine)


def check_totals(result) -> None:
    """Totals add up what the packs have, exactly."""
    for one in SET.indicators:
        having = [p[one.code] for p in result.packs.values() if p[one.code].numerator is not None]
        total = result.totals[one.code]
        assert (total.state is State.VALUE) == bool(having)
        if having:
            assert total.numerator == sum((Fraction(o.numerator) for o in having), Fraction(0))
        names = {label for o in having for label, _ in o.groups}
        for name in names:
            amounts = [Fraction(dict(o.groups).get(name, 0)) for o in having]
            assert dict(total.groups)[name] == sum(amounts, Fraction(0))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_the_rows_behind_a_number_give_the_number_again(seed):
    world = World(seed, 12)
    with open_workspace(world.facts()) as workspace:
        for name, case in CASES.items():
            groups = case.shape is Shape.GROUPS
            formula = parse_formula(case.sql, groups=groups, flag=case.shape is Shape.FLAG)
            wanted = case.reference(world.rows, YEAR.since, YEAR.until)
            for group in wanted if groups else [None]:
                found = rows_behind(workspace, formula, YEAR, group=group)
                assert found.total == len(found.rows)
                if not found.columns or found.columns[-1] != "counted":
                    assert found.note
                    continue
                counts = [row[-1] for row in found.rows]
                again = len(set(counts)) if found.distinct else sum(map(Fraction, counts))
                assert again == (wanted[group] if groups else wanted), name
