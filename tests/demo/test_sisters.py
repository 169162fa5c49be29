"""Sister consortia: plausible, different, the same each time, and they verify."""

from datetime import date, datetime

import pytest

from chanjiao.demo.sisters import SISTERS, sister_packs
from chanjiao.indicators.sets import demo_text
from chanjiao.kernel.clock import ZONE
from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.outcomes import State
from chanjiao_engine.indicators.packs import verify_bytes

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
AT = datetime(2026, 1, 20, 9, 0, tzinfo=ZONE)


@pytest.fixture(scope="module")
def verified():
    found = {}
    for pack in sister_packs(demo_text(), YEAR, created=AT):
        done = verify_bytes(memoryview(pack.data), pins=[pack.key.fingerprint])
        assert done.holds, done.difference
        found[pack.sister.code] = {o.code: o for o in done.opened.outcomes}
    return found


def test_every_name_says_it_is_an_example():
    assert all(sister.name.startswith("示例") for sister in SISTERS)


def test_they_differ_in_what_matters(verified):
    assert len(verified) == 5
    struck = {
        code: {c for c, o in outcomes.items() if o.struck} for code, outcomes in verified.items()
    }
    assert struck == {code: {"41"} if code == "shili-jinzhou" else set() for code in verified}
    assert verified["shili-yingkou"]["7"].state is State.UNDEFINED
    assert verified["shili-dandong"]["9"].state is State.AWAITED
    assert verified["shili-shenyang"]["10"].reached
    assert not verified["shili-dandong"]["10"].reached


def test_values_are_plausible(verified):
    for outcomes in verified.values():
        for outcome in outcomes.values():
            if outcome.denominator is not None and outcome.value is not None:
                assert 0 <= outcome.value <= 100, outcome
        assert outcomes["28"].state is State.ABSENT


def test_the_same_arguments_give_the_same_bytes(verified):
    small = [p.data for p in sister_packs(demo_text(), YEAR, created=AT)][-1]
    again = [p.data for p in sister_packs(demo_text(), YEAR, created=AT)][-1]
    assert small == again
