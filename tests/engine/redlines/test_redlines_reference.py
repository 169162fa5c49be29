"""The engine against the same rules in plain Python, row by row, on random rosters."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chanjiao_engine.redlines import load
from tests.engine.redlines.plain import judge
from tests.engine.redlines.rosters import AT, findings, random_roster

PROVINCES = ("全国", "江苏", "河南", "湖北", "山西")


@pytest.mark.parametrize("seed", range(60))
def test_every_finding_is_the_one_plain_python_makes(seed):
    roster = random_roster(random.Random(seed), size=12)
    province = PROVINCES[seed % len(PROVINCES)]
    assert findings(roster, province=province) == judge(roster, at=AT, province=province)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(PROVINCES))
def test_every_finding_on_rosters_hypothesis_looks_for(source, province):
    roster = random_roster(source, size=5)
    assert findings(roster, province=province) == judge(roster, at=AT, province=province)


def test_the_random_rosters_reach_every_rule_and_outcome():
    """Each rule is broken and cannot be told somewhere in the rosters above, or they prove little."""
    seen = set()
    for seed in range(60):
        roster = random_roster(random.Random(seed), size=12)
        province = PROVINCES[seed % len(PROVINCES)]
        seen |= {found[:2] for found in judge(roster, at=AT, province=province)}
    broken = {code for code, outcome in seen if outcome == 1}
    unknown = {code for code, outcome in seen if outcome == 2}
    assert {code for code, outcome in seen if outcome == 3} >= {"cap_unit", "wage", "hours"}
    assert broken - unknown == {"pay_missing"}
    rules = {rule.code for name in PROVINCES for rule in load(name, on=AT).rules}
    assert broken == rules and unknown <= rules
