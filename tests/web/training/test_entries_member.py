"""School and host: who is behind, one student, marking by keyboard, links, visits, archives."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from chanjiao.jobs.models import Job
from chanjiao.training import marking_actions as marking
from chanjiao.training import review_actions as mentor
from chanjiao.training.enums import EntryState
from chanjiao.training.models import BaseEvaluation, ClassArchive, Draw, Grade, Placement, Visit
from tests.people.world import AT, TODAY
from tests.training.entry_world import journal, make_placement, make_world, values, written
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


def test_who_is_behind_and_marking_statistics():
    world = make_world()
    for _ in range(6):
        written(world, values=journal(world))
    written(world)
    shown = text(get(world.teacher, "/member/learning/"))
    assert "落后 1 名" in shown and "已交周记 6 篇，已批阅 0 篇，批阅率 0.0%" in shown
    late = text(get(world.teacher, "/member/learning/?behind=1"))
    names = [p.student.name for p in world.placements]
    assert names[1] in late and names[0] not in late and "天没有学习记录" in late
    assert names[0] in text(get(world.teacher, "/member/learning/?behind=0"))
    own = text(get(world.teacher, f"/member/learning/?tutor={world.teacher.pk}"))
    assert names[0] in own
    assert names[0] not in text(
        get(world.second_teacher, f"/member/learning/?tutor={world.second_teacher.pk}")
    )
    export = b"".join(get(world.teacher, "/member/learning/?export=csv")).decode()
    assert "周记少" in export and names[1] in export


def test_a_host_sees_its_own_students_and_no_journal():
    world = make_world()
    work, page, other = written(world), written(world, values=journal(world)), written(world, 1)
    shown = text(get(world.recruiter, "/member/learning/"))
    assert (
        world.placements[0].student.name in shown and world.placements[1].student.name not in shown
    )
    pk = world.placements[0].pk
    detail = text(get(world.recruiter, f"/member/learning/{pk}/"))
    assert f"/entries/{work.pk}/" in detail and f"/entries/{page.pk}/" not in detail
    for row in (page, other):
        assert get(world.recruiter, f"/member/learning/entries/{row.pk}/").status_code == 404
    assert get(world.recruiter, f"/member/learning/{world.placements[1].pk}/").status_code == 404
    assert get(world.recruiter, f"/member/learning/{pk}/archive/").status_code == 404
    assert get(world.recruiter, f"/member/learning/{pk}/archive/zip/").status_code in {403, 404}
    assert get(world.other_teacher, f"/member/learning/{pk}/").status_code == 404
    Placement.objects.filter(pk=pk).update(state="ended", ends_on=TODAY - timedelta(days=61))
    assert get(world.recruiter, f"/member/learning/{pk}/").status_code == 404


def test_a_host_reads_means_of_three_and_never_one():
    world = make_world()
    for n in range(3):
        row = world.placements[0] if n == 0 else make_placement(world, 2 * n)
        if n == 2:
            assert "满三份后" in text(get(world.recruiter, "/member/learning/"))
        BaseEvaluation.objects.create(
            placement=row, guidance=5 - n, safety=4, relevance=4, life=3, text="悄悄话", made_at=AT
        )
    shown = text(get(world.recruiter, "/member/learning/"))
    assert "指导 4.00，安全 4.00" in shown
    detail = f"/member/learning/{world.placements[0].pk}/"
    assert "悄悄话" not in text(get(world.recruiter, detail))
    assert "悄悄话" in text(get(world.teacher, detail))


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_whatever_the_rows(rows):
    world = make_world(students=rows)
    for n in range(rows):
        written(world, n)
        written(world, n, values=journal(world))
        written(world, 0, day=TODAY - timedelta(days=n + 2))
    pk = world.placements[0].pk
    assert queries(world.teacher, "/member/learning/") == 13
    assert queries(world.teacher, f"/member/learning/{pk}/") == 15
    assert queries(world.teacher, "/member/mentor-links/") == 10


# Marking -----------------------------------------------------------------------------------------
def test_marked_one_after_the_other():
    world = make_world()
    first = written(world, values=journal(world))
    second = written(world, 1, values=journal(world))
    start = get(world.teacher, "/member/marking/")
    assert start.url == f"/member/marking/{first.pk}/"
    shown = text(get(world.teacher, start.url))
    assert "还有 2 份待批阅" in shown and "data-focus" in shown
    assert get(world.teacher, f"/member/marking/?after={first.pk}").url.endswith(f"/{second.pk}/")
    assert get(world.teacher, f"/member/marking/?after={second.pk}").url == start.url
    assert post(world.teacher, start.url, {"mark": "101", "revision": 1}).status_code == 422
    done = post(world.teacher, start.url, {"mark": "88", "comment": "具体", "revision": 1})
    assert done.status_code == 302 and done.url == "/member/marking/"
    back = post(
        world.teacher,
        f"/member/marking/{second.pk}/",
        {"return": "1", "comment": "", "revision": 1},
    )
    assert back.status_code == 422 and "要改什么" in text(back)
    post(
        world.teacher,
        f"/member/marking/{second.pk}/",
        {"return": "1", "comment": "太短", "revision": 1},
    )
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.mark, first.state, second.state) == (
        88,
        EntryState.CONFIRMED,
        EntryState.REJECTED,
    )
    assert "没有待批阅" in text(get(world.teacher, "/member/marking/"))
    assert "批阅率 100.0%" in text(get(world.teacher, "/member/learning/"))


def test_a_comment_on_a_record():
    world = make_world()
    row = written(world)
    at = f"/member/learning/entries/{row.pk}/"
    post(world.teacher, f"{at}comment/", {"comment": "注意安全", "revision": 1})
    assert "注意安全" in text(get(world.teacher, at)) and "注意安全" in text(
        get(world.recruiter, at)
    )
    assert (
        post(world.recruiter, f"{at}comment/", {"comment": "x", "revision": 2}).status_code == 422
    )
    assert post(world.teacher, f"{at}comment/", {"comment": "旧", "revision": 1}).status_code == 409


# Grades ------------------------------------------------------------------------------------------
def test_the_grade_is_computed_from_its_parts():
    world = make_world()
    pk = world.placements[0].pk
    for n in range(3):  # 24 of 40 planned hours
        row = written(world, day=TODAY - timedelta(days=n))
        mentor.confirm_entries([mentor.Seen(row.pk, 1)], by=world.link(), at=AT)
    summary = written(world, values=values(world, kind="summary", minutes=0, items=()))
    marking.mark_entry(summary, 90, "", revision=1, by=world.teacher, at=AT)
    at = f"/member/learning/{pk}/grade"
    told = {"points": "80", "revision": 0}
    assert post(world.teacher, f"{at}/school/", told).status_code == 302
    assert "还缺：企业评价" in text(get(world.teacher, f"/member/learning/{pk}/"))
    assert post(world.recruiter, f"{at}/school/", told).status_code == 422
    assert post(world.recruiter, f"{at}/enterprise/", told | {"points": "85.5"}).status_code == 302
    assert post(world.teacher, f"{at}/entries/", told).status_code == 422
    assert post(world.teacher, f"{at}/nothing/", told).status_code == 422
    # 40 % × 85.5 + 30 % × 80 + 20 % × 60 + 10 % × 90
    assert "79.20" in text(get(world.teacher, f"/member/learning/{pk}/"))
    assert "79.20" in text(get(world.pupil(), "/student/placement/"))
    assert Grade.objects.count() == 2


# Links -------------------------------------------------------------------------------------------
def test_a_link_is_shown_again_replaced_and_ended_by_school_and_by_host():
    world = make_world()
    written(world)
    at = f"/member/mentor-links/{world.masters[0].pk}/"
    assert "生成链接" in text(get(world.teacher, at))
    post(world.teacher, f"{at}new/")
    letter = text(get(world.teacher, at))
    assert "有 1 条学生学习记录等您确认" in letter and "http://testserver/m/" in letter
    address = letter.split("http://testserver")[1].split("<")[0].strip()
    assert address in text(get(world.recruiter, at))
    assert get(None, address).status_code == 200
    post(world.recruiter, f"{at}new/")
    assert get(None, address).status_code == 403
    post(world.recruiter, f"{at}end/", {"reason": "离职"})
    assert "还没有链接" in text(get(world.teacher, at))
    for actor in (world.other_teacher, world.base.recruiters[1]):
        assert get(actor, at).status_code == 404 and post(actor, f"{at}new/").status_code == 404


def test_mentors_who_keep_students_waiting_are_told_to_the_school():
    world = make_world()
    written(world)
    written(world, 1)
    listing = "/member/mentor-links/?late=1"
    assert "师傅1" not in text(get(world.teacher, listing))
    later = AT + timedelta(days=4)
    shown = text(get(world.teacher, listing, at=later))
    assert "师傅1" in shown and "师傅2" in shown
    assert "师傅2" not in text(get(world.recruiter, listing, at=later))
    home = text(get(world.teacher, "/member/", at=later))
    assert "转发提醒给久未确认的导师" in home


# Visits ------------------------------------------------------------------------------------------
def test_drawn_replayed_visited():
    world = make_world(students=5)
    Placement.objects.filter(pk=world.placements[4].pk).update(state="planned")
    due = str(TODAY + timedelta(days=7))
    assert "今天在岗 4 人" in text(get(world.teacher, "/member/draws/new/"))
    answer = post(
        world.teacher, "/member/draws/new/", {"title": "十一月", "size": 2, "due_on": due}
    )
    row = Draw.objects.get()
    assert answer.url == f"/member/draws/{row.pk}/" and len(row.candidates) == 4
    shown = text(get(world.teacher, answer.url))
    assert "重抽一致" in shown and row.seed in shown and row.visits.count() == 2
    told = json.loads(get(world.teacher, f"{answer.url}file/").content)
    assert told["seed"] == row.seed and len(told["drawn"]) == 2
    visit = row.visits.get(rank=1)
    at = f"/member/visits/{visit.pk}/"
    form = {
        "visited_on": str(TODAY),
        "visitor": "王老师",
        "present": "1",
        "finding": "在岗",
        "revision": 1,
    }
    assert post(world.teacher, at, form | {"present": ""}).status_code == 422
    assert post(world.teacher, at, form).status_code == 302
    assert "已走访" in text(get(world.teacher, at))
    second = row.visits.get(rank=2)
    assert (
        post(
            world.teacher, f"/member/visits/{second.pk}/miss/", {"finding": "", "revision": 1}
        ).status_code
        == 422
    )
    post(world.teacher, f"/member/visits/{second.pk}/miss/", {"finding": "停产", "revision": 1})
    assert set(Visit.objects.order_by("pk").values_list("state", flat=True)) == {"done", "missed"}
    Visit.objects.filter(pk=second.pk).update(placement=world.placements[4])
    assert "重抽结果不同" in text(get(world.teacher, answer.url))
    for actor in (world.recruiter, world.other_teacher):
        for path in (answer.url, f"{answer.url}file/", at):
            assert get(actor, path).status_code == 404


def test_a_draw_from_one_host_and_one_from_nobody():
    world = make_world(students=3)
    due = str(TODAY + timedelta(days=7))
    host = {"title": "一家", "size": 9, "due_on": due, "host": world.base.firms[1].pk}
    post(world.teacher, "/member/draws/new/", host)
    assert Draw.objects.get().candidates == [world.placements[1].number]
    post(world.other_teacher, "/member/draws/new/", host | {"host": ""})
    row = Draw.objects.get(unit=world.base.schools[1])
    assert row.drawn_at is None and row.seed
    assert "名单还没有列出" in text(get(world.other_teacher, f"/member/draws/{row.pk}/"))
    assert post(world.other_teacher, f"/member/draws/{row.pk}/again/").status_code == 422


# Archives ----------------------------------------------------------------------------------------
def test_one_student_and_a_class_as_zip():
    world = make_world()
    row = written(world)
    pk = world.placements[0].pk
    shown = text(get(world.teacher, f"/member/learning/{pk}/archive/"))
    assert "还缺：三方协议、知情同意书、实习责任保险" in shown
    data = b"".join(get(world.teacher, f"/member/learning/{pk}/archive/zip/"))
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    student = world.placements[0].student
    assert (
        f"{student.student_number} {student.name}/实习档案.docx" in names and "SHA256SUMS" in names
    )
    group = world.training_class
    assert post(world.recruiter, f"/member/archives/classes/{group.pk}/").status_code == 404
    assert row.placement_id == pk


@pytest.mark.django_db(transaction=True)
def test_a_class_is_packed_by_a_job():
    world = make_world()
    written(world)
    assert (
        post(world.teacher, f"/member/archives/classes/{world.training_class.pk}/").status_code
        == 302
    )
    made, job = ClassArchive.objects.get(), Job.objects.get()
    assert (job.state, made.count) == ("done", 2), job.message
    shown = text(get(world.teacher, "/member/archives/"))
    assert f"/member/archives/{made.pk}/" in shown
    data = b"".join(get(world.teacher, f"/member/archives/{made.pk}/"))
    table = zipfile.ZipFile(io.BytesIO(data)).read("齐备情况.csv").decode("utf-8-sig")
    assert world.placements[1].student.name in table and "缺：没有保单" in table
    assert get(world.other_teacher, f"/member/archives/{made.pk}/").status_code == 404
