"""Notices, jobs, the queue, the start page and the frame's navigation: each person's own."""

from datetime import date

import pytest
from django.test import Client

from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.notices.models import Notice
from chanjiao.notices.queries import unread_count, visible_to
from chanjiao.notices.rules import may_read
from chanjiao.people.enums import Duty
from chanjiao.web.parts import shell
from chanjiao.web.parts.queue import Task, in_order
from tests.people.world import AT, acting, make_unit, make_user, seen
from tests.web.parts.places import make_consortium, make_student, person_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.parts.places")]


def tell(user, text="请补充材料。", link="/account/jobs/") -> Notice:
    return Notice.objects.create(user=user, at=AT, text=text, link=link)


def test_a_notice_is_seen_by_its_person_only():
    actor, other = acting(make_unit()), acting(make_unit())
    notice = tell(actor.user)
    assert list(visible_to(actor)) == [notice] and not visible_to(other).exists()
    assert may_read(actor, notice) and not may_read(other, notice)
    assert may_read(other, notice).reason
    assert (unread_count(actor), unread_count(other)) == (1, 0)


def test_opening_a_notice_marks_it_read_and_goes_where_it_points():
    user = make_user()
    notice = tell(user)
    client = signed_in(user)
    assert 'bell-count">1<' in client.get("/account/notices/").content.decode()
    assert client.post(f"/account/notices/{notice.pk}/").url == "/account/jobs/"
    notice.refresh_from_db()
    assert notice.read_at
    assert "bell-count" not in client.get("/account/notices/").content.decode()


def test_a_notice_of_another_is_not_found_and_none_leads_off_the_site():
    notice = tell(make_user())
    assert signed_in(make_user()).post(f"/account/notices/{notice.pk}/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None
    user = make_user()
    away = tell(user, link="https://elsewhere.example/")
    assert signed_in(user).post(f"/account/notices/{away.pk}/").url == "/account/notices/"


def test_looking_at_a_notice_address_marks_nothing():
    user = make_user()
    notice = tell(user)
    signed_in(user).get(f"/account/notices/{notice.pk}/")
    notice.refresh_from_db()
    assert notice.read_at is None


def test_all_notices_are_read_at_once():
    user, other = make_user(), make_user()
    for who in (user, user, other):
        tell(who)
    signed_in(user).post("/account/notices/read/")
    assert unread_count(seen(user)) == 0 and unread_count(seen(other)) == 1


def make_job(owner, **fields) -> Job:
    return Job.objects.create(
        **({"kind": "x", "title": "导入清单", "owner": owner, "queued_at": AT} | fields)
    )


def test_a_job_is_seen_by_its_owner_only():
    user = make_user()
    job = make_job(user)
    stranger = signed_in(make_user())
    assert stranger.get(f"/account/jobs/{job.pk}/").status_code == 404
    assert "导入清单" not in stranger.get("/account/jobs/").content.decode()
    mine = signed_in(user)
    assert mine.get(f"/account/jobs/{job.pk}/").status_code == 200
    assert "导入清单" in mine.get("/account/jobs/").content.decode()


def test_progress_asks_again_until_the_job_is_over():
    user = make_user()
    job = make_job(user, state=JobState.RUNNING, done=1, total=4, step="检查各行")
    client = signed_in(user)
    page = client.get(f"/account/jobs/{job.pk}/").content.decode()
    part = client.get(
        f"/account/jobs/{job.pk}/",
        headers={"HX-Request": "true", "HX-Target": f"job-{job.pk}"},
    ).content.decode()
    assert part.strip() in page, "what htmx swaps is what the full page shows"
    assert 'hx-trigger="every 1s"' in part and "25%" in part and "检查各行" in part
    Job.objects.update(state=JobState.FAILED, message="第 3 行有误。", link="/x/")
    over = client.get(f"/account/jobs/{job.pk}/").content.decode()
    assert "hx-trigger" not in over and "第 3 行有误。" in over and "返回重试" in over


def test_the_queue_puts_what_is_latest_first():
    today = date(2026, 11, 23)

    def task(title: str, due: date | None, count: int = 1) -> Task:
        return Task(title, count, "秘书处", "/", due, today)

    tasks = in_order(
        [task("无期", None), task("将到", date(2026, 11, 25)), task("逾期", date(2026, 11, 1)),
         task("空", date(2026, 1, 1), 0), task("今天", today), task("远", date(2026, 12, 20))]
    )  # fmt: skip
    assert [(t.title, t.lateness, t.tone) for t in tasks] == [
        ("逾期", "逾期 22 天", "bad"), ("今天", "今天到期", "warn"), ("将到", "还有 2 天", "warn"),
        ("远", "还有 27 天", "wait"), ("无期", "待办", "wait"),
    ]  # fmt: skip


@pytest.fixture
def homes(monkeypatch):
    monkeypatch.setattr(
        shell, "_HOMES",
        {name: f"try:{name}" for name in ("desk", "member", "student", "operator", "portal")},
    )  # fmt: skip


def test_everybody_is_led_home(homes):
    consortium = make_consortium()
    student = make_user()
    make_student(consortium, student)
    people = {
        "desk": person_of(consortium.secretariat), "student": student,
        "member": person_of(consortium.memberships.get().unit),
        "operator": make_user(duty=Duty.OPERATOR),
    }  # fmt: skip
    for who, user in people.items():
        assert signed_in(user).get("/").url == f"/try/{who}/"
    assert Client().get("/").url == "/try/portal/"
    assert signed_in(make_user()).get("/").status_code == 200


def test_navigation_shows_where_one_is(monkeypatch):
    monkeypatch.setattr(
        shell, "NAVIGATION",
        [("desk", "首页", "try:desk"), ("desk", "单位", "try:unit_list"),
         ("member", "别处", "try:member")],
    )  # fmt: skip
    items = shell.navigation("desk", "/try/units/7/")
    assert [(item.label, item.current) for item in items] == [("首页", False), ("单位", True)]


def test_navigation_gathers_entries_in_groups(monkeypatch):
    monkeypatch.setattr(
        shell, "NAVIGATION",
        [("desk", "首页", "try:desk"), ("desk", "人/单位", "try:unit_list"),
         ("desk", "人/名单", "try:member"), ("desk", "事/唯一", "try:form")],
    )  # fmt: skip
    home, group, alone = shell.navigation("desk", "/try/units/7/")
    assert (home.current, home.within) == (False, ())
    assert (group.label, group.url, group.current) == ("人", "/try/units/", True)
    assert [(item.label, item.current) for item in group.within] == [
        ("单位", True),
        ("名单", False),
    ]
    assert (alone.label, alone.current, alone.within) == ("事", False, ())


def test_every_entry_of_the_navigation_is_well_formed():
    for audience, label, name in shell.NAVIGATION:
        assert name.startswith(f"{audience}:") and all(label.split("/")) and label.count("/") < 2


def test_errors_are_told_in_chinese():
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404 and "没有这一页" in answer.content.decode()


def test_pages_of_people_leave_no_copy_on_a_shared_machine():
    assert signed_in(make_user()).get("/account/notices/")["Cache-Control"] == "private, no-store"
