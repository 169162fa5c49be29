"""Indicators of the demonstration set beside plain Python, written from what each observes."""

from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chanjiao_engine.indicators import Source, State, compute, empty_facts, parse_set
from tests.engine.indicators.training_references import TRAINING, in_year
from tests.engine.indicators.worlds import YEAR, World

ROOT = Path(__file__).resolve().parents[3]
SET = parse_set(
    (ROOT / "src/chanjiao/indicators/data/demo.toml").read_text(encoding="utf-8")
)  # fmt: skip
FEN = 1_000_000  # 分 in 万元
LESSONS = dict.fromkeys(("22", "36"), 45)  # indicators in 课时, and the 分钟 of one


def before_end(day) -> bool:
    return day is not None and day < YEAR.until


def industries(f):
    return sum(row["industry_count"] for row in f["consortium"])


def resolutions(f):
    """Of what quorate meetings of the year passed and the year should see done: what was done."""
    meetings = {m["meeting"] for m in f["meeting"] if m["quorate"] and in_year(m["held_on"])}
    due = [
        r for r in f["resolution"]
        if r["passed"] and r["meeting"] in meetings and before_end(r["due_on"])
    ]  # fmt: skip
    return sum(before_end(r["carried_out_on"]) for r in due), len(due)


def places_filled(f):
    rounds = {r["round"]: r["seats"] or 0 for r in f["round"] if in_year(r["published_on"])}
    filled = sum(m["round"] in rounds and m["employer"] is not None for m in f["match"])
    return filled, sum(rounds.values())


def technology(f):
    asked = [n for n in f["need"] if n["kind"] == "technology" and in_year(n["published_on"])]
    return sum(n["state"] == "matched" for n in asked), len(asked)


def equipment(f):
    return sum(
        Fraction(o["value"] or 0, FEN)
        for o in f["offer"]
        if o["kind"] == "station"
        and o["state"] in {"published", "matched"}
        and before_end(o["published_on"])
    )


REFERENCES = {
    "2": industries, "7": resolutions, "23": places_filled, "27": technology,
    "39": equipment, **TRAINING,
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**9), size=st.sampled_from((0, 12, 300)))
def test_figures_are_those_of_plain_python(seed, size):
    world = World(seed, size)
    found = compute(SET, world.facts(), YEAR)
    for code, reference in REFERENCES.items():
        wanted, outcome = reference(world.rows), found[code]
        if isinstance(wanted, tuple):
            assert (outcome.numerator, outcome.denominator) == wanted, code
            assert (outcome.state is State.UNDEFINED) == (wanted[1] == 0), code
            if wanted[1]:
                assert outcome.value == round(Fraction(100 * wanted[0], wanted[1]), 1), code
        else:
            assert (outcome.state, outcome.numerator) == (State.VALUE, Fraction(wanted)), code
            exact = Fraction(wanted, LESSONS.get(code, 1))
            assert outcome.value == round(exact, SET.indicator(code).places), code


def test_the_worlds_have_what_the_figures_count():
    """A comparison of zeros would prove nothing."""
    worlds = [World(seed, 40).rows for seed in range(30)]
    for code, reference in REFERENCES.items():
        values = [reference(rows) for rows in worlds]
        assert any(all(v) if isinstance(v, tuple) else v for v in values), code


def test_what_no_fact_yields_is_said_to_have_no_source():
    absent = [one.code for one in SET.indicators if one.source is Source.ABSENT]
    assert absent == ["28", "29", "30", "31"]
    for facts in (World(5, 12).facts(), empty_facts()):
        found = compute(SET, facts, YEAR)
        for code in absent:
            said = found[code].state, found[code].value, found[code].message
            assert said == (State.ABSENT, None, "暂无数据来源"), code
