"""Pages of programmes, classes and mentors: forms walked, reasons shown, names kept, query counts."""

import pytest
from django.urls import reverse

from chanjiao.training.enums import ProgrammeState
from chanjiao.training.models import Mentor, Programme, TrainingClass
from tests.training.programmes_world import (
    agreement,
    in_state,
    make_master,
    make_programme,
    make_tutor,
    make_world,
    place,
    ready,
    running,
)
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def test_a_school_makes_an_order_class_by_its_forms(world):
    signed = agreement(world)
    given = {
        "kind": "order", "name": "精密制造订单班", "starts_on": "2026-09-01", "ends_on": "2028-07-01",
        "agreement": signed.pk,
    }  # fmt: skip
    assert post(world.teacher, reverse("member:programme_new"), given).status_code == 302
    row = Programme.objects.get()
    address = reverse("member:programme_detail", args=[row.pk])
    shown = text(get(world.teacher, address))
    assert "还缺 3 项" in shown and "还没有合作企业" in shown
    assert "disabled>启动培养" in shown
    partner = reverse("member:programme_partner", args=[row.pk])
    assert post(world.teacher, partner, {"unit": world.firm.pk, "duty": "实训"}).status_code == 302
    item = {
        "code": "1", "course": "数控加工", "title": "车削", "periods": "16", "period_minutes": "60",
        "site": "enterprise", "host": world.firm.pk, "teacher": "enterprise", "is_core": "on",
        "revision": Programme.objects.get().revision,
    }  # fmt: skip
    add = reverse("member:programme_item_new", args=[row.pk])
    wrong = post(world.teacher, add, item | {"host": ""})
    assert wrong.status_code == 422 and "须写明承担单位" in text(wrong)
    assert post(world.teacher, add, item).status_code == 302
    assert row.items.get().minutes == 960
    opened = post(
        world.teacher, reverse("member:class_new", args=[row.pk]),
        {"cohort": world.cohort.pk, "name": "一班", "opened_on": "2026-09-01"},
    )  # fmt: skip
    assert opened.status_code == 302
    one = TrainingClass.objects.get()
    assert "名单是空的" in text(get(world.teacher, reverse("member:class_detail", args=[one.pk])))
    shown = text(get(world.recruiter, address))
    assert "企业场所占 100.0%" in shown and "修改项目" not in shown


def test_a_running_plan_asks_for_the_reason_on_its_form(world):
    row = running(world)
    item = row.items.get(code="1.1")
    edit = reverse("member:programme_item_edit", args=[row.pk, item.pk])
    given = {
        "course": "机械制图", "title": "识图", "periods": "8", "period_minutes": "45", "site": "school",
        "teacher": "school", "revision": row.revision,
    }  # fmt: skip
    assert "变更原因" in text(get(world.teacher, edit))
    assert post(world.teacher, edit, given).status_code == 422
    assert post(world.teacher, edit, given | {"reason": "调整"}).status_code == 302
    assert post(world.teacher, edit, given | {"reason": "调整"}).status_code == 409  # stale
    assert post(world.recruiter, edit, given | {"reason": "调整"}).status_code == 422
    item.refresh_from_db()
    assert item.minutes == 360


def test_steps_by_their_buttons(world):
    row = ready(world)

    def step(name, **given):
        return post(world.teacher, reverse("member:programme_step", args=[row.pk, name]), given)

    assert step("start").status_code == 302
    assert step("end").status_code == 422  # early, and no reason
    assert step("unknown").status_code == 404
    assert step("end", reason="提前完成").status_code == 302
    row.refresh_from_db()
    assert row.state == ProgrammeState.ENDED


def test_names_of_students_are_shown_to_their_school_only(world):
    row = running(world)
    one = row.classes.get()
    name = world.students[0].name
    page = reverse("member:class_detail", args=[one.pk])
    assert name in text(get(world.teacher, page))
    assert get(world.recruiter, page).status_code == 403
    assert get(world.rival, page).status_code == 404
    for actor, address in (
        (world.recruiter, reverse("member:programme_detail", args=[row.pk])),
        (world.office, reverse("desk:programme_detail", args=[row.pk])),
        (world.office, reverse("desk:programme_list")),
    ):
        shown = get(actor, address)
        assert shown.status_code == 200 and name not in text(shown)
    zipped = reverse("member:class_evidence", args=[one.pk])
    assert get(world.teacher, zipped)["Content-Type"] == "application/zip"
    assert get(world.recruiter, zipped).status_code == 403


