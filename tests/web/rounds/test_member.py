"""What enterprises and schools see and do in a round."""

import pytest
from django.urls import reverse

from chanjiao.matching.choices import record_choices
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import ChoiceSheet, Score
from chanjiao.matching.scoring import Mark, save_scores
from tests.matching.world import (
    AT,
    CLOSES,
    SCORES_DUE,
    choose,
    in_state,
    make_student,
    make_world,
    opened,
    scoring,
)
from tests.web.rounds.pages import get, post, queries, text

COSTS = (12, 11, 9, 12)
pytestmark = pytest.mark.django_db


def grid(world, seat=0):
    return reverse("member:round_score", args=[world.round.pk, world.seats()[seat].pk])


@pytest.mark.parametrize("state", list(RoundState))
def test_pages_in_every_state_for_both_sides(state):
    world = make_world()
    in_state(world, state)
    for actor in (world.recruiters[0], world.teachers[0]):
        listed = text(get(actor, reverse("member:round_list")))
        detail = get(actor, reverse("member:round_detail", args=[world.round.pk]))
        if state == RoundState.DRAFT:
            assert "2027 年春季岗位实习" not in listed
            assert detail.status_code == 404
        else:
            assert "2027 年春季岗位实习" in listed
            assert detail.status_code == 200
        assert get(actor, reverse("member:scoring_list")).status_code == 200


def test_the_grid_saves_and_keeps_what_was_typed_when_wrong():
    world = make_world()
    scoring(world)
    hr, (a, b, c) = world.recruiters[0], world.students
    page = text(get(hr, grid(world)))
    for part in (a.name, "80.00", "示例职业学院A", "未评分 3 人"):
        assert part in page
    assert a.student_number not in page
    assert str(a.birth_date) not in page
    wrong = post(hr, grid(world), {f"score-{a.pk}": "83.5", f"score-{b.pk}": "abc"})
    assert wrong.status_code == 422
    assert 'value="abc"' in text(wrong)
    assert not Score.objects.exists()
    data = {
        f"score-{a.pk}": "83.5",
        f"score-{b.pk}": "90",
        f"note-{b.pk}": "好",
        f"score-{c.pk}": "",
    }
    assert post(hr, grid(world), data).status_code == 302
    assert Score.objects.count() == 2
    assert 'value="83.5"' in text(get(hr, grid(world)))


def test_a_stale_grid_shows_both_scores():
    world = make_world()
    scoring(world)
    hr, a = world.recruiters[0], world.students[0]
    save_scores(world.seats()[0], [Mark(a, 9900)], by=hr, at=AT)
    answer = post(hr, grid(world), {f"score-{a.pk}": "50", f"revision-{a.pk}": "0"})
    assert answer.status_code == 409
    assert "已保存的是 99" in text(answer)
    assert 'value="50"' in text(answer)
    assert Score.objects.get().hundredths == 9900


def test_after_the_due_time_the_grid_only_shows():
    world = make_world()
    scoring(world)
    hr, a = world.recruiters[0], world.students[0]
    assert "评分已于" in text(get(hr, grid(world), at=SCORES_DUE))
    late = post(hr, grid(world), {f"score-{a.pk}": "50"}, at=SCORES_DUE)
    assert late.status_code == 422
    assert not Score.objects.exists()


def test_before_choosing_ends_nobody_sees_applicants():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    answer = get(world.recruiters[0], grid(world))
    assert answer.status_code == 403
    assert world.students[0].name not in text(answer)


def test_other_units_find_nothing():
    world, other = make_world(), make_world()
    scoring(world)
    addresses = [
        grid(world), reverse("member:round_score_import", args=[world.round.pk]),
        reverse("member:round_students", args=[world.round.pk]),
        reverse("member:round_student", args=[world.round.pk, world.students[0].pk]),
        reverse("member:round_choice_import", args=[world.round.pk]),
    ]  # fmt: skip
    for address in addresses:
        assert get(None, address).status_code == 302
        for actor in (other.recruiters[0], other.teachers[0], world.actor(0), world.secretary):
            assert get(actor, address).status_code == 404, address
    assert get(world.recruiters[1], grid(world)).status_code == 404
    assert get(world.teachers[1], addresses[3]).status_code == 404
    assert get(world.teachers[0], grid(world)).status_code == 404
    assert get(world.teachers[0], addresses[1]).status_code == 404
    assert get(world.recruiters[0], addresses[4]).status_code == 404
    page = text(get(world.recruiters[0], addresses[2]))
    assert not any(student.name in page for student in world.students)
    page = text(get(world.teachers[0], addresses[2]))
    assert world.students[0].name in page
    assert world.students[1].name not in page
    sent = get(world.teachers[0], addresses[2], export="csv")
    body = b"".join(sent.streaming_content).decode("utf-8-sig")
    assert world.students[0].name in body
    assert world.students[1].name not in body


def test_workbooks_go_out_to_their_own_unit():
    world = make_world()
    scoring(world)
    for actor, name in (
        (world.recruiters[0], "member:round_score_import"),
        (world.teachers[0], "member:round_choice_import"),
    ):
        address = reverse(name, args=[world.round.pk])
        assert get(actor, address).status_code == 200
        sent = get(actor, address, file="export")
        assert b"".join(sent.streaming_content)[:2] == b"PK"


def test_a_school_records_a_paper_list():
    world = make_world()
    student = make_student(world.cohorts[0], 5, user=None)
    opened(world)
    seats = world.seats()
    address = reverse("member:round_student", args=[world.round.pk, student.pk])
    teacher = world.teachers[0]
    assert "按纸质志愿表代录" in text(get(teacher, address))
    data = {"revision": 0, "choice1": seats[1].pk, "choice2": "", "choice3": seats[0].pk}
    assert post(teacher, address, data).status_code == 302
    sheet = ChoiceSheet.objects.get()
    assert [c.round_post for c in sheet.choices.order_by("rank")] == [seats[1], seats[0]]
    stale = post(teacher, address, data | {"choice2": seats[2].pk})
    assert stale.status_code == 409
    assert "已在另一处保存" in text(stale)
    twice = post(teacher, address, data | {"revision": 1, "choice2": seats[0].pk})
    assert twice.status_code == 422
    assert post(teacher, address, data, at=CLOSES).status_code == 422
    assert "已于" in text(get(teacher, address, at=CLOSES))


def test_own_list_of_a_student_is_shown_not_edited():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    page = text(
        get(
            world.teachers[0],
            reverse("member:round_student", args=[world.round.pk, world.students[0].pk]),
        )
    )
    assert "已自行填报" in page
    assert "按纸质志愿表代录" not in page


def test_queries_do_not_grow_with_rows():
    costs = []
    for count in (1, 3):
        world = make_world(students=count)
        opened(world)
        for student in world.students[::2]:
            record_choices(
                student, world.round, world.seats()[:1], revision=0, by=world.teachers[0], at=AT
            )
        world.round.state = RoundState.SCORING
        world.round.save()
        costs.append(
            (
                queries(world.recruiters[0], grid(world)),
                queries(world.recruiters[0], reverse("member:round_detail", args=[world.round.pk])),
                queries(world.recruiters[0], reverse("member:scoring_list")),
                queries(world.teachers[0], reverse("member:round_students", args=[world.round.pk])),
            )
        )
    assert costs == [COSTS, COSTS]
