"""What a student sees and does."""

import pytest
from django.urls import reverse

from chanjiao.kernel.clock import now
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import ChoiceSheet, Match
from chanjiao.matching.queries import chosen, sheet_of
from chanjiao.web.student.rounds import changed
from tests.matching.world import (
    CLOSES,
    OPENS,
    SECOND,
    choose,
    in_state,
    make_post,
    make_world,
    opened,
    scoring,
)
from tests.web.rounds.pages import get, post, queries, text

COST = 14
pytestmark = pytest.mark.django_db


def listed(world, index=0):
    return [row.post for row in chosen(sheet_of(world.round, world.students[index]))]


def test_home_says_what_to_do_and_by_when():
    world = make_world()
    opened(world)
    page = text(get(world.actor(0), reverse("student:home")))
    for part in ("2027 年春季岗位实习", "还没有填报", "2026-11-30 18:00", "填报志愿"):
        assert part in page
    choose(world, 0, 0)
    assert "已填 1 个志愿" in text(get(world.actor(0), reverse("student:home")))
    assert "已截止" in text(get(world.actor(0), reverse("student:home"), at=CLOSES))
    assert "即将开始" in text(get(world.actor(0), reverse("student:home"), at=OPENS - SECOND))


def test_the_list_of_posts_shows_facts_and_why_not():
    world = make_world()
    make = {"shift": "night", "place": "夜班车间", "wage_fen": 520_000}
    world.posts.append(make_post(world.consortium, world.firms[1], "夜班操作工", **make))
    opened(world)
    address = reverse("student:round", args=[world.round.pk])
    page = text(get(world.actor(0), address))
    for part in (
        "数控车工",
        "4,000 元/月",
        "2 人",
        "白班",
        "2027-03-01",
        "符合条件",
        "夜班（22:00",
    ):
        assert part in page
    assert "夜班操作工" not in text(get(world.actor(0), address, fits="1"))
    assert "数控车工" not in text(get(world.actor(0), address, q="夜班"))
    assert "数控车工" not in text(get(world.actor(0), address, place="夜班车间"))
    assert "数控车工" in text(get(world.actor(0), address, major="mine"))
    assert "没有符合条件的岗位" in text(get(world.actor(0), address, q="不存在的"))


def test_autosave_answers_with_the_revision_and_the_time():
    world = make_world()
    opened(world)
    seats = world.seats()
    address = reverse("student:round_save", args=[world.round.pk])
    data = {"posts": [seats[2].pk, seats[0].pk], "revision": 0}
    answer = post(world.actor(0), address, data)
    assert answer.json() == {"revision": 1, "saved_at": "10:00:00"}
    assert listed(world) == [world.posts[2], world.posts[0]]


def test_a_stale_tab_gets_both_lists():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    address = reverse("student:round_save", args=[world.round.pk])
    answer = post(world.actor(0), address, {"posts": [world.seats()[1].pk], "revision": 0})
    assert answer.status_code == 409
    saved = answer.json()
    assert saved["revision"] == 1
    assert [one["name"] for one in saved["posts"]] == ["数控车工"]
    assert listed(world) == [world.posts[0]]


@pytest.mark.parametrize(
    ("at", "status"), [(CLOSES - SECOND, 200), (CLOSES, 422), (OPENS - SECOND, 422)]
)
def test_saving_at_the_deadline(at, status):
    world = make_world()
    opened(world)
    address = reverse("student:round_save", args=[world.round.pk])
    answer = post(world.actor(0), address, {"posts": [world.seats()[0].pk], "revision": 0}, at=at)
    assert answer.status_code == status
    assert ChoiceSheet.objects.count() == (status == 200)
    if status == 422:
        assert answer.json()["message"]


def test_a_post_that_is_not_in_the_round_is_refused_not_dropped():
    world = make_world()
    opened(world)
    other = make_world()
    opened(other)
    address = reverse("student:round_save", args=[world.round.pk])
    answer = post(world.actor(0), address, {"posts": [other.seats()[0].pk], "revision": 0})
    assert answer.status_code == 422
    assert not ChoiceSheet.objects.exists()


