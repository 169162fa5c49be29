"""Several people at once: the last seat under a cap, one student twice, a master's last place, an
exception withdrawn while its student starts."""

from io import BytesIO

import pytest

from chanjiao.council.papers import Upload
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.people.models import Unit
from chanjiao.training.enums import PlacementState
from chanjiao.training.gate import recomputed
from chanjiao.training.models import Gate, Placement, Stint
from chanjiao.training.placement_actions import plan_placement, start_placements
from chanjiao.training.placement_facts import PlacementFacts
from chanjiao.training.placement_preparing import allow_exception, withdraw_exception
from tests.matching.world import make_world
from tests.needs.test_concurrency import together
from tests.training.care_world import master
from tests.training.world import AT, ENDS, ON_DAY, STARTS, plan, prepare, running, stint_facts

pytestmark = pytest.mark.django_db(transaction=True)
RUNNING = PlacementState.RUNNING


def start(world, placements):
    """Each school starts its own, all at the same moment; (started, findings of those held)."""

    def act(index):
        teacher = world.teachers[world.schools.index(placements[index].school)]
        done = start_placements([placements[index]], by=teacher, at=ON_DAY)
        return len(done.started), [f.rule for _, found in done.held for f in found if f.blocks]

    return together(len(placements), act)


@pytest.mark.parametrize(
    ("staff", "same_post", "rule"), [(20, 50, "cap_unit"), (99, 9, "cap_kind")]
)
@pytest.mark.parametrize("turn", range(3))
def test_of_two_schools_one_gets_the_last_seat_under_a_cap(staff, same_post, rule, turn):
    world = make_world(3)
    Unit.objects.filter(pk=world.firms[0].pk).update(staff_count=staff)
    world.firms[0].refresh_from_db()
    if rule == "cap_unit":  # two of twenty: one is on post already
        running(world, 2)
    made = [prepare(world, plan(world, i, same_post_staff=same_post)) for i in (0, 1)]
    done = start(world, made)
    assert sorted(count for count, _ in done) == [0, 1]
    assert [held for count, held in done if not count] == [[rule]]
    on_post = Placement.objects.filter(pk__in=[row.pk for row in made], state=RUNNING)
    assert on_post.get().gates.get().passed
    assert all(recomputed(gate) for gate in Gate.objects.all())


def test_of_two_placements_of_one_student_one_is_planned():
    world = make_world(1)
    facts = PlacementFacts(world.students[0], STARTS, ENDS)

    def act(index):
        stint = stint_facts(world.firms[index])
        return plan_placement(facts, [stint], by=world.teachers[0], at=AT)

    done = together(2, act)
    refused = [one for one in done if isinstance(one, Invalid)]
    assert len(refused) == 1 and "starts_on" in refused[0].problems
    assert Placement.objects.count() == Stint.objects.count() == 1


def test_of_two_learners_one_gets_a_masters_last_place():
    world = make_world(2)
    one = master(world, world.firms[0], at_most=1)
    done = together(2, lambda index: plan(world, index, master=one))
    refused = [found for found in done if isinstance(found, Invalid)]
    assert len(refused) == 1 and "达到上限" in refused[0].problems["stints"][0]
    assert Stint.objects.filter(master=one).count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_an_exception_withdrawn_while_its_student_starts(turn):
    """Either the student starts by it, or it is gone and the gate is shut; the gate kept agrees."""
    world = make_world(1)
    placement = prepare(world, plan(world, 0, major_codes=["530601"]))
    proof = Upload(BytesIO(b"%PDF-1.7 x"), "论证意见.pdf")
    teacher = world.teachers[0]
    override = allow_exception(
        placement, "major_group", reason="跨界课程", proof=proof, by=teacher, at=AT
    )

    def act(index):
        if index == turn % 2:
            return withdraw_exception(override, reason="论证撤回", by=teacher, at=ON_DAY)
        return start_placements([placement], by=teacher, at=ON_DAY)

    done = together(2, act)
    assert not [one for one in done if isinstance(one, Refused)]
    override.refresh_from_db()
    placement.refresh_from_db()
    result = next(one for one in done if hasattr(one, "started"))
    assert override.withdrawn_at == ON_DAY
    if placement.state == RUNNING:
        gate = placement.gates.get()
        assert gate.facts["overrides"] and recomputed(gate)
    else:
        assert [f.rule for f in result.held[0][1] if f.blocks] == ["major_group"]
