"""Writing placements: planned, prepared, started through the gate, rotated, ended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Match, Round
from chanjiao.members.models import Consortium
from chanjiao.needs.numbers import take
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record
from chanjiao.training import placement_rules as rules
from chanjiao.training.enums import PlacementState
from chanjiao.training.gate import Finding, judge, keep, not_yet
from chanjiao.training.models import Placement, Stint
from chanjiao.training.placement_checks import check_placement, check_stints
from chanjiao.training.placement_facts import (
    PlacementFacts,
    StintFacts,
    facts_of_stint,
    plain,
    stint_of_post,
)
from chanjiao.training.placement_rows import (
    held,
    held_many,
    lock_hosts,
    lock_students,
    need,
    saved,
    tell_hosts,
    tell_student,
)


class GateShut(Refused):
    """A student may not go on post yet; `findings` say which rules and who mends them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        blocking = [one for one in findings if one.blocks]
        super().__init__("；".join(one.sentence.rstrip("。") for one in blocking[:5]) + "。")
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Started:
    """What came of starting many: those on post now, and those held with their findings."""

    started: tuple[Placement, ...]
    held: tuple[tuple[Placement, tuple[Finding, ...]], ...]


# Planning --------------------------------------------------------------------------------------
def plan_placement(
    facts: PlacementFacts, stints: Sequence[StintFacts], *, by: Actor, at: datetime
) -> Placement:
    """A placement of one's own student; `Invalid` by field, stints under "stints"."""
    with transaction.atomic():
        student = facts.student
        require(rules.may_plan(by, student.school))
        lock_students([student])
        check_placement(facts)
        check_stints(facts.starts_on, facts.ends_on, stints)
        row = _planned(student.cohort.consortium, facts, None, by=by, at=at)
        _write_stints(row, stints)
        data = {"facts": plain(facts), "stints": [plain(one) for one in stints]}
        record("training.plan_placement", row, by=by, at=at, data=data)
    return row


def plan_from_round(
    round_: Round, school: Unit, *, profile: str, by: Actor, at: datetime
) -> list[Placement]:
    """Every published match of the school's students becomes a planned placement, once.

    The time is the post's, as far as the cohort may be away; matches that have a placement, or
    whose student has another one then, are passed over (`skipped_matches` names the latter).
    """
    with transaction.atomic():
        require(rules.may_plan(by, school))
        if round_.state != RoundState.PUBLISHED:
            raise Refused("结果公布后才能安排实习。")
        made = []
        lock_students(match.student for match in open_matches(round_, school))
        for match in open_matches(round_, school):  # again: those planned meanwhile are not
            facts, stint = _of_match(match, profile)
            try:
                check_placement(facts)
            except Invalid:
                continue
            row = _planned(round_.consortium, facts, match, by=by, at=at)
            _write_stints(row, [stint])
            data = {"match": match.pk, "stints": [plain(stint)]}
            record("training.plan_placement", row, by=by, at=at, data=data)
            made.append(row)
        on = day_of(at)
        for host in Unit.objects.filter(stints__placement__in=made).distinct().order_by("pk"):
            told = f"{school.called} 按“{round_.title}”的结果安排学生来贵单位实习，请配好企业导师并核对岗位条件。"
            tell(people_of(host, on), told, at=at, link="/member/hosted/")
    return made


def open_matches(round_: Round, school: Unit) -> list[Match]:
    """Published matches of a school's students that have no placement yet."""
    rows = Match.objects.filter(
        run__round=round_, run__accepted_at__isnull=False, student__school=school,
        round_post__isnull=False, placement__isnull=True,
    ).exclude(student__cohort__isnull=True)  # fmt: skip
    return list(
        rows.select_related(
            "student__cohort", "student__school", "round_post__post__unit"
        ).order_by("student__student_number")
    )


def _of_match(match: Match, profile: str) -> tuple[PlacementFacts, StintFacts]:
    assert match.round_post is not None
    post, cohort = match.round_post.post, match.student.cohort
    starts, ends = (
        max(post.starts_on, cohort.available_from),
        min(post.ends_on, cohort.available_to),
    )
    facts = PlacementFacts(match.student, starts, ends, profile=profile)
    return facts, stint_of_post(post, starts, ends)


def _planned(
    consortium: Consortium, facts: PlacementFacts, match: Match | None, *, by: Actor, at: datetime
) -> Placement:
    row = Placement(
        consortium=consortium, number=take(f"SX-{facts.starts_on.year}", 1)[0],
        school=facts.student.school, match=match, created_by=by.user, created_at=at,
        **_fields(facts),
    )  # fmt: skip
    check_row(row)
    row.save(force_insert=True)
    return row


def _fields(facts: PlacementFacts) -> dict[str, Any]:
    names = (
        "student", "starts_on", "ends_on", "kind", "training_class", "tutor", "profile",
        "self_chosen",
    )  # fmt: skip
    return {name: getattr(facts, name) for name in names}


def _write_stints(row: Placement, stints: Sequence[StintFacts]) -> None:
    for one in sorted(stints, key=lambda found: found.starts_on):
        stint = Stint(placement=row, **one.values())
        check_row(stint)
        stint.save(force_insert=True)