def test_every_button_works_without_javascript():
    world = make_world()
    opened(world)
    seats = world.seats()
    address = reverse("student:round_change", args=[world.round.pk])
    steps = [
        (f"add:{seats[0].pk}", [0]), (f"add:{seats[1].pk}", [0, 1]), (f"up:{seats[1].pk}", [1, 0]),
        (f"down:{seats[1].pk}", [0, 1]), (f"remove:{seats[0].pk}", [1]),
    ]  # fmt: skip
    for revision, (act, expected) in enumerate(steps):
        answer = post(world.actor(0), address, {"act": act, "revision": revision})
        assert answer.status_code == 302
        assert listed(world) == [world.posts[i] for i in expected]
    page = text(get(world.actor(0), reverse("student:round", args=[world.round.pk])))
    assert "已保存 10:00:00" in page
    assert (
        post(world.actor(0), address, {"act": f"add:{seats[2].pk}", "revision": 0}).status_code
        == 409
    )


def test_steps_that_make_no_sense_change_nothing():
    assert changed([1, 2], "up", 1) == [1, 2]
    assert changed([1, 2], "down", 2) == [1, 2]
    assert changed([1, 2], "remove", 9) == [1, 2]
    assert changed([1, 2], "add", 1) == [1, 2]
    assert changed([1, 2], "", 1) == [1, 2]


@pytest.mark.parametrize("state", list(RoundState))
def test_pages_in_every_state(state):
    world = make_world()
    in_state(world, state)
    actor = world.actor(0)
    if state == RoundState.DRAFT:
        assert get(actor, reverse("student:round", args=[world.round.pk])).status_code == 404
        return
    for name in ("student:home", "student:round_list", "student:result_list"):
        assert get(actor, reverse(name)).status_code == 200
    answer = get(actor, reverse("student:round", args=[world.round.pk]))
    assert answer.status_code == (302 if state == RoundState.PUBLISHED else 200)
    if state not in {RoundState.PUBLISHED, RoundState.CHOOSING}:
        assert 'value="add:' not in text(answer)


def test_strangers_staff_and_students_of_other_rounds_are_kept_out():
    world, other = make_world(), make_world()
    opened(world)
    opened(other)
    for name in ("round", "round_save", "round_change", "result"):
        address = reverse(f"student:{name}", args=[world.round.pk])
        ask = post if name in {"round_save", "round_change"} else get
        assert ask(None, address).status_code == 302
        for actor in (other.actor(0), world.teachers[0], world.recruiters[0], world.secretary):
            assert ask(actor, address).status_code == 404, (name, actor.name)


def test_the_result_tells_why_and_how_to_check():
    world = make_world()
    scoring(world)
    run = world.round.runs.create(
        state=RunState.ACCEPTED, seed="1", asked_by=world.secretary.user, asked_at=now()
    )
    reasons = [
        {"post": world.seats()[0].pk, "reason": "post_full", "text": "没有录取到 甲：满了。"},
        {"post": world.seats()[1].pk, "reason": "admitted", "text": "录取到 乙：第 2 志愿。"},
    ]
    Match.objects.create(
        run=run, student=world.students[0], round_post=world.seats()[1], rank=2,
        pseudonym="ABCDEFGH23", reasons=reasons,
    )  # fmt: skip
    address = reverse("student:result", args=[world.round.pk])
    assert get(world.actor(0), address).status_code == 404
    world.round.state = RoundState.PUBLISHED
    world.round.save()
    page = text(get(world.actor(0), address))
    for part in ("装配钳工", "第 2 志愿", "没有录取到 甲：满了。", "ABCDEFGH23"):
        assert part in page
    assert get(world.actor(1), address).status_code == 404
    assert "装配钳工" in text(get(world.actor(0), reverse("student:result_list")))


def test_queries_do_not_grow_with_posts():
    costs = []
    for count in (1, 3):
        world = make_world()
        for n in range(count):
            world.posts.append(make_post(world.consortium, world.firms[0], f"岗位{n}"))
        opened(world)
        choose(world, 0, *range(count))
        costs.append(queries(world.actor(0), reverse("student:round", args=[world.round.pk])))
    assert costs == [COST, COST]
