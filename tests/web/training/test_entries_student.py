"""A student's pages of records, as the browser sends them, with and without the script."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from chanjiao.training import review_actions as mentor
from chanjiao.training.enums import EntryState
from chanjiao.training.models import BaseEvaluation, Entry, Placement
from tests.people.world import AT, TODAY
from tests.plans.evidence_world import picture
from tests.training.entry_world import journal, make_world, written
from tests.web.rounds.pages import client_of, get, post, queries, text

pytestmark = pytest.mark.django_db
DAY = str(TODAY - timedelta(days=1))


def form(world, **changes):
    told = {
        "day": DAY, "hours": "7.5", "text": "车削轴套", "items": [world.items[0].pk],
        "device_key": "phone-1", "submit": "1",
    } | changes  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def new(world, index=0):
    return f"/student/placement/{world.placements[index].pk}/new/"


def jpg(content=None):
    return SimpleUploadedFile("现场.jpg", content or picture(), content_type="image/jpeg")


def test_written_and_handed_in_without_a_script():
    world = make_world()
    shown = text(get(world.pupil(), new(world)))
    assert "第 1 项操作" in shown and "第 3 项操作" not in shown and "multiple" in shown
    answer = post(world.pupil(), new(world), form(world, files=[jpg(), jpg()]))
    assert answer.status_code == 302
    row = Entry.objects.get()
    assert (row.state, row.minutes, row.files.count()) == (EntryState.SUBMITTED, 450, 2)
    again = post(world.pupil(), new(world), form(world))
    assert again.status_code == 302 and Entry.objects.count() == 1
    home = text(get(world.pupil(), "/student/placement/"))
    assert "1 条等导师确认" in home and "周记" in home and "车削轴套" in home


def test_what_is_wrong_stands_beside_what_was_typed():
    world = make_world()
    answer = post(world.pupil(), new(world), form(world, items=None, hours="25"))
    shown = text(answer)
    assert answer.status_code == 422 and "车削轴套" in shown and "小于或等于" in shown
    answer = post(world.pupil(), new(world), form(world, items=None))
    assert "请至少勾选一项" in text(answer) and not Entry.objects.exists()


def test_the_script_gets_an_address_or_what_is_wrong():
    world = make_world()

    def send(**changes):
        return post(
            world.pupil(), new(world), form(world, **changes), HTTP_ACCEPT="application/json"
        )

    assert send(text="").json() == {"problems": ["请写明做了什么、学到什么。"]}
    answer = send(files=[jpg()])
    assert answer.status_code == 200 and answer.json()["url"].startswith("/student/placement/")
    assert send(files=[jpg()]).status_code in {200, 409}
    assert Entry.objects.count() == 1


def test_a_bad_file_leaves_a_draft_that_says_why():
    world = make_world()
    bad = SimpleUploadedFile("视频.mp4", b"\0\0\0 ftypmp42" + b"x" * 50)
    with time_machine.travel(AT, tick=False):
        answer = client_of(world.pupil()).post(
            new(world), form(world, files=[jpg(), bad]), follow=True
        )
    row = Entry.objects.get()
    assert answer.redirect_chain[0][0] == f"/student/entries/{row.pk}/"
    shown = text(answer)
    assert row.state == EntryState.DRAFT
    assert "视频.mp4：不接收这种文件" in shown and "存为草稿" in shown
    one = row.files.get()
    picture_answer = get(world.pupil(), f"/student/entries/files/{one.pk}/")
    assert picture_answer["Content-Type"] == "image/jpeg" and b"".join(picture_answer)
    assert get(world.pupil(1), f"/student/entries/files/{one.pk}/").status_code == 404
    post(world.pupil(), f"/student/entries/files/{one.pk}/remove/")
    assert not row.files.exists()


def test_a_record_the_mentor_rejected_meanwhile_is_shown_and_can_be_sent():
    world = make_world()
    row = written(world)
    mentor.reject_entry(row, "日期不对", revision=1, by=world.link(), at=AT)
    stale = form(world, revision=1, text="改好了")
    answer = post(world.pupil(), f"/student/entries/{row.pk}/", stale)
    shown = text(answer)
    assert answer.status_code == 409 and "日期不对" in shown and "改好了" in shown
    assert 'name="revision" value="2"' in shown
    assert (
        post(world.pupil(), f"/student/entries/{row.pk}/", stale | {"revision": 2}).status_code
        == 302
    )
    row.refresh_from_db()
    assert (row.state, row.text) == (EntryState.SUBMITTED, "改好了")


def test_taken_back_and_drafts_thrown_away():
    world = make_world()
    row, draft = written(world), written(world, submit=False)
    post(world.pupil(), f"/student/entries/{row.pk}/take-back/", {"revision": 1})
    row.refresh_from_db()
    assert row.state == EntryState.DRAFT
    post(world.pupil(), f"/student/entries/{draft.pk}/delete/")
    assert set(Entry.objects.order_by("pk")) == {row}


def test_another_students_pages_are_not_there():
    world = make_world()
    row = written(world, 1)
    pk = world.placements[1].pk
    for path in (
        f"/student/placement/{pk}/", f"/student/placement/{pk}/entries/", f"/student/placement/{pk}/new/",
        f"/student/placement/{pk}/evaluate/", f"/student/entries/{row.pk}/",
    ):  # fmt: skip
        assert get(world.pupil(), path).status_code == 404, path


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_whatever_the_rows(rows):
    world = make_world()
    for n in range(rows):
        written(world, day=TODAY - timedelta(days=n))
        written(world, values=journal(world))
    pk = world.placements[0].pk
    assert queries(world.pupil(), "/student/placement/") == 15
    assert queries(world.pupil(), f"/student/placement/{pk}/entries/") == 8


def test_at_the_end_the_summary_and_the_evaluation_are_due():
    world = make_world()
    Placement.objects.filter(pk=world.placements[0].pk).update(ends_on=TODAY + timedelta(days=3))
    pk = world.placements[0].pk
    shown = text(get(world.pupil(), "/student/placement/"))
    assert "写总结" in shown and "去评价" in shown
    told = {"guidance": 5, "safety": 4, "relevance": 5, "life": 3, "text": "食堂可以"}
    assert (
        post(world.pupil(), f"/student/placement/{pk}/evaluate/", {"guidance": 5}).status_code
        == 422
    )
    assert post(world.pupil(), f"/student/placement/{pk}/evaluate/", told).status_code == 302
    assert BaseEvaluation.objects.get().life == 3
    assert post(world.pupil(), f"/student/placement/{pk}/evaluate/", told).status_code == 422
    other = world.placements[1].pk
    assert "起可以评价" in text(get(world.pupil(1), f"/student/placement/{other}/evaluate/"))


def test_without_a_placement_the_page_says_so():
    world = make_world(students=1)
    world.placements[0].stints.all().delete()
    world.placements[0].delete()
    user = world.placements[0].student.user
    from tests.people.world import seen

    assert "还没有实习安排" in text(get(seen(user), "/student/placement/"))
