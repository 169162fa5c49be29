"""What protects a student in a real browser: usable by all, no wider than a phone, without scripts."""

import pytest
from django.urls import reverse

from chanjiao.kernel import clock
from chanjiao.training.models import Complaint, Incident, PayProof
from tests.matching.world import make_world
from tests.shape.care_rows import care_rows
from tests.training.care_world import master
from tests.web.rounds.test_browser import SIZES, examine, open_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db):
    world, now = make_world(), clock.now()
    world.extra = care_rows(world, clock.day_of(now).replace(day=1), now)
    master(world, world.firms[0])
    return world


def pages(world):
    row = lambda name, of: (name, [world.extra[of].pk])  # noqa: E731
    return [
        (None, [("portal:redlines", []), ("portal:redlines_try", [])]),
        (world.recruiters[0], [
            ("member:hosted_list", []), row("member:hosted_detail", "hosted"),
            ("member:hosted_safety", []), row("member:question_detail", "complaint"),
        ]),
        (world.teachers[0], [
            ("member:pay_list", []), row("member:incident_detail", "incident"),
            row("member:complaint_detail", "complaint"), ("member:incident_new", []),
        ]),
        (world.secretary, [
            ("desk:training", []), row("desk:complaint_detail", "office_complaint"),
        ]),
        (world.actor(0), [
            ("student:pay_list", []), ("student:complaint_list", []), ("student:incident", []),
        ]),
    ]  # fmt: skip


@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_is_usable_by_all_and_fits(browser, live_server, world, size):
    for who, addresses in pages(world):
        page = open_page(browser, live_server, who, size)
        for name, arguments in addresses:
            page.goto(live_server.url + reverse(name, args=arguments))
            examine(page, name.replace(":", "-"), size)
        page.context.close()


def test_a_student_does_everything_without_scripts(browser, live_server, world):
    page = open_page(browser, live_server, world.actor(0), java_script_enabled=False)
    page.goto(live_server.url + reverse("student:pay_list"))
    page.click("summary")
    page.fill("[name=objection]", "只收到一半")
    page.click("text=提出异议 >> nth=-1")
    assert "已提出异议" in page.inner_text("#messages")
    assert PayProof.objects.get().objection == "只收到一半"
    page.goto(live_server.url + reverse("student:complaint_list"))
    page.fill("[name=text]", "没有休息日")
    page.check("[value=office]")
    page.click("main >> button:has-text('提交')")
    assert "单位看不到" in page.inner_text("#messages")
    assert Complaint.objects.get(text="没有休息日").to_office
    page.goto(live_server.url + reverse("student:incident"))
    page.fill("[name=what]", "皮带没有护罩")
    page.click("main >> button:has-text('报告')")
    assert Incident.objects.filter(what="皮带没有护罩").exists()
    page.context.close()


def test_a_stranger_pastes_a_roster_without_scripts(browser, live_server, transactional_db):
    from chanjiao.training.roster_trial import _EXAMPLE

    row = _EXAMPLE | {"学生": "甲一", "每日实习小时": "10"}
    text = "\n".join("\t".join(cells) for cells in (_EXAMPLE, row.values()))
    page = open_page(browser, live_server, None, java_script_enabled=False)
    page.goto(live_server.url + reverse("portal:redlines_try"))
    page.fill("[name=text] >> nth=-1", text)
    page.click("main >> button:text-is('检查')")
    assert "1 名学生中 1 名还不能上岗" in page.inner_text("#result")
    with page.expect_download() as got:
        page.click("text=下载结果（Excel）")
    assert got.value.suggested_filename == "名单试查结果.xlsx"
    page.context.close()
