"""A school's placement pages: the list, the gate, one placement, steps, many at once."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chanjiao.agreements.models import Agreement
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.models import Import
from chanjiao.training.enums import PlacementState
from chanjiao.training.models import Override, Placement, Programme, TrainingClass
from chanjiao.training.placement_columns import LAYOUT
from tests.matching.world import make_student, make_world
from tests.training.world import AT, ENDS, ON_DAY, STARTS, later, plan, prepare, running
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def to(name: str, *args) -> str:
    return reverse(f"member:placement_{name}", args=args)


def typed(world, **changed) -> dict[str, object]:
    return {
        "student_number": world.students[0].student_number, "kind": "post", "profile": "全国",
        "host": world.firms[0].pk, "position": "数控车工", "occupation_code": "6-18-01-01",
        "major_codes": "460102", "starts_on": str(STARTS), "last_on": str(ENDS - timedelta(days=1)),
        "wage": "4000", "peer_wage": "5000", "lowest_wage": "3000", "same_post_staff": "50",
        "day_hours": "8", "begins": "08:00", "ends": "17:00", "intensity": "1", "site": "enterprise",
        "chemical_site": "no", "independent": "on",
    } | changed  # fmt: skip


def test_a_school_plans_prepares_and_starts_by_its_pages(world):
    teacher = world.teachers[0]
    assert post(teacher, to("new"), typed(world), at=AT).status_code == 302
    row = Placement.objects.get()
    page = text(get(teacher, to("detail", row.pk), at=AT))
    assert "还没有登记" in page and "待补" in page and "三方协议" in page
    many = {"row": row.pk, "fill": "1"}
    assert post(teacher, to("declare"), many | {"clean_hands": "on"}, at=AT).status_code == 302
    policy = {"insurer": "示例保险", "policy": "P1", "starts_on": STARTS, "last_on": ENDS}
    assert post(teacher, to("insure"), many | policy, at=AT).status_code == 302
    for kind in ("training", "test"):
        given = {"kind": kind, "day": "2026-11-23", "minutes": 60, "score": 90, "passed": "on"}
        assert post(teacher, to("safety"), many | given, at=AT).status_code == 302
    held = post(teacher, to("start"), {"row": row.pk}, at=ON_DAY)
    assert held.status_code == 422 and row.student.name in text(held)
    row.refresh_from_db()
    assert row.state == PlacementState.PLANNED
    row.insurances.all().delete()
    prepare(world, row)
    assert "可以上岗" in text(get(teacher, to("gate"), at=ON_DAY))
    assert post(teacher, to("start"), {"row": row.pk}, at=ON_DAY).status_code == 302
    page = text(get(teacher, to("detail", row.pk), at=ON_DAY))
    assert "重算一致" in page and "岗位变更" in page


def test_the_gate_says_which_rule_keeps_whom_and_who_mends_it(world):
    prepare(world, plan(world, 0, major_codes=["530601"]))
    plan(world, 2)
    page = text(get(world.teachers[0], to("gate"), at=AT))
    assert "0 人可以上岗，0 人条件已齐、等开始日期，2 人还差条件" in page
    assert "不得跨专业大类" in page and world.students[2].name in page
    assert "还没有等待" not in page
    assert "没有等待上岗的学生" in text(get(world.teachers[1], to("gate"), at=AT))


def test_starting_many_starts_those_that_may(world):
    ready, held = prepare(world, plan(world, 0)), plan(world, 2)
    answer = post(world.teachers[0], to("start"), {"row": [ready.pk, held.pk]}, at=ON_DAY)
    assert answer.status_code == 422 and world.students[2].name in text(answer)
    ready.refresh_from_db()
    held.refresh_from_db()
    assert (ready.state, held.state) == ("running", "planned")


def test_an_exception_is_offered_where_the_law_leaves_one(world):
    row = prepare(world, plan(world, major_codes=["530601"]))
    address = to("exception", row.pk, "major_group")
    assert address in text(get(world.teachers[0], to("detail", row.pk), at=AT))
    proof = SimpleUploadedFile("意见.pdf", BytesIO(b"%PDF-1.7 x").getvalue())
    given = {"reason": "跨界", "file": proof}
    assert post(world.teachers[0], address, given, at=AT).status_code == 302
    override = Override.objects.get()
    assert "已豁免" in text(get(world.teachers[0], to("detail", row.pk), at=AT))
    end = to("exception_end", row.pk, override.pk)
    assert post(world.teachers[0], end, {"reason": "撤"}, at=AT).status_code == 302
    assert get(world.teachers[0], to("exception", row.pk, "agreement"), at=AT).status_code == 404


def test_a_refused_form_keeps_what_was_typed(world):
    given = typed(world, student_number="不存在", wage="很多")
    page = text(post(world.teachers[0], to("new"), given, at=AT))
    assert 'value="不存在"' in page and 'value="数控车工"' in page
    answer = post(world.teachers[0], to("new"), typed(world, student_number="999"), at=AT)
    assert answer.status_code == 422 and "名册里没有这个学号" in text(answer)
    assert not Placement.objects.exists()


def test_rotating_stopping_ending_and_cancelling(world):
    row = running(world)
    turn = STARTS + timedelta(days=30)
    given = typed(world, starts_on=str(turn), reason="轮岗", revision=row.revision)
    assert post(world.teachers[0], to("rotate", row.pk), given, at=later(20)).status_code == 302
    assert row.stints.count() == 2
    early = post(world.teachers[0], to("end", row.pk), {}, at=later(20))
    assert early.status_code == 422 and "提前终止" in text(early)
    given = {"on": str(later(40).date()), "reason": "病休"}
    assert post(world.teachers[0], to("stop", row.pk), given, at=later(40)).status_code == 302
    other = plan(world, 2)
    cancel = post(world.teachers[0], to("cancel", other.pk), {"reason": "参军"}, at=AT)
    assert cancel.status_code == 302


def test_other_schools_hosts_and_the_office_have_no_such_pages(world):
    row = plan(world)
    for name in ("detail", "edit", "rotate", "stop"):
        assert get(world.teachers[1], to(name, row.pk), at=AT).status_code == 404
        assert get(world.recruiters[0], to(name, row.pk), at=AT).status_code == 404
        assert get(world.secretary, to(name, row.pk), at=AT).status_code == 404
    for name in ("list", "gate", "new", "from_round"):
        assert get(world.recruiters[0], to(name), at=AT).status_code == 404
    answer = post(world.teachers[1], to("start"), {"row": row.pk}, at=ON_DAY)
    assert answer.status_code == 302  # nothing of theirs was ticked
    row.refresh_from_db()
    assert row.state == PlacementState.PLANNED


@pytest.mark.parametrize(("name", "wanted"), [("list", 11), ("gate", 17)])
def test_a_page_costs_the_same_for_one_and_for_three(world, name, wanted):
    world.students.append(make_student(world.cohorts[0], 7))
    plan(world, 0)
    one = queries(world.teachers[0], to(name))
    plan(world, 2)
    plan(world, 3)
    three = queries(world.teachers[0], to(name))
    assert (one, three) == (wanted, wanted)


def test_papers_of_many_go_out_in_one_step(world):
    """Three-party agreements and consents, tied to their placements; a guardian must be named."""
    rows = [plan(world, 0), plan(world, 2)]
    many = {"row": [row.pk for row in rows], "fill": "1"}
    terms = {
        "content": "数控车削", "rest": "双休", "payday": "15", "lodging": "工作餐",
        "protection": "发放劳保用品", "insured_by": "甲方", "insurance": "示例保险 PZ-1",
        "assessment": "按权重", "risks": "机械伤害", "contact": "王老师 13000000000",
    }  # fmt: skip
    address = to("papers")
    lacking = post(world.teachers[0], address, many | terms, at=AT)
    assert lacking.status_code == 422 and Agreement.objects.count() == 0
    named = {f"guardian_{row.pk}": f"家长{row.pk}" for row in rows}
    assert post(world.teachers[0], address, many | terms | named, at=AT).status_code == 302
    for row in rows:
        row.refresh_from_db()
        assert row.agreement.state == row.consent.state == "signing"
        assert {party.role for party in row.agreement.parties.all()} == {
            "school", "enterprise", "student",
        }  # fmt: skip
        assert f"家长{row.pk}" in {party.signatory for party in row.consent.parties.all()}
        assert "4,000.00 元" in row.agreement.versions.get().text
    assert post(world.teachers[0], address, many | terms, at=AT).status_code == 302
    assert Agreement.objects.count() == 4, "who has papers under way gets no second ones"


def test_the_lists_export_is_read_back_by_the_import(world):
    plan(world, 0, workplace="=cmd")
    plan(world, 1)
    school = world.teachers[0]
    for name in ("list", "import"):
        query = "?export=xlsx" if name == "list" else "?file=export"
        sent = get(school, to(name) + query, at=AT)
        data = b"".join(sent.streaming_content)
        found = check_file(data, LAYOUT, name="实习安排.xlsx")
        assert found.clean and [row.values["workplace"] for row in found.rows] == ["=cmd"]
    text = b"".join(get(school, to("list") + "?export=csv", at=AT).streaming_content).decode()
    assert "'=cmd" in text and world.students[1].student_number not in text
    none = get(school, to("list") + "?export=xlsx&state=ended", at=AT)
    assert check_file(b"".join(none.streaming_content), LAYOUT, name="空.xlsx").rows == []


def test_an_import_is_checked_then_written(world, django_capture_on_commit_callbacks):
    row = plan(world, 0)
    school = world.teachers[0]
    data = b"".join(get(school, to("import") + "?file=export", at=AT).streaming_content)
    Placement.objects.filter(pk=row.pk).update(self_chosen=True)
    file = SimpleUploadedFile("实习安排.xlsx", data)
    with django_capture_on_commit_callbacks(execute=True):
        sent = post(school, to("import"), {"file": file}, at=AT)
    made = Import.objects.get()
    assert sent.headers["Location"] == reverse("account_import", args=[made.pk])
    assert (
        made.report["good"] == 1 and to("list") in get(school, sent.headers["Location"], at=AT).text
    )
    with django_capture_on_commit_callbacks(execute=True):
        post(school, f"{sent.headers['Location']}commit/", {"mode": "all"}, at=AT)
    row.refresh_from_db()
    assert not row.self_chosen and row.revision == 2


def test_editing_keeps_the_class(world):
    row = plan(world, 0)
    programme = Programme.objects.create(
        consortium=world.consortium, number="YR-1", kind="order", name="订单班", unit=row.school,
        starts_on=STARTS, ends_on=ENDS, created_by=world.teachers[0].user, created_at=AT,
    )  # fmt: skip
    one = TrainingClass.objects.create(programme=programme, name="一班", cohort=world.cohorts[0])
    Placement.objects.filter(pk=row.pk).update(training_class=one)
    row.refresh_from_db()
    given = typed(world, revision=row.revision, position="装配钳工")
    assert post(world.teachers[0], to("edit", row.pk), given, at=AT).status_code == 302
    row.refresh_from_db()
    assert row.training_class == one and row.stints.get().position == "装配钳工"
