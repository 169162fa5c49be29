"""A unit's pages: what is wanted, handing in with files, what came back, references, bundles."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.evidence_actions import update_evidence
from chanjiao.plans.evidence_check_actions import return_evidence
from chanjiao.plans.models import Evidence, EvidenceBundle
from tests.people.world import AT
from tests.plans.evidence_world import asked, filled, make_world, picture, submitted
from tests.plans.test_evidence_files import SVG, listing
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db
FIELDS = {"dated_on": "2026-05-08", "note": "揭牌仪式", "people": ""}


def jpg(name="现场.jpg", content=None):
    return SimpleUploadedFile(name, content or picture(), content_type="image/jpeg")


def edit(world, row, data, *files):
    sent = {"revision": row.revision, **FIELDS, **data, "files": list(files)}
    return post(world.teacher, f"/member/evidence/{row.pk}/edit/", sent)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_whatever_the_rows(rows):
    world = make_world()
    for _ in range(rows):
        asked(world)
    assert queries(world.teacher, "/member/evidence/") == 15


def test_from_wanted_to_handed_in_in_one_step():
    world = make_world()
    row = asked(world)
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/"))
    assert (
        "拍摄日期（必填）" in shown
        and "multiple" in shown
        and 'enctype="multipart/form-data"' in shown
    )
    answer = edit(world, row, {"submit": "1"}, jpg("一.jpg"), jpg("二.jpg"))
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.state, row.files.count(), str(row.dated_on)) == ("submitted", 2, "2026-05-08")


def test_saving_does_not_hand_in():
    world = make_world()
    row = asked(world)
    assert edit(world, row, {"save": "1", "dated_on": ""}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.note) == (EvidenceState.WANTED, "揭牌仪式")


def test_files_stay_and_words_stay_when_a_field_is_missing():
    world = make_world()
    row = asked(world)
    answer = edit(world, row, {"submit": "1", "dated_on": ""}, jpg())
    shown = text(answer)
    assert answer.status_code == 422 and "请填写拍摄日期" in shown
    assert "现场.jpg" in shown and "揭牌仪式" in shown
    row.refresh_from_db()
    assert row.files.count() == 1
    # and the page can be sent again as it is
    answer = edit(world, row, {"submit": "1"})
    assert answer.status_code == 302


def test_a_hostile_file_is_named_and_the_good_one_kept():
    world = make_world()
    row = asked(world)
    answer = edit(world, row, {"submit": "1"}, jpg(), jpg("攻击.jpg", SVG))
    assert answer.status_code == 422 and "攻击.jpg：不接收这种文件" in text(answer)
    row.refresh_from_db()
    assert row.state == EvidenceState.WANTED and row.files.count() == 1


def test_nothing_at_all_is_refused_beside_the_files():
    world = make_world()
    answer = edit(world, asked(world), {"submit": "1"})
    assert answer.status_code == 422 and "请上传文件" in text(answer)


def test_somebody_was_faster():
    world = make_world()
    row = asked(world)
    update_evidence(row, {"note": "同事先写的"}, revision=row.revision, by=world.teacher, at=AT)
    answer = edit(world, row, {"save": "1", "note": "我写的"})
    assert answer.status_code == 409 and "我写的" in text(answer)


def test_why_it_came_back_stands_beside_the_field():
    world = make_world()
    row = submitted(world, asked(world))
    return_evidence(row, {"dated_on": "日期不符", "": "补全景"}, by=world.office, at=AT)
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/"))
    assert "退回原因：日期不符" in shown and "总体意见：补全景" in shown
    assert "第 1 次提交" in shown


def test_a_file_is_taken_out():
    world = make_world()
    row = filled(world, asked(world))
    one = row.files.get()
    post(world.teacher, f"/member/evidence/{row.pk}/files/{one.pk}/remove/")
    one.refresh_from_db()
    assert one.removed_at == AT
    other = filled(world, asked(world, world.tasks[2])).files.get()
    answer = post(world.teacher, f"/member/evidence/{row.pk}/files/{other.pk}/remove/")
    assert answer.status_code == 404


def test_offering_by_oneself():
    world = make_world()
    shown = text(get(world.teacher, "/member/evidence/new/"))
    assert "任务 2-1-1" in shown and "任务 2-2-1" not in shown
    data = {"task": world.tasks[0].pk, "kind": "minutes", "title": "推进会纪要"}
    answer = post(world.teacher, "/member/evidence/new/", data)
    row = Evidence.objects.get()
    assert answer.url == f"/member/evidence/{row.pk}/" and not row.is_asked
    data["task"] = world.tasks[2].pk
    assert post(world.teacher, "/member/evidence/new/", data).status_code == 422
    post(world.teacher, f"/member/evidence/{row.pk}/withdraw/")
    row.refresh_from_db()
    assert row.state == EvidenceState.WITHDRAWN


def test_referring_to_a_record():
    world = make_world()
    team, row = listing(world), asked(world)
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/record/", kind="teams", q="智能"))
    assert "智能制造团队" in shown
    data = {"kind": "teams", "record": team.pk}
    post(world.teacher, f"/member/evidence/{row.pk}/record/", data)
    row.refresh_from_db()
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/"))
    assert "平台记录" in shown and "数控" in shown
    answer = edit(world, row, {"submit": "1"})
    assert answer.status_code == 302
    type(team).objects.filter(pk=team.pk).update(size=9)
    assert "在提交后有变化" in text(get(world.office, f"/desk/evidence/{row.pk}/"))


def test_a_foreign_record_is_not_offered():
    world = make_world()
    team, row = listing(world), asked(world)
    type(team).objects.filter(pk=team.pk).update(unit=world.firm)
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/record/", kind="teams"))
    assert "智能制造团队" not in shown
    data = {"kind": "teams", "record": team.pk}
    assert post(world.teacher, f"/member/evidence/{row.pk}/record/", data).status_code == 422


def test_referring_to_what_is_there_already():
    world = make_world()
    done, row = submitted(world, asked(world)), asked(world, world.tasks[1])
    shown = text(get(world.teacher, f"/member/evidence/{row.pk}/reuse/"))
    assert done.code in shown
    post(world.teacher, f"/member/evidence/{row.pk}/reuse/", {"evidence": done.pk})
    row.refresh_from_db()
    assert row.same_as == done
    post(world.teacher, f"/member/evidence/{row.pk}/forget/")
    row.refresh_from_db()
    assert row.same_as is None
    foreign = submitted(world, asked(world, world.tasks[2]))
    answer = post(world.teacher, f"/member/evidence/{row.pk}/reuse/", {"evidence": foreign.pk})
    assert answer.status_code == 404


def test_a_unit_bundles_its_own():
    world = make_world()
    answer = post(world.teacher, "/member/evidence/bundles/", {"plan": world.plan.pk})
    assert answer.status_code == 302 and "/jobs/" in answer.url
    assert EvidenceBundle.objects.get().unit == world.school
    assert world.plan.title in text(get(world.teacher, "/member/evidence/bundles/"))
    assert "还没有导出过" in text(get(world.recruiter, "/member/evidence/bundles/"))


def test_another_unit_cannot_write():
    world = make_world()
    row = asked(world)
    for verb in ("edit", "record", "reuse", "take-back", "withdraw", "forget"):
        assert post(world.recruiter, f"/member/evidence/{row.pk}/{verb}/").status_code == 404
