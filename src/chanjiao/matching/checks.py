"""Whether a plan, a list of choices or a score is valid; shared by forms, sheets and actions."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

from chanjiao.kernel.verdict import Invalid
from chanjiao.matching.enums import QuotaScope, RoundState
from chanjiao.matching.models import Round, RoundCohort, RoundPost
from chanjiao.matching.plan import CRITERIA, Limit, Plan, Seat
from chanjiao.members.models import Consortium
from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Student

Problems = dict[str, list[str]]
_POINTS = re.compile(r"([0-9]{1,3})(?:\.([0-9]{0,9}))?")
_TOP = 10_000
_OVER = (RoundState.PUBLISHED, RoundState.CANCELLED)


def check_plan(plan: Plan, consortium: Consortium, round_: Round | None = None) -> None:
    """Raise `Invalid` with every problem by field: weights, dates, cohorts, seats, limits."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    _check_figures(plan, found)
    _check_cohorts(plan, consortium, round_, found)
    _check_seats(plan, consortium, round_, found)
    check_limits(plan.limits, plan.seats, found)
    if found:
        raise Invalid(dict(found))


def _check_figures(plan: Plan, found: Problems) -> None:
    if not plan.title.strip():
        found["title"].append("请填写名称。")
    if set(plan.weights) != set(CRITERIA):
        found["weights"].append("权重应包括：" + "、".join(CRITERIA.values()) + "。")
    elif sum(plan.weights.values()) != 100 or min(plan.weights.values()) < 0:
        found["weights"].append(f"各项权重之和应为 100，现为 {sum(plan.weights.values())}。")
    if plan.closes_at <= plan.opens_at:
        found["closes_at"].append("填报截止应晚于填报开始。")
    if plan.scores_due_at < plan.closes_at:
        found["scores_due_at"].append("评分截止不能早于填报截止。")
    if not 1 <= plan.max_choices <= 50:
        found["max_choices"].append("志愿数上限应在 1 到 50 之间。")
    for name in ("unit_percent", "kind_percent"):
        value = getattr(plan, name)
        if value is not None and not 1 <= value <= 100:
            found[name].append("比例应在 1 到 100 之间；不设上限请留空。")


def _check_cohorts(
    plan: Plan, consortium: Consortium, round_: Round | None, found: Problems
) -> None:
    for cohort in plan.cohorts:
        if cohort.consortium_id != consortium.pk or cohort.state != ListingState.PUBLISHED:
            found["cohorts"].append(f"{cohort}：不是本联合体已发布的批次。")
        elif cohort.kind != plan.kind:
            found["cohorts"].append(f"{cohort}：去向与本轮类型不同。")
    if len({cohort.pk for cohort in plan.cohorts}) < len(plan.cohorts):
        found["cohorts"].append("同一批次出现了两次。")
    busy = RoundCohort.objects.filter(cohort__in=[c.pk for c in plan.cohorts]).exclude(
        round__state__in=_OVER
    )
    for row in busy.exclude(round=round_).select_related("cohort", "round"):
        found["cohorts"].append(f"{row.cohort}：正在参加“{row.round}”。")


def _check_seats(plan: Plan, consortium: Consortium, round_: Round | None, found: Problems) -> None:
    cohorts = {cohort.pk for cohort in plan.cohorts}
    total: Counter[int] = Counter()
    for seat in plan.seats:
        total[seat.post.pk] += seat.capacity
        found["seats"] += _seat_problems(seat, plan, consortium, cohorts)
    for post in {seat.post.pk: seat.post for seat in plan.seats}.values():
        if total[post.pk] > post.headcount:
            found["seats"].append(
                f"{post}：名额合计 {total[post.pk]}，超过需求人数 {post.headcount}。"
            )
    keys = Counter(_seat_key(seat) for seat in plan.seats)
    if any(count > 1 for count in keys.values()):
        found["seats"].append("同一岗位（或同一批次的专供名额）出现了两次。")
    busy = RoundPost.objects.filter(post__in=list(total)).exclude(round__state__in=_OVER)
    for row in busy.exclude(round=round_).select_related("post", "round"):
        found["seats"].append(f"{row.post}：正在参加“{row.round}”。")
    if not found["seats"]:
        del found["seats"]


