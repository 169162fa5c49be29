"""A host's pages: its students without what it need not know, what it owes, pay and safety."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from chanjiao.training.models import PayProof, SafetyRecord
from chanjiao.training.safeguard_actions import answer_pay
from tests.matching.world import make_student, make_world
from tests.training.care_world import LATER, master, paid, stint_of
from tests.training.world import AT, plan, running
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db):
    return make_world()


def test_the_list_and_its_export_hold_neither_birth_date_nor_student_number(world):
    placement = running(world)
    student, host = placement.student, world.recruiters[0]
    for address in (
        reverse("member:hosted_list"),
        reverse("member:hosted_list") + "?export=csv",
        reverse("member:hosted_detail", args=[stint_of(placement).pk]),
    ):
        answer = get(host, address, at=LATER)
        said = (b"".join(answer) if answer.streaming else answer.content).decode()
        assert student.name in said, address
        assert student.student_number not in said and str(student.birth_date) not in said, address
    sheet = get(host, reverse("member:hosted_pay_import"), at=LATER, file="export", month="2026-12")
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(sheet))).get_sheet_by_index(0)
    cells = [str(cell) for row in rows.to_python() for cell in row]
    assert student.name in cells and student.student_number not in cells


def test_the_page_says_what_the_gate_wants_and_how_many_more(world):
    placement = plan(world, day_minutes=600)
    page = reverse("member:hosted_detail", args=[stint_of(placement).pk])
    said = text(get(world.recruiters[0], page))
    assert "不补不能上岗" in said and "把每日时间减到" in said
    assert "三方协议" not in said, "what the school mends is not the host's"
    listed = text(get(world.recruiters[0], reverse("member:hosted_list")))
    assert "还可接收 9 人" in listed
    world.firms[0].staff_count = None
    world.firms[0].save()
    assert "还没有填写在岗职工数" in text(get(world.recruiters[0], reverse("member:hosted_list")))


def test_masters_are_chosen_with_their_load_in_sight(world):
    placement = plan(world)
    stint, one = stint_of(placement), master(world, world.firms[0])
    page = reverse("member:hosted_detail", args=[stint.pk])
    assert "王师傅（同期已带 0 人，上限 5 人）" in text(get(world.recruiters[0], page))
    act = reverse("member:hosted_masters", args=[stint.pk])
    stale = post(world.recruiters[0], act, {"master": one.pk, "revision": 9})
    assert stale.status_code == 409 and "刚刚已被他人修改" in text(stale)
    done = post(world.recruiters[0], act, {"master": one.pk, "revision": stint.revision})
    assert done.status_code == 302
    stint.refresh_from_db()
    assert stint.master == one
    strange = master(world, world.firms[1], "外厂")
    answer = post(world.recruiters[0], act, {"master": strange.pk, "revision": stint.revision})
    assert answer.status_code == 422


def test_a_months_pay_with_its_proof(world):
    placement = running(world)
    stint = stint_of(placement)
    act = reverse("member:hosted_pay", args=[stint.pk])
    file = BytesIO(b"%PDF-1.4\n%%EOF\n")
    file.name = "工资条.pdf"
    given = {"month": "2026-12", "amount": "4000.50", "way": "bank", "paid_on": "2027-01-10"}
    future = post(world.recruiters[0], act, given | {"month": "2027-02"}, at=LATER)
    assert future.status_code == 422 and not PayProof.objects.exists()
    done = post(world.recruiters[0], act, given | {"file": file}, at=LATER)
    assert done.status_code == 302, text(done)
    proof = PayProof.objects.get()
    assert (proof.amount_fen, proof.month) == (400_050, date(2026, 12, 1))
    address = reverse("member:pay_proof", args=[proof.pk])
    for who in (world.recruiters[0], world.teachers[0]):
        assert b"".join(get(who, address, at=LATER)).startswith(b"%PDF")
    for who in (world.recruiters[1], world.teachers[1]):
        assert get(who, address, at=LATER).status_code == 404


def test_safety_of_the_ticked_students_only(world):
    first, second = plan(world, 0), plan(world, 1)
    page = reverse("member:hosted_safety")
    given = {
        "placements": [first.pk], "kind": "test", "day": "2026-11-23", "minutes": "60",
        "score": "55", "passed": "0",
    }  # fmt: skip
    assert post(world.recruiters[0], page, given).status_code == 302
    record = SafetyRecord.objects.get()
    assert (record.placement, record.score, record.passed) == (first, 55, False)
    assert record.host == world.firms[0] and not second.safety.exists()
    wrong = post(world.recruiters[0], page, given | {"kind": "training"})
    assert wrong.status_code == 422 and "安全培训没有得分" in text(wrong)


def test_another_host_or_a_school_finds_none_of_it(world):
    stint = stint_of(running(world))
    for who in (world.recruiters[1], world.teachers[0]):
        for name in ("hosted_detail", "hosted_masters", "hosted_pay"):
            assert get(who, reverse(f"member:{name}", args=[stint.pk])).status_code == 404


def test_the_list_costs_the_same_with_one_and_three(world):
    make_student(world.cohorts[0], 9)
    plan(world, 0, at=AT)
    page, host = reverse("member:hosted_list"), world.recruiters[0]
    one = queries(host, page)
    plan(world, 1, at=AT)
    plan(world, 2, at=AT)
    assert queries(host, page) == one == 21


def test_the_home_says_what_to_do_now(world):
    proof = paid(world, running(world))
    plan(world, 1)
    answer_pay(proof, objection="少发了", revision=1, by=world.actor(0), at=LATER)
    said = text(get(world.recruiters[0], reverse("member:home"), at=LATER))
    assert "为将到岗的学生安排企业导师" in said and "核实学生对报酬的异议" in said
    school = text(get(world.teachers[0], reverse("member:home"), at=LATER))
    assert "核实学生对报酬的异议" in school and "安排企业导师" not in school
