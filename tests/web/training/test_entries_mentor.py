"""A mentor's link: many at once, what was edited meanwhile, forged, expired and replaced links."""

from datetime import timedelta

import pytest
from django.test import Client

from chanjiao.links.queries import token_of
from chanjiao.training import review_actions as mentor
from chanjiao.training.entry_actions import change_entry
from chanjiao.training.enums import EntryState
from chanjiao.training.models import Entry, Grade
from tests.people.world import AT, TODAY
from tests.training.entry_world import journal, make_placement, make_world, photo, values, written
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


def door(world, master=0):
    return f"/m/{token_of(world.link(master))}/"


def ticks(*rows):
    return {"entry": [f"{row.pk}:{row.revision}" for row in rows]}


def test_many_at_once_without_an_account():
    world = make_world()
    world.placements.append(make_placement(world, 2))
    rows = [written(world), written(world, day=TODAY), written(world, 2)]
    other, page = written(world, 1), written(world, values=journal(world))
    shown = text(get(None, door(world)))
    assert "3 条学习记录待确认" in shown
    assert all(world.placements[n].student.name in shown for n in (0, 2))
    assert world.placements[1].student.name not in shown and page.text not in shown.replace(
        rows[0].text, ""
    )
    change_entry(rows[1], values(world, text="又改了一遍"), revision=1, by=world.pupil(), at=AT)
    answer = post(None, door(world) + "confirm/", ticks(*rows, other))
    shown = text(answer)
    assert answer.status_code == 409 and "已确认 2 条" in shown and "刚刚有改动" in shown
    assert "又改了一遍" in shown and "不由您确认" in shown and "1 条学习记录待确认" in shown
    states = {row.pk: row.state for row in Entry.objects.order_by("pk")}
    assert [states[row.pk] for row in (*rows, other, page)] == [
        "confirmed", "submitted", "confirmed", "submitted", "submitted"
    ]  # fmt: skip
    assert answer["Cache-Control"] == "private, no-store" and "noindex" in answer["X-Robots-Tag"]
    nothing = post(None, door(world) + "confirm/", {})
    assert nothing.status_code == 422 and "请先勾选" in text(nothing)


def test_all_are_ticked_without_a_script():
    world = make_world()
    written(world)
    assert "checked data-pick" not in text(get(None, door(world)))
    assert "checked data-pick" in text(get(None, door(world) + "?all=1"))


def test_one_is_corrected_another_sent_back():
    world = make_world()
    first, second = written(world), written(world, day=TODAY)
    at = f"{door(world)}entries/{first.pk}/"
    assert "请写明" in text(
        post(None, at, {"hours": "6", "revision": 1, "correct": "1", "remark": ""})
    )
    done = post(None, at, {"hours": "6", "remark": "午休不计", "revision": 1, "correct": "1"})
    assert done.status_code == 302
    post(
        None,
        f"{door(world)}entries/{second.pk}/",
        {"remark": "没做过", "revision": 1, "reject": "1"},
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.confirmed_minutes) == (EntryState.CORRECTED, 360)
    assert (second.state, second.remark) == (EntryState.REJECTED, "没做过")
    assert "午休不计" in text(get(None, at))


def test_a_stale_page_is_refused_and_the_next_try_is_about_what_is_shown():
    world = make_world()
    row = written(world)
    change_entry(row, values(world, text="新的内容"), revision=1, by=world.pupil(), at=AT)
    at = f"{door(world)}entries/{row.pk}/"
    told = {"remark": "不对", "revision": 1, "reject": "1"}
    answer = post(None, at, told)
    assert answer.status_code == 409 and "新的内容" in text(answer)
    assert 'name="revision" value="2"' in text(answer)
    assert post(None, at, told | {"revision": 2}).status_code == 302


def test_photos_open_for_this_mentor_only():
    world = make_world()
    row = change_entry(
        written(world), values(world), uploads=[photo()], revision=1, by=world.pupil(), at=AT
    ).entry
    one = row.files.get()
    answer = get(None, f"{door(world)}files/{one.pk}/")
    assert answer["Content-Type"] == "image/jpeg" and b"".join(answer)
    assert get(None, f"{door(world, 1)}files/{one.pk}/").status_code == 404
    assert get(None, f"{door(world, 1)}entries/{row.pk}/").status_code == 404
    page = written(world, values=journal(world))
    assert get(None, f"{door(world)}entries/{page.pk}/").status_code == 404


@pytest.mark.parametrize("kind", ["forged", "replaced", "revoked", "cut"])
def test_a_link_that_opens_nothing_says_what_to_do(kind):
    world = make_world()
    row, address = written(world), door(world)
    if kind == "forged":
        address = address.replace(":", ":x", 1)
    elif kind == "cut":
        address = address[:-9] + "/"
    elif kind == "replaced":
        mentor.give_link(world.masters[0], by=world.teacher, at=AT)
    else:
        mentor.end_link(world.masters[0], by=world.teacher, at=AT)
    for path in ("", "confirm/", f"entries/{row.pk}/"):
        answer = (
            get(None, address + path)
            if path != "confirm/"
            else post(None, address + path, ticks(row))
        )
        assert answer.status_code in {403, 422} and row.text not in text(answer)
        assert "向发出的人" in text(answer)
    row.refresh_from_db()
    assert row.state == EntryState.SUBMITTED


def test_an_expired_link_says_when():
    import time_machine

    world = make_world()
    row, address = written(world), door(world)
    with time_machine.travel(AT + mentor.LASTS, tick=False):
        answer = Client().post(address + "confirm/", ticks(row))
    assert answer.status_code == 422 and "到期" in text(answer)


def test_the_mentor_grades_its_own_students():
    world = make_world()
    pk = world.placements[0].pk
    at = f"{door(world)}grades/{pk}/"
    assert get(None, f"{door(world, 1)}grades/{pk}/").status_code == 404
    assert post(None, at, {"points": "101", "revision": 0}).status_code == 422
    assert post(None, at, {"points": "88.5", "remark": "肯干", "revision": 0}).status_code == 302
    row = Grade.objects.get()
    assert (row.hundredths, row.given_by) == (8850, "师傅1")
    assert post(None, at, {"points": "90", "revision": 0}).status_code == 409
    assert post(None, at, {"points": "90", "revision": 1}).status_code == 302
    assert "90.00 分" in text(get(None, door(world)))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(rows):
    world = make_world()
    for n in range(rows):
        world.placements.append(make_placement(world, 2 * n + 2))
        written(world, n + 2, day=TODAY - timedelta(days=n))
    assert queries(None, door(world)) == 7
