"""The secretariat's pages: list, ask, check one after the other, many at once, judge, chase."""

import re

import pytest

from chanjiao.indicators.actions import open_period
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.plans.enums import EvidenceState, FlagState
from chanjiao.plans.evidence_actions import drop_evidence
from chanjiao.plans.models import Evidence
from tests.people.world import AT
from tests.plans.evidence_world import (
    DUE,
    accepted,
    asked,
    make_plan,
    make_task,
    make_world,
    picture,
    submitted,
)
from tests.plans.test_evidence_files import DOCX
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(rows):
    world = make_world()
    for _ in range(rows):
        accepted(world, asked(world))
    assert queries(world.office, "/desk/evidence/") == 13


@pytest.mark.parametrize("rows", [1, 3])
def test_the_check_page_costs_the_same_whatever_waits(rows):
    world = make_world()
    made = [submitted(world, asked(world)) for _ in range(rows)]
    assert queries(world.office, f"/desk/evidence/check/{made[0].pk}/") == 13


def test_the_list_says_where_each_is_used_and_what_is_suspect():
    world, photo = make_world(), picture()
    submitted(world, asked(world), photo)
    submitted(world, asked(world, world.tasks[2]), photo)
    shown = text(get(world.office, "/desk/evidence/"))
    assert "2-1-1-1" in shown and "示例机床厂" in shown and "待判定" in shown
    only = text(get(world.office, "/desk/evidence/", flag="open"))
    assert "2-2-1-1" in only and "2-1-1-1</a>" not in only
    sheet = get(world.office, "/desk/evidence/", export="csv")
    assert "SHA-256" in b"".join(sheet).decode("utf-8-sig")


