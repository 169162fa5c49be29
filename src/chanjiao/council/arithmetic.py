"""The arithmetic of a vote, in whole numbers and fractions: quorum, threshold, outcome, sentence.

Pure values: no rows, no clock. The outcome's sentence carries its own arithmetic, so that anybody
with the minutes can check it: 通过：应到 43，实到 31，赞成 22，须 ≥ 2/3 即 21.
"""

from dataclasses import dataclass
from fractions import Fraction

from chanjiao.council.enums import Base, Choice, TieRule

_BASE_WORDS = {Base.ENTITLED: "应到", Base.PRESENT: "实到", Base.CAST: "所投"}


@dataclass(frozen=True, slots=True)
class Quorum:
    """At least this fraction of the entitled. `written`: replies take the place of presence."""

    share: Fraction
    written: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a kind of motion needs: a fraction of a base, reached (≥) or exceeded (>)."""

    share: Fraction
    base: str
    strict: bool
    abstentions_count: bool = True
    tie: str = TieRule.FAILS


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one motion, in seats; those who must avoid it are in none of them."""

    entitled: int
    present: int
    votes_for: int
    votes_against: int
    votes_abstained: int

    def __post_init__(self) -> None:
        figures = (self.votes_for, self.votes_against, self.votes_abstained)
        if min(figures) < 0 or not sum(figures) <= self.present <= self.entitled:
            raise ValueError("票数之和不能超过实到，实到不能超过应到。")

    @property
    def silent(self) -> int:
        """Present, but without a vote."""
        return self.present - self.votes_for - self.votes_against - self.votes_abstained


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a meeting can decide, and what it lacks."""

    reached: bool
    required: int
    missing: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided. `needs_casting`: a tie which the chair has to break first."""

    passed: bool
    required: int
    needs_casting: bool
    sentence: str


def least(share: Fraction, base: int, *, strict: bool) -> int:
    """The smallest whole number that reaches (or, strict, exceeds) the share; never below one."""
    product = share * base
    whole = product.numerator // product.denominator
    reached = whole + 1 if strict or whole != product else whole
    return max(1, reached)


def quorum_of(quorum: Quorum, *, entitled: int, present: int, proxies: int = 0) -> Standing:
    """Whether enough are there (or have replied), with the sentence."""
    required = least(quorum.share, entitled, strict=False)
    missing = max(0, required - present)
    came = "回复" if quorum.written else "实到"
    by_proxy = f"（其中委托 {proxies}）" if proxies else ""
    words = "达到法定人数" if not missing else "未达到法定人数"
    lack = f"，还差 {missing}" if missing else ""
    sentence = (
        f"{words}：应到 {entitled}，{came} {present}{by_proxy}，"
        f"须 ≥ {_share(quorum.share)} 即 {required}{lack}"
    )
    return Standing(not missing, required, missing, sentence)


def base_of(requirement: Requirement, tally: Tally) -> int:
    """What the fraction is taken of. Absents count only in a base of all entitled."""
    bases = {
        Base.ENTITLED: tally.entitled,
        Base.PRESENT: tally.present,
        Base.CAST: tally.votes_for + tally.votes_against + tally.votes_abstained,
    }
    left_out = 0 if requirement.abstentions_count else tally.votes_abstained
    return bases[Base(requirement.base)] - left_out


def outcome_of(
    requirement: Requirement, tally: Tally, quorum: Quorum, *, casting: str = ""
) -> Outcome:
    """Passed or not. Without quorum nothing passes. `casting` is the chair's word in a tie."""
    standing = quorum_of(quorum, entitled=tally.entitled, present=tally.present)
    base = base_of(requirement, tally)
    required = least(requirement.share, base, strict=requirement.strict)
    enough = tally.votes_for >= required
    tied = requirement.tie == TieRule.CHAIR and may_be_cast(requirement, tally, required)
    passed = standing.reached and (enough or (tied and casting == Choice.FOR))
    needs_casting = standing.reached and tied and casting not in {Choice.FOR, Choice.AGAINST}
    sentence = _sentence(requirement, tally, quorum, standing, base, required, passed)
    if standing.reached and tied and not needs_casting:
        sentence += f"；票数相等，主持人决定：{Choice(casting).label}"
    return Outcome(passed, required, needs_casting, sentence)


def may_be_cast(requirement: Requirement, tally: Tally, required: int) -> bool:
    """A tie in which one more vote would reach the threshold."""
    equal = 0 < tally.votes_for == tally.votes_against
    return equal and tally.votes_for < required <= tally.votes_for + 1


def _sentence(
    requirement: Requirement, tally: Tally, quorum: Quorum, standing: Standing,
    base: int, required: int, passed: bool,
) -> str:  # fmt: skip
    sign = ">" if requirement.strict else "≥"
    came = "回复" if quorum.written else "实到"
    silent = f"，未投 {tally.silent}" if tally.silent else ""
    left_out = "" if requirement.abstentions_count else "、不计弃权"
    lack = "" if standing.reached else f"；未达到法定人数，须 {standing.required}"
    return (
        f"{'通过' if passed else '未通过'}：应到 {tally.entitled}，{came} {tally.present}，"
        f"赞成 {tally.votes_for}，须 {sign} {_share(requirement.share)} 即 {required}"
        f"（以{_BASE_WORDS[Base(requirement.base)]} {base}{left_out} 为基数；"
        f"反对 {tally.votes_against}，弃权 {tally.votes_abstained}{silent}）{lack}"
    )


def _share(share: Fraction) -> str:
    return "全体" if share == 1 else f"{share.numerator}/{share.denominator}"