# Preparing -------------------------------------------------------------------------------------
def change_placement(
    placement: Placement, facts: PlacementFacts, stints: Sequence[StintFacts], *, revision: int,
    by: Actor, at: datetime,
) -> Placement:  # fmt: skip
    """Before the start: the whole plan anew. The student stays the same."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_change(by, row))
        need(row, revision)
        if facts.student.pk != row.student_id:
            raise Invalid({"student": ["换学生请取消这条实习，再为另一名学生新建。"]})
        lock_students([facts.student])
        check_placement(facts, but=row)
        check_stints(facts.starts_on, facts.ends_on, stints, but=row)
        for name, value in _fields(facts).items():
            setattr(row, name, value)
        row.stints.all().delete()
        saved(row)
        _write_stints(row, stints)
        data = {"facts": plain(facts), "stints": [plain(one) for one in stints]}
        record("training.change_placement", row, by=by, at=at, data=data)
    return row


# On post ---------------------------------------------------------------------------------------
def start_placements(placements: Iterable[Placement], *, by: Actor, at: datetime) -> Started:
    """Those whose gate is open go on post; the others are told why not. Hosts stay locked
    meanwhile, so that two schools cannot both take the last seat under a cap."""
    with transaction.atomic():
        rows = held_many(placements)
        for row in rows:
            require(rules.may_turn(by, row, PlacementState.RUNNING))
        lock_hosts(rows)
        started: list[Placement] = []
        held: list[tuple[Placement, tuple[Finding, ...]]] = []
        for row in rows:
            verdict = judge([row], on=day_of(at))[row.pk]
            early = (not_yet(row),) if day_of(at) < row.starts_on else ()
            if early or verdict.shut:
                held.append((row, (*early, *verdict.findings)))
                continue
            row.state, row.started_at = PlacementState.RUNNING, at
            saved(row)
            gate = keep(row, verdict, by=by, at=at)
            record("training.start_placement", row, by=by, at=at, data={"gate": gate.digest})
            started.append(row)
            tell_student(row, "实习已开始，请按时提交学习记录。", at)
    return Started(tuple(started), tuple(held))


def rotate(
    placement: Placement, facts: StintFacts, *, reason: str, revision: int, by: Actor, at: datetime
) -> Stint:
    """From a day on at another host or post: the stint of that day ends, those after it give way.

    Of a running placement the gate is asked again; `GateShut` when it is shut.
    """
    with transaction.atomic():
        row = held(placement)
        require(rules.may_rotate(by, row))
        need(row, revision)
        if not reason.strip():
            raise Invalid({"reason": ["请写明变更原因。"]})
        kept = [
            facts_of_stint(one, ends_on=min(one.ends_on, facts.starts_on))
            for one in row.stints.select_related("host", "master", "second_master")
            if one.starts_on < facts.starts_on
        ]
        check_stints(row.starts_on, row.ends_on, [*kept, facts], but=row)
        row.stints.filter(starts_on__gte=facts.starts_on).delete()
        for one in row.stints.filter(ends_on__gt=facts.starts_on):
            one.ends_on = facts.starts_on
            one.revision += 1
            one.save(update_fields=["ends_on", "revision"])
        _write_stints(row, [facts])
        saved(row)
        if row.state == PlacementState.RUNNING:
            lock_hosts([row])
            verdict = judge([row], on=day_of(at))[row.pk]
            if verdict.shut:
                raise GateShut(verdict.findings)
            keep(row, verdict, by=by, at=at)
        record("training.rotate", row, by=by, at=at, reason=reason, data=plain(facts))
    return row.stints.get(starts_on=facts.starts_on)


def end_placement(placement: Placement, *, by: Actor, at: datetime) -> Placement:
    """Over as planned; not before its last day."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_turn(by, row, PlacementState.ENDED))
        if day_of(at) < row.ends_on:
            raise Refused(f"实习到 {row.ends_on} 才结束；提前结束请用“提前终止”并写明原因。")
        row.state = PlacementState.ENDED
        saved(row)
        record("training.end_placement", row, by=by, at=at)
        tell_student(row, "实习已结束，请提交实习总结并评价实习单位。", at)
    return row


def stop_placement(
    placement: Placement, *, on: date, reason: str, by: Actor, at: datetime
) -> Placement:
    """Before its time, with the reason; the last stint ends that day."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_turn(by, row, PlacementState.STOPPED))
        if not row.starts_on < on <= day_of(at) or on >= row.ends_on:
            raise Invalid(
                {"on": [f"终止日期应在 {row.starts_on} 之后，不晚于今天和 {row.ends_on}。"]}
            )
        row.state, row.stopped_on, row.stopped_reason = PlacementState.STOPPED, on, reason.strip()
        if not row.stopped_reason:
            raise Invalid({"reason": ["请写明终止原因。"]})
        row.ends_on = on
        row.stints.filter(starts_on__gte=on).delete()
        for one in row.stints.filter(ends_on__gt=on):
            one.ends_on = on
            one.save(update_fields=["ends_on"])
        saved(row)
        record("training.stop_placement", row, by=by, at=at, reason=reason, data={"on": str(on)})
        tell_hosts(row, f"{row.student.name} 的实习于 {on} 提前终止。", at)
    return row


def cancel_placement(placement: Placement, *, reason: str, by: Actor, at: datetime) -> Placement:
    """It never began."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_turn(by, row, PlacementState.CANCELLED))
        if not reason.strip():
            raise Invalid({"reason": ["请写明原因。"]})
        row.state, row.stopped_reason = PlacementState.CANCELLED, reason.strip()
        saved(row)
        record("training.cancel_placement", row, by=by, at=at, reason=reason)
    return row
