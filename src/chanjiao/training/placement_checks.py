"""Whether a placement and its stints are possible at all; the law is asked by the gate."""

import itertools
from collections.abc import Iterable, Sequence
from datetime import date

from chanjiao.kernel.period import overlaps
from chanjiao.kernel.verdict import Invalid
from chanjiao.training.enums import ALIVE, MentorKind
from chanjiao.training.mentors import check_mentor, lock_mentor
from chanjiao.training.models import Mentor, Placement
from chanjiao.training.placement_facts import PlacementFacts, StintFacts


def check_placement(facts: PlacementFacts, *, but: Placement | None = None) -> None:
    """`Invalid` for a tutor of another school, a wrong period, or another placement then."""
    problems: dict[str, list[str]] = {}
    if facts.ends_on <= facts.starts_on:
        problems["ends_on"] = ["结束日期应晚于开始日期。"]
    tutor = facts.tutor
    if tutor and (tutor.kind != MentorKind.SCHOOL or tutor.unit_id != facts.student.school_id):
        problems["tutor"] = [f"“{tutor.name}”不是本校的指导教师。"]
    other = _other(facts, but)
    if other is not None:
        told = f"该学生 {other.starts_on} 至 {other.ends_on} 已有实习 {other.number}。"
        problems["starts_on"] = [told + "请先结束或取消它，或改用岗位变更。"]
    if problems:
        raise Invalid(problems)


def _other(facts: PlacementFacts, but: Placement | None) -> Placement | None:
    rows = Placement.objects.filter(student=facts.student, state__in=ALIVE)
    rows = rows.filter(starts_on__lt=facts.ends_on, ends_on__gt=facts.starts_on)
    rows = rows.exclude(pk=but.pk) if but else rows
    return rows.order_by("starts_on").first()


def check_stints(
    starts_on: date, ends_on: date, stints: Sequence[StintFacts], *, but: Placement | None = None
) -> None:
    """`Invalid` unless the stints lie in the placement one after another and fill it, and every
    master has room for one more; masters stay locked to the end of the transaction."""
    ordered = sorted(stints, key=lambda one: one.starts_on)
    if not ordered:
        raise Invalid({"stints": ["请至少填写一段岗位安排。"]})
    _lock_in_order(ordered)
    problems = [problem for one in ordered for problem in _stint_problems(one, but)]
    for before, after in itertools.pairwise(ordered):
        if overlaps((before.starts_on, before.ends_on), (after.starts_on, after.ends_on)):
            problems.append(f"{before.host.called} 与 {after.host.called} 的时间重叠。")
        elif after.starts_on > before.ends_on:
            problems.append(f"{before.ends_on} 到 {after.starts_on} 没有岗位安排。")
    if ordered[0].starts_on != starts_on or ordered[-1].ends_on != ends_on:
        problems.append(f"各段岗位合起来应正好是 {starts_on} 至 {ends_on}。")
    if problems:
        raise Invalid({"stints": problems})


def _lock_in_order(stints: Sequence[StintFacts]) -> None:
    """Every master at once, by number: two plans with the same masters wait, never for each other."""
    wanted = {m.pk for one in stints for m in (one.master, one.second_master) if m is not None}
    list(Mentor.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))


def check_masters(one: StintFacts, *, but: Placement | None = None) -> None:
    """`Invalid` unless the stint's masters are of its host, in office throughout, two persons, and
    have room for one more."""
    problems = list(_stint_problems(one, but))
    if problems:
        raise Invalid({"master": problems})


def _stint_problems(one: StintFacts, but: Placement | None) -> Iterable[str]:
    where = one.host.called
    if one.ends_on <= one.starts_on:
        yield f"{where}：结束日期应晚于开始日期。"
    for mentor in (one.master, one.second_master):
        if mentor is not None:
            yield from _mentor_problems(one, mentor, but)
    if one.master is not None and one.master == one.second_master:
        yield f"{where}：第二导师不能与企业导师是同一人。"


def _mentor_problems(one: StintFacts, mentor: Mentor, but: Placement | None) -> Iterable[str]:
    if mentor.unit_id != one.host.pk or mentor.kind != MentorKind.ENTERPRISE:
        yield f"{one.host.called}：“{mentor.name}”不是该单位的企业导师。"
        return
    verdict = check_mentor(lock_mentor(mentor), (one.starts_on, one.ends_on), apart_from=but)
    if not verdict:
        yield f"{one.host.called}：{verdict.reason}"
