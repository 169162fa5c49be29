"""Placements: planned, prepared, started only through the gate, rotated, ended."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest

from chanjiao.council.papers import Upload
from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Match, Run
from chanjiao.needs.enums import Hazard
from chanjiao.trail.models import Entry
from chanjiao.training.enums import PLACEMENT_MOVES, MentorKind, PlacementState, Site
from chanjiao.training.gate import judge, recomputed
from chanjiao.training.models import Mentor, Placement, Stint
from chanjiao.training.placement_actions import (
    GateShut,
    cancel_placement,
    change_placement,
    end_placement,
    open_matches,
    plan_from_round,
    plan_placement,
    rotate,
    start_placements,
    stop_placement,
)
from chanjiao.training.placement_facts import PlacementFacts
from chanjiao.training.placement_preparing import (
    Declaration,
    allow_exception,
    declare,
    withdraw_exception,
)
from chanjiao.training.queries import placements_visible_to
from chanjiao.training.safeguard_actions import Policy, SafetyFacts, insure, record_safety
from tests.matching.world import make_student, make_world
from tests.people.world import make_user, seen
from tests.training.world import (
    AT,
    ENDS,
    ON_DAY,
    STARTS,
    later,
    plan,
    prepare,
    running,
    stint_facts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def codes(placement, on=STARTS):
    placement.refresh_from_db()
    return {one.rule for one in judge([placement], on=on)[placement.pk].blocking}


def test_a_prepared_placement_starts_and_keeps_its_gate(world):
    placement = prepare(world, plan(world))
    done = start_placements([placement], by=world.teachers[0], at=ON_DAY)
    assert [row.pk for row in done.started] == [placement.pk] and not done.held
    placement.refresh_from_db()
    gate = placement.gates.get()
    assert placement.state == PlacementState.RUNNING and gate.passed and recomputed(gate)
    assert Entry.objects.filter(action="training.start_placement").get().data == {
        "gate": gate.digest
    }
    gate.facts["placements"][0]["pay"] = 1
    assert not recomputed(gate)


def test_nothing_prepared_means_the_gate_says_everything_that_is_missing(world):
    placement = plan(world)
    done = start_placements([placement], by=world.teachers[0], at=ON_DAY)
    ((held, findings),) = done.held
    assert held.pk == placement.pk and not done.started
    blocking = {one.rule: one for one in findings if one.blocks}
    assert set(blocking) >= {
        "agreement", "consent_student", "consent_guardian", "insurance", "training", "test",
        "intermediary", "forced", "documents_held",
    }  # fmt: skip
    assert blocking["training"].outcome == "待补" and blocking["training"].mender == "实习单位"
    assert "请学校" in blocking["insurance"].sentence and "：" not in blocking["agreement"].sentence
    placement.refresh_from_db()
    assert placement.state == PlacementState.PLANNED and not placement.gates.exists()


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"wage_fen": 299_999, "peer_wage_fen": 500_000, "lowest_wage_fen": 300_000}, "wage"),
        ({"day_minutes": 481}, "hours"),
        ({"from_minute": 840, "to_minute": 1321}, "night_shift"),
        ({"from_minute": 359, "to_minute": 840}, "night_shift"),
        ({"intensity": "3"}, "intensity"),
        ({"hazards": [Hazard.VENUE]}, "venue"),
        ({"hazards": [Hazard.RADIATION]}, "hazard"),
        ({"major_codes": ["530601"]}, "major_group"),
        ({"site": Site.FACTORY_IN_SCHOOL, "site_registered": False}, "site"),
        ({"same_post_staff": 4}, "cap_kind"),
        ({"same_post_staff": None}, "cap_kind"),
    ],
)  # fmt: skip
def test_a_condition_outside_the_law_shuts_the_gate(world, changed, rule):
    assert codes(prepare(world, plan(world, **changed))) == {rule}


@pytest.mark.parametrize(
    "changed",
    [
        {"wage_fen": 300_000},
        {"day_minutes": 480},
        {"from_minute": 840, "to_minute": 1320},
        {"from_minute": 360, "to_minute": 840},
        {"intensity": "2"},
        {"major_codes": ["460199"]},
        {"site": Site.FACTORY_IN_SCHOOL, "site_registered": True},
        {"same_post_staff": 5},
        {"hazards": [Hazard.NOISE]},
    ],
)
def test_a_condition_at_the_edge_is_inside_the_law(world, changed):
    assert codes(prepare(world, plan(world, **changed))) == set()


def test_sixteen_on_the_day_and_a_minor_in_the_chemical_park(world):
    world.students[0].birth_date = date(2010, 11, 24)
    world.students[0].save()
    placement = prepare(world, plan(world, chemical_site=True))
    assert codes(placement) == {"minor_chemical"}
    world.students[0].birth_date = date(2010, 11, 25)
    world.students[0].save()
    assert codes(placement) == {"minor_chemical", "age_under_16"}


def test_the_cap_counts_those_on_post_of_every_school(world):
    """One of a staff of 19 may come (10 %), two of 20, whatever school they are of."""
    world.firms[0].staff_count = 19
    world.firms[0].save()
    first = prepare(world, plan(world, 0))
    second = prepare(world, plan(world, 1))
    assert start_placements([first], by=world.teachers[0], at=ON_DAY).started
    done = start_placements([second], by=world.teachers[1], at=ON_DAY)
    ((_, findings),) = done.held
    assert [one.rule for one in findings if one.blocks] == ["cap_unit"]
    world.firms[0].staff_count = 20
    world.firms[0].save()
    assert start_placements([second], by=world.teachers[1], at=ON_DAY).started


def test_the_cap_counts_those_who_will_come_later(world):
    """Somebody on post rotates to the host in sixty days; a newcomer must leave room for that."""
    turn = STARTS + timedelta(days=60)
    world.firms[1].staff_count = 19
    world.firms[1].save()
    first = running(world, 0)
    first.stints.update(ends_on=turn)
    moved = stint_facts(world.firms[1], starts_on=turn)
    Stint.objects.create(placement=first, **moved.values())
    long = prepare(world, plan(world, 1, host=world.firms[1]))
    assert codes(long) == {"cap_unit"}
    long.stints.update(ends_on=turn)
    assert codes(long) == set()


def test_an_exception_needs_a_rule_that_allows_it_and_its_proof(world):
    placement = prepare(world, plan(world, major_codes=["530601"]))
    proof = Upload(BytesIO(b"%PDF-1.7 x"), "论证意见.pdf")
    with pytest.raises(Invalid):
        allow_exception(
            placement, "agreement", reason="急", proof=proof, by=world.teachers[0], at=AT
        )
    override = allow_exception(
        placement, "major_group", reason="跨界课程", proof=proof, by=world.teachers[0], at=AT
    )
    assert codes(placement) == set()
    withdraw_exception(override, reason="撤回", by=world.teachers[0], at=AT)
    assert codes(placement) == {"major_group"}


@pytest.mark.parametrize("flag", ["intermediary", "forced", "fees_charged", "papers_held"])
def test_what_a_school_declares_against_itself_blocks(world, flag):
    placement = prepare(world, plan(world))
    said = {"intermediary": False, "forced": False, "fees_charged": False, "papers_held": False}
    declare([placement], Declaration(**{**said, flag: True}), by=world.teachers[0], at=AT)
    assert len(codes(placement)) == 1


def test_henan_asks_for_filing_and_mental_health(world):
    placement = prepare(world, plan(world))
    placement.profile = "河南"
    placement.save()
    assert codes(placement) == {"filing", "mental_health"}
    said = Declaration(False, False, False, False, mental_assessed_on=STARTS, filed_on=STARTS)
    declare([placement], said, by=world.teachers[0], at=AT)
    assert codes(placement) == set()


def test_insurance_must_cover_the_whole_time(world):
    placement = prepare(world, plan(world))
    placement.insurances.all().delete()
    short = Policy("示例保险", "PZ-2", STARTS, ENDS - timedelta(days=1))
    insure([placement], short, by=world.teachers[0], at=AT)
    assert codes(placement) == {"insurance"}
    rest = Policy("示例保险", "PZ-3", ENDS - timedelta(days=1), ENDS)
    insure([placement], rest, by=world.teachers[0], at=AT)
    assert codes(placement) == set()


def test_a_failed_test_taken_again(world):
    placement = prepare(world, plan(world))
    placement.safety.all().delete()
    record_safety([placement], SafetyFacts("training", AT.date()), by=world.teachers[0], at=AT)
    failed = SafetyFacts("test", AT.date(), score=50, passed=False)
    record_safety([placement], failed, by=world.teachers[0], at=AT)
    assert codes(placement) == {"test"}
    record_safety([placement], replace(failed, score=90, passed=True), by=world.teachers[0], at=AT)
    assert codes(placement) == set() and placement.safety.count() == 2


# Rotation --------------------------------------------------------------------------------------
def test_rotation_ends_one_stint_and_asks_the_gate_again(world):
    placement = running(world)
    turn = STARTS + timedelta(days=60)
    facts = stint_facts(world.firms[1], starts_on=turn, day_minutes=600)
    with pytest.raises(GateShut) as shut:
        rotate(placement, facts, reason="轮岗", revision=placement.revision, by=world.teachers[0], at=later(30))  # fmt: skip
    assert {one.rule for one in shut.value.findings if one.blocks} == {"hours", "agreement"}
    placement.refresh_from_db()
    assert placement.stints.count() == 1, "nothing half-saved"


def test_a_planned_placement_may_have_several_hosts_from_the_start(world):
    student, turn = world.students[0], STARTS + timedelta(days=60)
    stints = [
        stint_facts(world.firms[0], ends_on=turn),
        stint_facts(world.firms[1], starts_on=turn),
    ]
    placement = plan_placement(
        PlacementFacts(student, STARTS, ENDS), stints, by=world.teachers[0], at=AT
    )
    assert [one.host_id for one in placement.stints.all()] == [one.pk for one in world.firms]
    gap = replace(stints[1], starts_on=turn + timedelta(days=1))
    with pytest.raises(Invalid) as refused:
        change_placement(
            placement, PlacementFacts(student, STARTS, ENDS), [stints[0], gap],
            revision=placement.revision, by=world.teachers[0], at=AT,
        )  # fmt: skip
    assert "没有岗位安排" in str(refused.value)


def test_a_master_must_be_of_the_host_and_in_office(world):
    wrong = Mentor.objects.create(
        consortium=world.consortium, unit=world.firms[1], number="DS-1", name="师傅",
        kind=MentorKind.ENTERPRISE, starts_on=date(2026, 1, 1),
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        plan(world, master=wrong)
    assert "不是该单位的企业导师" in str(refused.value)


# Who, when -------------------------------------------------------------------------------------
def test_two_placements_of_one_student_cannot_overlap(world):
    plan(world)
    with pytest.raises(Invalid) as refused:
        plan(world)
    assert "已有实习" in str(refused.value)


def test_another_school_may_not_place_or_start_a_student(world):
    facts = PlacementFacts(world.students[0], STARTS, ENDS)
    with pytest.raises(Refused):
        plan_placement(facts, [stint_facts(world.firms[0])], by=world.teachers[1], at=AT)
    placement = plan(world)
    for stranger in (world.teachers[1], world.recruiters[0], world.secretary):
        with pytest.raises(Refused):
            start_placements([placement], by=stranger, at=ON_DAY)


def test_a_form_from_an_older_state_is_refused(world):
    placement = plan(world)
    facts = PlacementFacts(placement.student, STARTS, ENDS)
    change_placement(
        placement, facts, [stint_facts(world.firms[0])], revision=placement.revision,
        by=world.teachers[0], at=AT,
    )  # fmt: skip
    with pytest.raises(Conflict):
        change_placement(
            placement, facts, [stint_facts(world.firms[0])], revision=placement.revision,
            by=world.teachers[0], at=AT,
        )  # fmt: skip


def test_ending_stopping_and_cancelling(world):
    first = running(world, 0)
    with pytest.raises(Refused):
        end_placement(first, by=world.teachers[0], at=later(10))
    stopped = stop_placement(
        first, on=later(10).date(), reason="病休", by=world.teachers[0], at=later(10)
    )
    assert stopped.ends_on == later(10).date() == stopped.stints.get().ends_on
    second = running(world, 2)
    assert end_placement(second, by=world.teachers[0], at=later(200)).state == "ended"
    third = plan(world, 1)
    assert cancel_placement(third, reason="参军", by=world.teachers[1], at=AT).state == "cancelled"


ACTS = {
    PlacementState.RUNNING: lambda p, by: start_placements([p], by=by, at=ON_DAY),
    PlacementState.ENDED: lambda p, by: end_placement(p, by=by, at=later(300)),
    PlacementState.STOPPED: lambda p, by: stop_placement(
        p, on=later(5).date(), reason="因故", by=by, at=later(5)
    ),
    PlacementState.CANCELLED: lambda p, by: cancel_placement(p, reason="因故", by=by, at=AT),
}


@pytest.mark.parametrize("state", PlacementState.values)
@pytest.mark.parametrize("target", sorted(ACTS))
@pytest.mark.parametrize("role", ["school", "other", "host", "office", "student"])
def test_moves_by_state_target_and_role(world, state, target, role):
    placement = prepare(world, plan(world))
    Placement.objects.filter(pk=placement.pk).update(
        state=state, started_at=ON_DAY if state == PlacementState.RUNNING else None,
        stopped_on=ENDS if state == PlacementState.STOPPED else None, stopped_reason="因故",
    )  # fmt: skip
    user = make_user("xuesheng")
    world.students[0].user = user
    world.students[0].save()
    by = {
        "school": world.teachers[0], "other": world.teachers[1], "host": world.recruiters[0],
        "office": world.secretary, "student": seen(user),
    }[role]  # fmt: skip
    if role == "school" and target in PLACEMENT_MOVES[state]:
        ACTS[target](placement, by)
        placement.refresh_from_db()
        assert placement.state == target
    else:
        with pytest.raises(Refused):
            ACTS[target](placement, by)
        placement.refresh_from_db()
        assert placement.state == state


def test_who_sees_a_placement(world):
    user = make_user("xuesheng")
    world.students[0].user = user
    world.students[0].save()
    placement = running(world)
    sees = lambda actor, on=STARTS: placement in placements_visible_to(actor, on=on)  # noqa: E731
    assert sees(world.teachers[0]) and sees(world.recruiters[0]) and sees(seen(user))
    assert not sees(world.teachers[1]) and not sees(world.recruiters[1])
    assert not sees(world.secretary) and not sees(None)
    end_placement(placement, by=world.teachers[0], at=later(200))
    placement.refresh_from_db()
    assert sees(world.recruiters[0], ENDS + timedelta(days=59))
    assert not sees(world.recruiters[0], ENDS + timedelta(days=60))
    assert sees(world.teachers[0], ENDS + timedelta(days=400))


def test_a_round_published_becomes_placements_once(world):
    from tests.matching.world import drafted

    round_ = drafted(world)
    run = Run.objects.create(
        round=round_, state=RunState.ACCEPTED, seed="1", asked_by=world.secretary.user, asked_at=AT,
        accepted_by=world.secretary.user, accepted_at=AT,
    )  # fmt: skip
    seats = world.seats()
    for i, student in enumerate(world.students):
        Match.objects.create(
            run=run, student=student, round_post=seats[i % 2], rank=1, pseudonym=f"P{i}"
        )
    with pytest.raises(Refused):
        plan_from_round(round_, world.schools[0], profile="全国", by=world.teachers[0], at=AT)
    type(round_).objects.filter(pk=round_.pk).update(state=RoundState.PUBLISHED)
    world.reload()
    made = plan_from_round(
        world.round, world.schools[0], profile="全国", by=world.teachers[0], at=AT
    )
    assert {row.student_id for row in made} == {world.students[0].pk, world.students[2].pk}
    assert made[0].stints.get().wage_fen == 400_000 and made[0].starts_on == date(2027, 3, 1)
    again = plan_from_round(
        world.round, world.schools[0], profile="全国", by=world.teachers[0], at=AT
    )
    assert again == [] and open_matches(world.round, world.schools[1])


def test_judging_many_costs_the_same_queries(world, django_assert_num_queries):
    make_student(world.cohorts[0], 9)
    placements = [prepare(world, plan(world, i)) for i in range(3)]
    rows = Placement.objects.select_related("student__cohort", "school").filter(
        pk__in=[one.pk for one in placements]
    )
    for some in (rows.order_by("pk")[:1], rows.order_by("pk")):
        found = list(some)
        with django_assert_num_queries(9):
            judge(found, on=STARTS)
