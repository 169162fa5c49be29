"""Sixteen at once: numbers without gap or double; of two checkers one decides."""

import pytest

from chanjiao.kernel.verdict import Refused
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_check_actions as checks
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.models import Evidence
from tests.needs.test_concurrency import together
from tests.people.world import AT
from tests.plans.evidence_world import DUE, asked, filled, make_world, picture, submitted

pytestmark = pytest.mark.django_db(transaction=True)


def test_sixteen_writers_get_sixteen_numbers():
    world = make_world()

    def write(index):
        if index % 2:
            return actions.offer_evidence(
                world.tasks[0], "photo", f"照片 {index}", by=world.teacher, at=AT
            )
        wishes = [
            actions.Wish(task, "minutes", f"纪要 {index}", DUE)
            for task in (world.tasks if index % 4 else reversed(world.tasks))
        ]
        return actions.ask_evidence(world.plan, wishes, by=world.office, at=AT)

    done = together(16, write)
    assert not [outcome for outcome in done if isinstance(outcome, Exception)]
    for task, expected in zip(world.tasks, (16, 8, 8), strict=True):
        numbers = list(
            Evidence.objects.filter(task=task).order_by("number").values_list("number", flat=True)
        )
        assert numbers == list(range(1, expected + 1))


def test_of_two_checkers_one_decides():
    world = make_world()
    row = submitted(world, asked(world))

    def decide(index):
        if index:
            return checks.accept_evidence(row, by=world.office, at=AT)
        return checks.return_evidence(
            row, {"": "补"}, by=world.second, at=AT, revision=row.revision
        )

    together(2, decide)
    row.refresh_from_db()
    assert row.submissions.get().outcome == row.state
    assert row.state in {EvidenceState.ACCEPTED, EvidenceState.RETURNED}


def test_two_accept_the_same_many():
    world = make_world()
    rows = [submitted(world, asked(world, task)) for task in world.tasks]

    def accept(index):
        order = rows if index else rows[::-1]
        by = world.office if index else world.second
        return checks.accept_many(order, by=by, at=AT)

    done = together(2, accept)
    assert sum(isinstance(outcome, Refused) for outcome in done) == 1
    assert Evidence.objects.filter(state=EvidenceState.ACCEPTED).count() == 3


def test_of_two_with_one_file_one_is_suspected():
    world, photo = make_world(), picture()
    rows = [filled(world, asked(world, task), photo) for task in world.tasks[:2]]
    done = together(2, lambda index: actions.submit_evidence(rows[index], by=world.teacher, at=AT))
    assert sorted(row.flag for row in done) == ["", "open"]
