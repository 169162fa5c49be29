"""Where graduates went, on the school's, the secretariat's and the graduate's own pages."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from chanjiao.training.enums import Destination
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import OutcomeFields, record_outcome
from tests.training.programmes_world import AT, TODAY, make_world
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db
GRADUATED = date(2026, 5, 20)
WORK = OutcomeFields(Destination.EMPLOYED, "示例工厂", "park", "6-18", None)


@pytest.fixture
def world():
    return make_world(students=4)


def asked(world) -> list[str]:
    """The addresses as the school downloads them."""
    given = {"cohort": world.cohort.pk, "months": "0", "graduated_on": "2026-05-20",
             "closes_on": str(TODAY + timedelta(days=10))}  # fmt: skip
    assert post(world.teacher, reverse("member:outcome_ask"), given).status_code == 302
    sent = get(world.teacher, reverse("member:outcome_links"))
    sheet = load_workbook(BytesIO(b"".join(sent.streaming_content)))["清单"]
    lines = list(sheet.iter_rows(min_row=2, values_only=True))
    return [line[5].removeprefix("http://testserver") for line in lines]


def test_a_graduate_answers_on_the_phone_corrects_and_is_told(world):
    first, second = asked(world)
    page = get(None, first)
    shown = text(page)
    assert world.students[0].name in shown and world.students[1].name not in shown
    assert page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]
    assert "<script" not in shown
    given = {"destination": "employed", "revision": "1"}
    wrong = post(None, first, given)
    assert wrong.status_code == 422 and "请选择工作所在地区" in text(wrong)
    full = given | {
        "employer": world.firm.name,
        "where": "park",
        "occupation_code": "6-18",
        "wage_fen": "5200",
    }
    assert post(None, first, full).status_code == 302
    row = Outcome.objects.get(student=world.students[0])
    assert (row.by_student, row.unit, row.wage_fen, row.relevant) == (
        True,
        world.firm,
        520_000,
        True,
    )
    shown = text(get(None, first))
    assert "已填报" in shown and world.firm.name in shown and "更正" in shown
    assert "<dd>机械制造基础加工人员</dd>" in shown
    assert post(None, first, {"destination": "study", "revision": "1"}).status_code == 409
    assert post(None, first, {"destination": "study", "revision": "2"}).status_code == 302
    assert Outcome.objects.get(student=world.students[0]).destination == Destination.STUDY
    assert Outcome.objects.get(student=world.students[1]).destination == Destination.UNKNOWN
    assert "不完整或不正确" in text(get(None, first[:-2] + "x/"))
    late = get(None, second, at=AT + timedelta(days=30))
    assert late.status_code == 410 and "到期" in text(late)


def test_the_school_sees_rows_and_links_the_office_only_figures(world):
    for student in world.students:
        record_outcome(student, 0, GRADUATED, WORK, **world.by)
    name = world.students[0].name
    page = text(get(world.teacher, reverse("member:outcome_list")))
    assert name in page and "就业 100.0%" in page
    shown = text(get(world.office, reverse("desk:retention")))
    assert name not in shown and "100.0%" not in shown  # two graduates: too few to be shown
    assert "人数少于 5 人" in shown
    assert get(world.recruiter, reverse("member:outcome_ask")).status_code == 404
    assert get(world.recruiter, reverse("member:outcome_links")).status_code == 404


def test_the_office_reads_figures_of_five_and_more(world):
    from tests.matching.world import make_student

    for index in range(6):
        student = make_student(world.cohort, index)
        given = WORK if index < 3 else OutcomeFields(Destination.SEEKING)
        record_outcome(student, 0, GRADUATED, given, **world.by)
    shown = text(get(world.office, reverse("desk:retention")))
    assert "毕业时：就业 50.0%，对口 100.0%，留在本市 100.0%（6 人）" in shown
    sent = get(world.office, reverse("desk:retention"), chart="after0")
    assert "就业 3/6；对口 3/3" in b"".join(sent).decode("utf-8-sig")


def test_the_school_judges_relevance_on_its_form(world):
    row = record_outcome(world.students[0], 0, GRADUATED, WORK, **world.by)
    edit = reverse("member:outcome_edit", args=[row.pk])
    assert "对口判定依据：对口参考表（本项目编写，非官方文本）" in text(get(world.teacher, edit))
    given = {"destination": "employed", "employer": "示例工厂", "where": "park", "occupation_code": "6-18",
             "relevant": "0"}  # fmt: skip
    refused = post(world.teacher, edit, given)
    assert refused.status_code == 422 and "须写明理由" in text(refused)
    assert post(world.teacher, edit, given | {"relevance_reason": "实际做销售"}).status_code == 302
    row.refresh_from_db()
    assert row.relevant is False
    assert get(world.other_teacher, edit).status_code == 404


def test_the_list_costs_the_same_at_one_row_and_three(world):
    record_outcome(world.students[0], 0, GRADUATED, WORK, **world.by)
    one = queries(world.teacher, reverse("member:outcome_list"))
    record_outcome(world.students[0], 6, date(2026, 5, 1), WORK, **world.by)
    record_outcome(world.students[1], 0, GRADUATED, WORK, **world.by)
    assert queries(world.teacher, reverse("member:outcome_list")) == one == 12
