"""Pay, incidents, complaints and questions on the pages of school, host, desk and student."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.notices.models import Notice
from chanjiao.training.models import Complaint, Incident, PayProof, Placement, Stint
from chanjiao.training.trouble_actions import answer_question, close_complaint
from tests.matching.world import make_student, make_world
from tests.training.care_world import LATER, SECRET, asked, complained, paid, reported
from tests.training.world import plan, running, stint_facts
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world()


# Pay -------------------------------------------------------------------------------------------
def test_months_by_student_with_the_words_of_the_red_lines(world):
    first, second = running(world, 0), running(world, 2)
    paid(world, first, fen=290_000)
    paid(world, second)
    page = reverse("member:pay_list")
    said = text(get(world.teachers[0], page, at=LATER))
    assert "低于标准 1" in said and "待学生确认 1" in said and "缺发 2" in said
    narrowed = text(get(world.teachers[0], page, at=LATER, state="低于标准"))
    assert first.student.name in narrowed and second.student.name not in narrowed
    answer = get(world.teachers[0], page, at=LATER, export="csv", state="低于标准")
    exported = b"".join(answer).decode()
    assert exported.count("低于标准") == 1 and "2026-12" in exported and "补发差额" in exported
    assert first.student.name not in text(get(world.teachers[1], page, at=LATER))


def test_a_student_confirms_or_objects_without_javascript(world):
    first = paid(world, running(world))
    student, act = world.actor(0), reverse("student:pay_answer", args=[first.pk])
    page = reverse("student:pay_list")
    assert "收到了，金额正确" in text(get(student, page, at=LATER))
    empty = post(student, act, {"object": "1", "revision": "1", "objection": " "}, at=LATER)
    assert empty.status_code == 422 and "请写明哪里不对" in text(empty)
    given = {"object": "1", "revision": "1", "objection": "只收到一半"}
    assert post(student, act, given, at=LATER).status_code == 302
    first.refresh_from_db()
    assert first.objection == "只收到一半" and first.confirmed_at is None
    stale = post(student, act, {"confirm": "1", "revision": "1"}, at=LATER)
    assert stale.status_code == 409 and "请核对最新金额" in text(stale)
    assert post(student, act, {"confirm": "1", "revision": "2"}, at=LATER).status_code == 302
    assert PayProof.objects.get().confirmed_at == LATER
    assert post(world.actor(1), act, {"confirm": "1", "revision": "3"}, at=LATER).status_code == 404


def test_the_student_home_names_the_pay_to_confirm(world):
    paid(world, running(world))
    home = reverse("student:home")
    assert "确认是否收到报酬" in text(get(world.actor(0), home, at=LATER))
    assert "确认是否收到报酬" not in text(get(world.actor(1), home, at=LATER))


# Incidents -------------------------------------------------------------------------------------
def test_an_incident_from_the_phone_to_its_finding(world):
    running(world)
    student, page = world.actor(0), reverse("student:incident")
    given = {
        "kind": "injury", "severity": "grave", "happened_at": "2027-01-20T08:30",
        "what": "右手被划伤，已送医",
    }  # fmt: skip
    assert post(student, page, given, at=LATER).status_code == 302
    row = Incident.objects.get()
    desk = text(get(world.secretary, reverse("desk:incident_detail", args=[row.pk]), at=LATER))
    assert "迟报 30 分钟" in desk and "右手被划伤" in desk and "登记</button>" not in desk
    step = lambda name: reverse("member:incident_step", args=[row.pk, name])  # noqa: E731
    assert (
        post(world.recruiters[0], step("note"), {"text": "已停机检查"}, at=LATER).status_code == 302
    )
    refused = post(
        world.recruiters[0], step("close"), {"finding": "查明", "is_violation": "0", "revision": 1},
        at=LATER,
    )  # fmt: skip
    assert refused.status_code == 422 and "由学校结案" in text(refused)
    unjudged = post(world.teachers[0], step("close"), {"finding": "查明", "revision": 1}, at=LATER)
    assert unjudged.status_code == 422
    closing = {"finding": "防护罩缺失，已补装", "is_violation": "1", "revision": 1}
    assert post(world.teachers[0], step("close"), closing, at=LATER).status_code == 302
    assert "防护罩缺失" in text(get(student, page, at=LATER))
    assert post(world.teachers[0], step("nothing"), {}, at=LATER).status_code == 404
    again = post(world.teachers[0], step("reopen"), {"reason": "复发", "revision": 2}, at=LATER)
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.state == "open"


def test_a_minor_incident_is_counted_at_the_desk_but_not_shown(world):
    row = reported(world, running(world), "minor")
    assert get(world.secretary, reverse("desk:incident_detail", args=[row.pk])).status_code == 404
    listed = text(get(world.secretary, reverse("desk:incident_list"), at=LATER))
    assert row.placement.student.name not in listed
    shown = text(get(world.secretary, reverse("desk:training"), at=LATER))
    assert "发生实习事件 1 起" in shown and row.placement.student.name not in shown


def test_a_school_reports_for_its_own_students_only(world):
    mine, other = running(world, 0), running(world, 1)
    page = reverse("member:incident_new")
    said = text(get(world.teachers[0], page, at=LATER, placement=mine.pk))
    assert f'<option value="{mine.pk}" selected>' in said and other.student.name not in said
    given = {
        "placement": other.pk, "kind": "other", "severity": "minor",
        "happened_at": "2027-01-20T08:30", "what": "别校的",
    }  # fmt: skip
    assert post(world.teachers[0], page, given, at=LATER).status_code == 422
    assert not Incident.objects.exists()


# Complaints ------------------------------------------------------------------------------------
def test_a_complaint_to_school_and_straight_to_the_secretariat(world):
    running(world)
    student, page = world.actor(0), reverse("student:complaint_list")
    given = {"host": world.firms[0].pk, "kind": "pay", "text": "两个月没发", "handler": "office"}
    assert post(student, page, given, at=LATER).status_code == 302
    assert post(student, page, given | {"handler": "school", "text": "要收押金"}, at=LATER).status_code == 302  # fmt: skip
    office = Complaint.objects.get(to_office=True)
    at_desk = text(get(world.secretary, reverse("desk:complaint_list"), at=LATER))
    at_school = text(get(world.teachers[0], reverse("member:complaint_list"), at=LATER))
    assert "还有 7 天" in at_desk and at_desk.count("/desk/complaints/") >= 1
    address = reverse("member:complaint_detail", args=[office.pk])
    assert get(world.teachers[0], address, at=LATER).status_code == 404
    assert f"/member/complaints/{office.pk}/" not in at_school
    desk = reverse("desk:complaint_detail", args=[office.pk])
    assert "两个月没发" in text(get(world.secretary, desk, at=LATER))
    assert "现在只有 1 名实习学生" in text(get(world.secretary, desk, at=LATER))
    close = reverse("desk:complaint_step", args=[office.pk, "close"])
    done = post(world.secretary, close, {"outcome": "已补发", "revision": 1}, at=LATER)
    assert done.status_code == 302
    assert "已补发" in text(get(student, page, at=LATER))


def test_a_complaint_goes_with_the_placement_its_host_belongs_to(world):
    placement = running(world)
    later = Placement.objects.create(
        consortium=world.consortium, number="SX-NEXT", student=placement.student,
        school=placement.school, starts_on=date(2027, 6, 1), ends_on=date(2027, 9, 1),
        created_by=world.teachers[0].user, created_at=LATER,
    )  # fmt: skip
    facts = stint_facts(world.firms[1], starts_on=later.starts_on, ends_on=later.ends_on)
    Stint.objects.create(placement=later, **facts.values())
    student, page = world.actor(0), reverse("student:complaint_list")
    for host, owner in ((world.firms[0], placement), (world.firms[1], later)):
        given = {"host": host.pk, "kind": "pay", "text": host.name, "handler": "school"}
        assert post(student, page, given, at=LATER).status_code == 302
        assert Complaint.objects.get(text=host.name).placement == owner
    incident = {
        "kind": "other", "severity": "minor", "happened_at": "2027-01-20T08:30", "what": "停电",
    }  # fmt: skip
    assert post(student, reverse("student:incident"), incident, at=LATER).status_code == 302
    assert Incident.objects.get().placement == placement, "the one she is on"


def test_nothing_on_the_hosts_side_gives_the_author_away(world):
    """Page, list, export, links, notices and home of the host, before and after it is asked, after its
    answer and the close: no name, number, own words, day of writing or placement of the author."""
    placement = running(world)
    for i in (3, 4):
        world.students.append(make_student(world.cohorts[0], i))
        running(world, i)
    written = LATER - timedelta(days=5)
    row = asked(world, placement, at=written)
    student, host = placement.student, world.recruiters[0]
    detail = reverse("member:question_detail", args=[row.pk])
    names = "question_list", "question_list?export=csv", "question_list?q=x"
    lists = [reverse(f"member:{n.partition('?')[0]}") + "?" + n.partition("?")[2] for n in names]
    secrets = [student.name, student.student_number, placement.number, SECRET, str(day_of(written)),
               str(row.due_on), f"/placements/{placement.pk}", f"placement={placement.pk}"]  # fmt: skip
    home = reverse("member:home")

    def looked(*more: str) -> str:
        said = ""
        for address in (*lists, home, *more):
            answer = get(host, address, at=LATER)
            assert answer.status_code == 200, address
            said += (b"".join(answer) if answer.streaming else answer.content).decode()
        rows = Notice.objects.filter(user=host.pk, link__contains="question").order_by("pk")
        said += "".join(f"{one.text}{one.link}{one.due_on}" for one in rows)
        found = [secret for secret in secrets if secret in said]
        assert not found
        return said

    assert "是否安排实习学生夜间加班" in looked(detail)
    row.refresh_from_db()
    answer_question(row, answer="没有", revision=row.revision, by=host, at=LATER)
    assert "已答复" in looked(detail)
    row.refresh_from_db()
    close_complaint(
        row, outcome="单位已整改", revision=row.revision, by=world.teachers[0], at=LATER
    )
    assert "单位已整改" not in looked(detail), "the outcome is the student's"
    for name in ("complaint_detail", "complaint_step"):
        more = ["ask"] if name.endswith("step") else []
        address = reverse(f"member:{name}", args=[row.pk, *more])
        assert get(host, address, at=LATER).status_code == 404


def test_a_question_is_answered_once_and_by_its_host(world):
    row = asked(world, running(world))
    page = reverse("member:question_detail", args=[row.pk])
    assert get(world.recruiters[1], page, at=LATER).status_code == 404
    empty = post(world.recruiters[0], page, {"answer": "", "revision": row.revision}, at=LATER)
    assert empty.status_code == 422
    given = {"answer": "没有安排", "revision": row.revision}
    assert post(world.recruiters[0], page, given, at=LATER).status_code == 302
    again = post(world.recruiters[0], page, given, at=LATER)
    assert again.status_code == 422
    said = text(get(world.teachers[0], reverse("member:complaint_detail", args=[row.pk]), at=LATER))
    assert "没有安排" in said


def test_homes_name_what_is_due(world):
    placement = running(world)
    asked(world, placement)
    complained(world, placement, to_office=True, at=LATER - timedelta(days=9))
    reported(world, placement)
    home = reverse("member:home")
    assert "处理实习事件并结案" in text(get(world.teachers[0], home, at=LATER))
    assert "答复学生反映" in text(get(world.teachers[0], home, at=LATER))
    assert "答复待核实的反映" in text(get(world.recruiters[0], home, at=LATER))
    desk = text(get(world.secretary, reverse("desk:home"), at=LATER))
    assert "答复学生反映" in desk and "逾期 2 天" in desk and "严重实习事件未结案" in desk


# Figures and costs -----------------------------------------------------------------------------
def test_the_desks_figures_name_no_student(world):
    first, second = running(world, 0), plan(world, 1)
    paid(world, first, fen=100_000)
    page = reverse("desk:training")
    said = text(get(world.secretary, page, at=LATER))
    assert "1 名学生在岗，1 名待上岗" in said and "没有单位超过人数上限" in said
    for placement in (first, second):
        assert placement.student.name not in said and placement.number not in said
    for key in ("schools", "hosts", "held", "pay", "incidents"):
        answer = get(world.secretary, page, at=LATER, chart=key)
        csv = b"".join(answer).decode()
        assert not re.search("学生名|SX-", csv), key


@pytest.mark.parametrize(
    ("name", "who", "cost"),
    [
        ("member:pay_list", "teacher", 17),
        ("member:incident_list", "teacher", 10),
        ("member:complaint_list", "teacher", 10),
        ("member:question_list", "recruiter", 10),
        ("desk:training", "secretary", 21),
    ],
)
def test_pages_cost_the_same_with_one_and_three(world, name, who, cost):
    world.students.append(make_student(world.cohorts[0], 3))
    by = {
        "teacher": world.teachers[0],
        "recruiter": world.recruiters[0],
        "secretary": world.secretary,
    }
    found = []
    for i in (0, 2, 3):
        placement = running(world, i)
        paid(world, placement)
        reported(world, placement)
        asked_of(world, placement, i)
        found.append(queries(by[who], reverse(name)))
    assert found[0] == found[2] == cost


def asked_of(world, placement, index: int) -> None:
    from chanjiao.training.trouble_actions import ask_unit

    row = complained(world, placement, index=index)
    ask_unit(row, question="是否加班？", revision=row.revision, by=world.teachers[0], at=LATER)


def test_every_rule_that_may_be_counted_has_a_short_name():
    from chanjiao.training.pay_standing import WORDS
    from chanjiao.web.desk.care import _NAMES
    from chanjiao_engine.redlines import PROFILES, Stage, load

    rules = [rule for name in PROFILES for rule in load(name, on=day_of(LATER)).rules]
    counted = {rule.code for rule in rules if rule.stage is Stage.GATE or rule.code in WORDS}
    assert counted == set(_NAMES)