def _seat_problems(seat: Seat, plan: Plan, consortium: Consortium, cohorts: set[int]) -> list[str]:
    problems = []
    post = seat.post
    if post.consortium_id != consortium.pk or post.state != ListingState.PUBLISHED:
        problems.append(f"{post}：不是本联合体已发布的岗位。")
    elif post.kind != plan.kind:
        problems.append(f"{post}：类型与本轮不同。")
    if seat.capacity < 1 or not 0 <= seat.minimum <= seat.capacity:
        problems.append(f"{post}：名额至少为 1，开班下限不能超过名额。")
    if seat.reserved_for is not None and seat.reserved_for.pk not in cohorts:
        problems.append(f"{post}：专供批次 {seat.reserved_for} 不在本轮中。")
    return problems


def _seat_key(seat: Seat) -> tuple[int, int | None]:
    return seat.post.pk, seat.reserved_for.pk if seat.reserved_for else None


def check_limits(limits: Sequence[Limit], seats: Sequence[Seat], found: Problems) -> None:
    """Add what is wrong with the secretariat's own caps, given the seats they speak of."""
    units = {seat.post.unit_id for seat in seats}
    kinds = {(seat.post.unit_id, seat.post.occupation_code) for seat in seats}
    keys = {_seat_key(seat) for seat in seats}
    problems = [text for limit in limits if (text := _limit_problem(limit, units, kinds, keys))]
    repeated = Counter(
        (x.scope, x.unit, x.occupation_code, x.post, x.reserved_for, x.school) for x in limits
    )
    if any(count > 1 for count in repeated.values()):
        problems.append("同一范围只能有一条名额限制。")
    if problems:
        found.setdefault("limits", []).extend(problems)


def _limit_problem(
    limit: Limit, units: set[int], kinds: set[tuple[int, str]], keys: set[tuple[int, int | None]]
) -> str:
    if limit.capacity < 0:
        return "名额上限不能小于 0。"
    if limit.scope == QuotaScope.SCHOOL_AT_POST:
        reserved = limit.reserved_for.pk if limit.reserved_for else None
        if limit.post is None or limit.school is None or (limit.post.pk, reserved) not in keys:
            return "学校名额须指明本轮的岗位和学校。"
        return ""
    if limit.unit is None or limit.unit.pk not in units:
        return "名额限制须指明有岗位参加本轮的单位。"
    if limit.scope == QuotaScope.KIND and (limit.unit.pk, limit.occupation_code) not in kinds:
        return f"{limit.unit} 在本轮没有职业代码为 {limit.occupation_code or '(空)'} 的岗位。"
    return ""


def check_choices(round_: Round, student: Student, round_posts: Sequence[RoundPost]) -> None:
    """Raise `Invalid` for a list too long, with repeats, of another round or reserved for others.

    Ineligibility is not refused here: it is judged when the match is run, from the facts as they
    are then; the page warns before.
    """
    problems: list[str] = []
    if len(round_posts) > round_.max_choices:
        problems.append(f"最多填 {round_.max_choices} 个志愿，现有 {len(round_posts)} 个。")
    if len({row.pk for row in round_posts}) < len(round_posts):
        problems.append("同一岗位不能填两次。")
    for row in round_posts:
        if row.round_id != round_.pk:
            problems.append(f"“{row}”不在本轮中。")
        elif row.reserved_for_id not in (None, student.cohort_id):
            problems.append(f"“{row}”的这些名额专供其他批次。")
    if problems:
        raise Invalid({"choices": problems})


def hundredths_of(text: str) -> int | None:
    """83.5 → 8350; None for nothing; ValueError with a Chinese sentence otherwise."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    found = _POINTS.fullmatch(text)
    if found is None:
        raise ValueError(f"“{text[:20]}”应为 0 到 100 之间的数字。")
    if len((found[2] or "").rstrip("0")) > 2:
        raise ValueError("评分最多两位小数。")
    hundredths = int(found[1]) * 100 + int((found[2] or "")[:2].ljust(2, "0"))
    if hundredths > _TOP:
        raise ValueError("评分应在 0 到 100 之间。")
    return hundredths


def check_hundredths(value: int) -> None:
    """Raise `Invalid` unless 0 to 100 points."""
    if not 0 <= value <= _TOP:
        raise Invalid({"hundredths": ["评分应在 0 到 100 之间。"]})