def test_the_desk_sees_programmes_side_by_side(world):
    running(world)
    shown = text(get(world.office, reverse("desk:programme_list")))
    assert "培养中项目合计企业场所占 50.0%；最低：精密制造订单班 50.0%" in shown
    sent = get(world.office, reverse("desk:programme_list"), chart="programmes")
    assert "精密制造订单班" in b"".join(sent).decode("utf-8-sig")


def test_a_student_reads_class_and_plan(world):
    row = running(world)
    student = world.students[0]
    actor = world.base.actor(world.base.students.index(student))
    shown = text(get(actor, reverse("student:class_list")))
    assert row.name in shown and "1.10" in shown and world.firm.name in shown
    assert world.students[1].name not in shown
    outsider = next(i for i, s in enumerate(world.base.students) if s.school_id != world.school.pk)
    assert "还没有编入" in text(get(world.base.actor(outsider), reverse("student:class_list")))


def test_mentors_by_their_forms(world):
    given = {"name": "王师傅", "qualification": "高级技师", "at_most": "3", "starts_on": "2026-09-01",
             "allowance_fen": "800.50"}  # fmt: skip
    new = reverse("member:mentor_new")
    assert post(world.recruiter, new, given | {"qualification": ""}).status_code == 422
    assert post(world.recruiter, new, given).status_code == 302
    row = Mentor.objects.get()
    assert row.allowance_fen == 80_050
    edit = reverse("member:mentor_edit", args=[row.pk])
    shown = text(get(world.recruiter, edit))
    assert 'value="800.5' in shown
    assert post(world.recruiter, edit, given | {"revision": 1, "at_most": "4"}).status_code == 302
    work = reverse("member:mentor_work", args=[row.pk])
    said = {"day": "2026-11-02", "minutes": "90", "what": "讲授编程"}
    assert post(world.recruiter, work, said).status_code == 302
    assert get(world.teacher, work).status_code == 404  # not yet a partner
    place(world, world.students[0], row)
    assert post(world.teacher, work, said | {"what": "来校授课"}).status_code == 302
    shown = text(get(world.teacher, reverse("member:mentor_detail", args=[row.pk])))
    assert "来校授课" in shown and "800" not in shown  # the allowance is the own unit's
    assert "正在带徒，没有生效的聘任协议" in text(
        get(world.recruiter, reverse("member:mentor_list"))
    )


def test_the_desk_sees_the_share_of_certified_teachers(world):
    make_tutor(world, dual_level="中级")
    make_tutor(world, name="另一位")
    assert "在聘教师中双师型占 50.0%" in text(get(world.office, reverse("desk:mentor_list")))


# Query counts at one and three rows --------------------------------------------------------------
LISTS = {"member:programme_list": 10, "desk:programme_list": 12, "member:mentor_list": 12,
         "desk:mentor_list": 12}  # fmt: skip


def rows(world, number):
    for index in range(number):
        made = in_state(make_programme(world, name=f"项目{index}"), ProgrammeState.RUNNING)
        make_master(world, name=f"师傅{index}")
        assert made.pk


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_at_one_row_and_three(world, name):
    actor = world.office if name.startswith("desk") else world.recruiter
    rows(world, 1)
    one = queries(actor, reverse(name))
    rows(world, 2)
    assert queries(actor, reverse(name)) == one == LISTS[name]


def test_a_programme_costs_the_same_with_more_of_everything(world):
    row = running(world)
    address = reverse("member:programme_detail", args=[row.pk])
    few = queries(world.teacher, address)
    from chanjiao.training.programme_actions import add_partner
    from tests.training.programmes_world import make_class

    for name in ("二班", "三班"):
        make_class(world, row, name)
    add_partner(row, world.other_firm, **world.by)
    assert queries(world.teacher, address) == few == 17
