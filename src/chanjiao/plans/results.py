"""Weights, proposals and results of reviews: exact fractions of stored numbers, no rounding on the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from chanjiao.plans.enums import SCORE_BANDS, Direction, Stage, VerdictKind
from chanjiao.plans.models import Review, Task

CENT = Decimal("0.01")
HALF_YEAR = (6, 30)
WITHOUT_EVIDENCE = Decimal("89.00")


def rounded(value: Fraction) -> Decimal:
    """To two places, half up."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(CENT, ROUND_HALF_UP)


# Weights -------------------------------------------------------------------------------------
def effective_weights(tasks: Iterable[Task]) -> dict[int, Fraction]:
    """Of each task that is judged itself, its weight in the plan.

    A split task's weight is divided among its parts in the ratio of their weights (equally where
    all are 0). Suspended and cancelled tasks have none. Give all tasks of the plan.
    """
    counted = [task for task in tasks if task.counts]
    parts: dict[int, list[Task]] = defaultdict(list)
    for task in counted:
        if task.parent_id:
            parts[task.parent_id].append(task)
    found: dict[int, Fraction] = {}
    for task in counted:
        if task.parent_id:
            continue
        weight = Fraction(task.weight)
        if task.pk in parts:
            found |= _divided(weight, parts[task.pk])
        else:
            found[task.pk] = weight
    return found


def _divided(weight: Fraction, parts: list[Task]) -> dict[int, Fraction]:
    total = sum((Fraction(part.weight) for part in parts), Fraction(0))
    if not total:
        return {part.pk: weight / len(parts) for part in parts}
    return {part.pk: weight * Fraction(part.weight) / total for part in parts}


# Results -------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Result:
    """The weighted mean of the scores given, and how much of the weight they cover."""

    score: Decimal | None
    judged: int
    tasks: int
    weight: Fraction
    judged_weight: Fraction
    verdicts: Mapping[str, int]

    @property
    def covered(self) -> Decimal:
        """Of the weight, the share judged, in percent."""
        return rounded(100 * self.judged_weight / self.weight) if self.weight else Decimal("0.00")

    @property
    def weight_text(self) -> str:
        """The weight as people write it: 10, 12.5, 3.33."""
        return f"{rounded(self.weight):f}".rstrip("0").rstrip(".")


def result_of(weights: Mapping[int, Fraction], reviews: Mapping[int, Review]) -> Result:
    """`weights` by task, `reviews` of one stage by task."""
    verdicts: dict[str, int] = dict.fromkeys(VerdictKind.values, 0)
    total = judged_weight = weighted = Fraction(0)
    plain = Fraction(0)
    judged = 0
    for pk, weight in weights.items():
        total += weight
        review = reviews.get(pk)
        if review is None:
            continue
        verdicts[review.verdict] += 1
        if review.score is None:
            continue
        judged += 1
        judged_weight += weight
        weighted += weight * Fraction(review.score)
        plain += Fraction(review.score)
    score = None
    if judged:  # where nothing judged has a weight, all count alike
        score = rounded(weighted / judged_weight if judged_weight else plain / judged)
    return Result(score, judged, len(weights), total, judged_weight, verdicts)


def results_by_unit(
    tasks: Iterable[Task], weights: Mapping[int, Fraction], reviews: Mapping[int, Review]
) -> dict[int, Result]:
    """By responsible unit (pk)."""
    own: dict[int, dict[int, Fraction]] = defaultdict(dict)
    for task in tasks:
        if task.pk in weights:
            own[task.unit_id][task.pk] = weights[task.pk]
    return {unit: result_of(theirs, reviews) for unit, theirs in own.items()}


# Proposals -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Proposal:
    """What the figures say; a person decides. `reasons` are Chinese, in the order of reckoning."""

    verdict: str
    score: Decimal | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proven:
    """How much of a task's evidence is accepted."""

    accepted: int = 0
    wanted: int = 0


def propose(task: Task, stage: str, year: int, proven: Proven) -> Proposal:
    """A verdict from target, current value, elapsed time and evidence."""
    cutoff = date(year, *HALF_YEAR)
    if stage == Stage.MIDYEAR and task.starts_on > cutoff:
        return Proposal(
            VerdictKind.NOT_DUE, None, (f"{task.starts_on:%-m 月 %-d 日}开始，年中不评",)
        )
    reached, reason = attainment(task)
    reasons = [reason]
    if stage == Stage.MIDYEAR:
        share = _elapsed(task, cutoff)
        if share < 1:
            reached = min(Fraction(1), reached / share)
            reasons.append(f"时间已过 {rounded(100 * share)}%，按进度要求折算")
    score = rounded(100 * reached)
    if proven.accepted < proven.wanted:
        reasons.append(f"佐证已验收 {proven.accepted}/{proven.wanted}，最高 {WITHOUT_EVIDENCE} 分")
        score = min(score, WITHOUT_EVIDENCE)
    elif proven.wanted:
        reasons.append(f"佐证 {proven.wanted} 项全部验收")
    return Proposal(verdict_of(score), score, tuple(reasons))


def verdict_of(score: Decimal) -> str:
    """The verdict whose band holds a score."""
    for verdict, band in SCORE_BANDS.items():
        if band and band[0] <= score <= band[1]:
            return verdict
    raise ValueError(f"no band holds {score}")


def attainment(task: Task) -> tuple[Fraction, str]:
    """How much of the target is reached, from 0 to 1, and how that was reckoned (Chinese)."""
    if task.direction == Direction.YES_NO:
        if task.current is not None and task.current >= 1:
            return Fraction(1), "已完成"
        return Fraction(task.progress, 100), f"尚未完成，进度 {task.progress}%"
    if task.target is None or task.current is None:
        what = "目标值" if task.target is None else "当前值"
        return Fraction(task.progress, 100), f"没有{what}，按进度 {task.progress}% 估算"
    share = _share(task.direction, Fraction(task.target), Fraction(task.current), task.baseline)
    share = max(Fraction(0), min(Fraction(1), share))
    figures = f"{shown(task.current)} / {shown(task.target)} {task.measure}".rstrip()
    since = "" if task.baseline is None else f"（基期 {shown(task.baseline)}）"
    return share, f"当前 / 目标：{figures}{since}，达成 {rounded(100 * share)}%"


def _share(
    direction: str, target: Fraction, current: Fraction, baseline: Decimal | None
) -> Fraction:
    met = current >= target if direction == Direction.HIGHER else current <= target
    if met:
        return Fraction(1)
    if baseline is not None and (way := target - Fraction(baseline)):
        return (current - Fraction(baseline)) / way
    if direction == Direction.HIGHER:
        return current / target if target > 0 else Fraction(0)
    return target / current if target > 0 else Fraction(0)


def _elapsed(task: Task, cutoff: date) -> Fraction:
    """Of the task's days, the share up to and with the cut-off."""
    days = (task.due_on - task.starts_on).days + 1
    return min(Fraction(1), Fraction((cutoff - task.starts_on).days + 1, days))


def shown(value: Decimal | None) -> str:
    """A stored number as people write it: 20, 0.5, 1,200."""
    if value is None:
        return ""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
