"""The arithmetic of votes at every boundary, against counting by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao.council.arithmetic import Quorum, Requirement, Tally, least, outcome_of, quorum_of
from chanjiao.council.enums import Base, Choice, TieRule

SHARES = [Fraction(n, d) for d in range(1, 8) for n in range(1, d + 1)]
NO_QUORUM = Quorum(Fraction(1, 1000))
FORMS = [
    (share, base, strict, counted)
    for share in SHARES
    for base in Base.values
    for strict in (True, False)
    if not (strict and share == 1)
    for counted in (True, False)
]


def by_hand(share: Fraction, base: int, strict: bool) -> int:
    """The first whole number from one up that reaches or exceeds the share, tried one by one."""
    return next(
        n
        for n in range(1, base + 2)
        if (n * share.denominator > share.numerator * base if strict
            else n * share.denominator >= share.numerator * base)
    )  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("share", SHARES)
def test_the_least_number_is_the_one_found_by_trying(share, strict):
    for base in range(64):
        assert least(share, base, strict=strict) == by_hand(share, base, strict)


@pytest.mark.parametrize("share", SHARES)
def test_the_quorum_turns_exactly_at_its_number(share):
    for entitled in range(1, 50):
        required = by_hand(share, entitled, False)
        for present in {required - 1, required, required + 1} & set(range(entitled + 1)):
            standing = quorum_of(Quorum(share), entitled=entitled, present=present)
            assert standing.reached == (present >= required)
            assert standing.missing == max(0, required - present)
            assert f"即 {required}" in standing.sentence


@pytest.mark.parametrize(("share", "base", "strict", "counted"), FORMS)
def test_every_form_of_rule_turns_exactly_at_its_number(share, base, strict, counted):
    """One vote below, at, and above; absents and abstentions in every base."""
    entitled, present = 43, 31
    rule = Requirement(share, base, strict, counted)
    for abstained in (0, 1, 7):
        for votes in range(present - abstained + 1):
            against = present - abstained - votes - (1 if votes + abstained < present else 0)
            tally = Tally(entitled, present, votes, against, abstained)
            sizes = {Base.ENTITLED: 43, Base.PRESENT: 31, Base.CAST: votes + against + abstained}
            size = sizes[Base(base)] - (0 if counted else abstained)
            needed = by_hand(share, size, strict)
            outcome = outcome_of(rule, tally, NO_QUORUM)
            assert outcome.required == needed
            assert outcome.passed == (votes >= needed)
            assert outcome.sentence.startswith("通过" if votes >= needed else "未通过")


@given(
    st.sampled_from(SHARES), st.sampled_from(Base.values), st.booleans(), st.booleans(),
    st.integers(1, 400), st.data(),
)  # fmt: skip
def test_against_counting_without_division(share, base, strict, counted, entitled, data):
    present = data.draw(st.integers(0, entitled))
    votes = data.draw(st.integers(0, present))
    against = data.draw(st.integers(0, present - votes))
    abstained = data.draw(st.integers(0, present - votes - against))
    tally = Tally(entitled, present, votes, against, abstained)
    size = {"entitled": entitled, "present": present, "cast": votes + against + abstained}[base]
    size -= 0 if counted else abstained
    left, right = votes * share.denominator, share.numerator * size
    reached = votes > 0 and (left > right if strict else left >= right)
    assert outcome_of(Requirement(share, base, strict, counted), tally, NO_QUORUM).passed == reached


def test_the_sentence_of_the_issue():
    """通过：应到 43，实到 31，赞成 22，须 ≥ 2/3 即 21"""
    rule = Requirement(Fraction(2, 3), Base.PRESENT, False)
    quorum = Quorum(Fraction(2, 3))
    said = outcome_of(rule, Tally(43, 31, 22, 5, 4), quorum)
    assert said.sentence.startswith("通过：应到 43，实到 31，赞成 22，须 ≥ 2/3 即 21")
    assert "反对 5，弃权 4" in said.sentence
    assert quorum_of(quorum, entitled=43, present=31, proxies=2).sentence == (
        "达到法定人数：应到 43，实到 31（其中委托 2），须 ≥ 2/3 即 29"
    )
    assert not outcome_of(rule, Tally(43, 31, 20, 7, 4), quorum).passed
    assert outcome_of(rule, Tally(43, 31, 21, 6, 4), quorum).passed


def test_more_than_half_and_at_least_half_differ_where_half_is_whole():
    half = Fraction(1, 2)
    even, odd = Tally(30, 30, 15, 14, 1), Tally(31, 31, 15, 15, 1)
    assert not outcome_of(Requirement(half, Base.PRESENT, True), even, NO_QUORUM).passed
    assert outcome_of(Requirement(half, Base.PRESENT, False), even, NO_QUORUM).passed
    assert not outcome_of(Requirement(half, Base.PRESENT, False), odd, NO_QUORUM).passed


def test_without_a_quorum_nothing_passes():
    rule = Requirement(Fraction(1, 2), Base.PRESENT, True)
    said = outcome_of(rule, Tally(43, 28, 28, 0, 0), Quorum(Fraction(2, 3)))
    assert not said.passed
    assert "未达到法定人数，须 29" in said.sentence


def test_nobody_s_votes_never_pass():
    for base in Base.values:
        rule = Requirement(Fraction(1, 2), base, False)
        assert not outcome_of(rule, Tally(5, 5, 0, 0, 0), NO_QUORUM).passed
        assert not outcome_of(rule, Tally(5, 5, 0, 0, 5), NO_QUORUM).passed


@pytest.mark.parametrize(
    ("votes", "abstained", "matters"), [(15, 0, True), (14, 2, False), (10, 10, False)]
)
def test_the_chair_breaks_a_tie_only_where_one_vote_would_decide(votes, abstained, matters):
    rule = Requirement(Fraction(1, 2), Base.PRESENT, True, tie=TieRule.CHAIR)
    tally = Tally(30, 30, votes, votes, abstained)
    asked = outcome_of(rule, tally, NO_QUORUM)
    assert asked.needs_casting == matters
    assert not asked.passed
    assert outcome_of(rule, tally, NO_QUORUM, casting=Choice.FOR).passed == matters
    assert not outcome_of(rule, tally, NO_QUORUM, casting=Choice.AGAINST).passed


def test_a_tie_fails_where_the_rules_say_so():
    rule = Requirement(Fraction(1, 2), Base.PRESENT, True)
    said = outcome_of(rule, Tally(30, 30, 15, 15, 0), NO_QUORUM, casting=Choice.FOR)
    assert not said.passed
    assert not said.needs_casting


@pytest.mark.parametrize(
    "figures", [(5, 6, 0, 0, 0), (5, 5, 3, 2, 1), (5, 5, -1, 0, 0), (5, 4, 5, 0, 0)]
)
def test_figures_that_cannot_be_are_refused(figures):
    with pytest.raises(ValueError, match="票数之和"):
        Tally(*figures)