def test_asking_under_many_tasks_at_once():
    world = make_world()
    shown = text(get(world.office, f"/desk/evidence/ask/?task={world.tasks[1].pk}"))
    assert f'value="{world.tasks[1].pk}" selected' in shown
    data = {
        "tasks": [task.pk for task in world.tasks], "due_on": str(DUE), "wish": "加盖公章",
        "lines": "照片 揭牌仪式\n\n会议纪要　推进会纪要",
    }  # fmt: skip
    answer = post(world.office, "/desk/evidence/ask/", data)
    assert answer.status_code == 302
    assert Evidence.objects.count() == 6
    assert set(Evidence.objects.values_list("kind", "title")) == {
        ("photo", "揭牌仪式"), ("minutes", "推进会纪要"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [("相片 揭牌", "第 1 行：没有“相片”"), ("照片 揭牌\n合同", "第 2 行：“合同”后面请写名称")],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_lost(lines, said):
    world = make_world()
    data = {"tasks": [world.tasks[0].pk], "lines": lines, "due_on": str(DUE)}
    answer = post(world.office, "/desk/evidence/ask/", data)
    assert answer.status_code == 422 and said in text(answer)
    assert lines.splitlines()[0] in text(answer) and not Evidence.objects.exists()


def test_repeating_last_years_list():
    world = make_world()
    asked(world)
    new = make_plan(world.consortium, 2027)
    make_task(new, "2-1-1", world.school)
    data = {"earlier": world.plan.pk, "plan": new.pk}
    answer = post(world.office, "/desk/evidence/repeat/", data)
    assert answer.status_code == 302 and Evidence.objects.filter(plan=new).count() == 1


def test_one_after_the_other_and_then_nothing():
    world = make_world()
    first, second = submitted(world, asked(world)), submitted(world, asked(world))
    start = get(world.office, "/desk/evidence/check/")
    assert start.url == f"/desk/evidence/check/{first.pk}/"
    shown = text(get(world.office, start.url))
    assert "第 1 份，共 2 份" in shown and 'data-key="a"' in shown
    then = re.search(r'name="next" value="([^"]+)"', shown)[1]
    assert then == f"/desk/evidence/check/{second.pk}/"
    data = {"next": then, "revision": first.revision}
    answer = post(world.office, f"/desk/evidence/{first.pk}/accept/", data)
    assert answer.url == then
    data = {
        "next": "/desk/evidence/check/",
        "whole": "看不清",
        "files": "换一张",
        "revision": second.revision,
    }
    post(world.office, f"/desk/evidence/{second.pk}/return/", data)
    second.refresh_from_db()
    assert second.returned_reasons == {"": "看不清", "files": "换一张"}
    assert "没有待验收的佐证" in text(get(world.office, "/desk/evidence/check/"))


def test_a_return_without_a_reason_keeps_what_was_typed():
    world = make_world()
    row = submitted(world, asked(world))
    data = {"due_on": "2026-12-20", "revision": row.revision}
    answer = post(world.office, f"/desk/evidence/{row.pk}/return/", data)
    assert answer.status_code == 422
    assert "请至少写明一处退回原因" in text(answer) and "2026-12-20" in text(answer)


def test_a_stale_page_is_refused():
    world = make_world()
    row = submitted(world, asked(world))
    answer = post(world.office, f"/desk/evidence/{row.pk}/accept/", {"revision": row.revision - 1})
    assert answer.status_code == 409 and "已被他人办理" in text(answer)


def test_many_are_accepted_or_returned():
    world = make_world()
    rows = [submitted(world, asked(world)) for _ in range(4)]
    post(world.office, "/desk/evidence/accept/", {"row": [rows[0].pk, rows[1].pk]})
    shown = post(world.office, "/desk/evidence/return/", {"row": [rows[2].pk, rows[3].pk]})
    assert "共 2 份" in text(shown)
    data = {"row": [rows[2].pk, rows[3].pk], "reason": "请补日期"}
    assert post(world.office, "/desk/evidence/return/", data).status_code == 302
    states = Evidence.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["accepted", "accepted", "returned", "returned"]


def test_many_get_another_day():
    world = make_world()
    rows = [asked(world), asked(world, world.tasks[2])]
    ticked = {"row": [row.pk for row in rows]}
    assert "共 2 份" in text(post(world.office, "/desk/evidence/reschedule/", ticked))
    early = post(world.office, "/desk/evidence/reschedule/", ticked | {"due_on": "2026-01-01"})
    assert early.status_code == 422 and "不能早于今天" in text(early)
    day = "2026-12-31"
    post(world.office, "/desk/evidence/reschedule/", ticked | {"due_on": day})
    assert {str(row.due_on) for row in Evidence.objects.all()} == {day}


def test_why_a_button_is_disabled():
    world = make_world()
    shown = text(get(world.office, f"/desk/evidence/{asked(world).pk}/"))
    assert "当前状态为“待提交”，不能变为“已验收”" in shown


def test_judging_from_the_page():
    world, photo = make_world(), picture()
    submitted(world, asked(world), photo)
    row = submitted(world, asked(world, world.tasks[1]), photo)
    shown = text(get(world.office, f"/desk/evidence/{row.pk}/"))
    assert "不能作为两项任务各自的佐证" in shown
    flag = row.flags.get()
    answer = post(
        world.office, f"/desk/evidence/flags/{flag.pk}/confirm/", {"reason": "同一张照片"}
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.flag) == (EvidenceState.RETURNED, FlagState.CONFIRMED)
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/"))
    assert "确认重复提交" in shown


def test_uses_are_added_and_removed():
    world = make_world()
    row = accepted(world, asked(world))
    url = f"/desk/evidence/{row.pk}/"
    open_year(world)
    post(world.office, f"{url}use/", {"task": world.tasks[2].pk})
    post(world.office, f"{url}use/", {"indicator": "14"})
    shown = text(get(world.office, url))
    assert "任务 2-2-1" in shown and "指标 14" in shown
    answer = post(world.office, f"{url}use/", {"task": "", "indicator": ""})
    assert answer.status_code == 422 and "请选择一项任务" in text(answer)
    use = row.uses.get(indicator="14")
    post(world.office, f"{url}use/{use.pk}/remove/")
    assert row.uses.count() == 2


def open_year(world):
    """The demonstration's set, in use for the plan's year."""
    version = import_set(world.consortium, demo_text(), by=world.office, at=AT)
    open_period(world.consortium, row_year(world), version, by=world.office, at=AT)


def row_year(world) -> int:
    return world.tasks[0].plan.year


def test_only_an_indicator_of_the_set_in_force_can_be_proven():
    world = make_world()
    row = accepted(world, asked(world))
    url = f"/desk/evidence/{row.pk}/"
    answer = post(world.office, f"{url}use/", {"indicator": "14"})
    assert answer.status_code == 422 and "还没有采用指标集" in text(answer)
    open_year(world)
    shown = text(get(world.office, url))
    assert '<option value="14">共建产业学院</option>' in shown and 'list="indicator-codes"' in shown
    answer = post(world.office, f"{url}use/", {"indicator": "99"})
    assert answer.status_code == 422
    assert "指标集里没有编号“99”" in text(answer) and 'value="99"' in text(answer)
    assert not row.uses.exclude(indicator="").exists()


def test_letting_go_and_wanting_again():
    world = make_world()
    row = asked(world)
    assert post(world.office, f"/desk/evidence/{row.pk}/drop/", {"reason": " "}).status_code == 422
    post(world.office, f"/desk/evidence/{row.pk}/drop/", {"reason": "活动取消"})
    assert "活动取消" in text(get(world.office, f"/desk/evidence/{row.pk}/"))
    post(world.office, f"/desk/evidence/{row.pk}/want-again/", {"due_on": str(DUE)})
    row.refresh_from_db()
    assert row.state == EvidenceState.WANTED


def test_chasing():
    world = make_world()
    asked(world)
    shown = text(get(world.office, "/desk/evidence/owing/"))
    assert "示例职业学院" in shown and "示例机床厂" not in shown
    answer = post(world.office, "/desk/evidence/remind/", {"row": [world.school.pk]})
    assert answer.status_code == 302
    assert post(world.office, "/desk/evidence/remind/", {"row": [world.firm.pk]}).status_code == 422


def test_punctuality_is_shown():
    world = make_world()
    row = asked(world)
    Evidence.objects.filter(pk=row.pk).update(due_on="2026-03-01")
    gone = asked(world)
    drop_evidence(gone, "不办了", by=world.office, at=AT)
    shown = text(get(world.office, "/desk/evidence/punctuality/"))
    assert "示例职业学院" in shown and 'data-label="未交">1<' in shown


def test_the_file_comes_with_safe_headers():
    world = make_world()
    row = submitted(world, asked(world))
    one = row.files.get()
    answer = get(world.office, f"/desk/evidence/files/{one.pk}/")
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Cache-Control"] == "private, no-store"
    assert b"".join(answer)[:3] == b"\xff\xd8\xff"


def test_what_is_neither_picture_nor_pdf_is_a_download():
    world = make_world()
    row = submitted(world, asked(world, kind="minutes"), DOCX, name="纪要.docx")
    answer = get(world.office, f"/desk/evidence/files/{row.files.get().pk}/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer) == DOCX


def test_other_people_get_nothing():
    world = make_world()
    row = submitted(world, asked(world))
    one = row.files.get().pk
    for path in (f"evidence/{row.pk}/", f"evidence/files/{one}/"):
        for actor in (world.recruiter, world.outsider):
            assert get(actor, f"/member/{path}").status_code == 404
        assert get(world.far_office, f"/desk/{path}").status_code == 404
        assert get(world.teacher, f"/desk/{path}").status_code == 404
        assert get(None, f"/member/{path}").status_code == 302


def test_the_home_says_what_waits():
    world, photo = make_world(), picture()
    submitted(world, asked(world), photo)
    submitted(world, asked(world, world.tasks[1]), photo)
    late = asked(world)
    Evidence.objects.filter(pk=late.pk).update(answer_due_on="2026-11-01")
    shown = text(get(world.office, "/desk/"))
    for line in ("验收单位提交的佐证", "判定疑似重复的佐证", "催交：佐证逾期未提交"):
        assert line in shown
    assert "提交佐证材料" in text(get(world.teacher, "/member/"))
