"""Handing in on a phone and checking by keyboard in a real browser.

Set CHANJIAO_SHOTS to a folder to keep the pictures.
"""

import pytest
from django.urls import reverse

from chanjiao.kernel import clock
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.evidence_check_actions import return_evidence
from tests.people.world import AT
from tests.plans.evidence_world import accepted, asked, make_world, pdf, picture, submitted
from tests.plans.test_evidence_files import listing
from tests.web.rounds.test_browser import SIZES, examine, open_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("size", SIZES)
def test_handing_in(browser, live_server, size, tmp_path):
    world = make_world()
    row = submitted(world, asked(world), picture(5, (1200, 900)))
    return_evidence(
        row, {"dated_on": "日期与照片水印不符", "": "请补一张全景"}, by=world.office, at=AT
    )
    fresh = asked(world, world.tasks[1])
    done = accepted(world, asked(world))
    page = open_page(browser, live_server, world.teacher, size)
    page.goto(live_server.url + reverse("member:evidence_list"))
    examine(page, "member-list", size)
    page.goto(live_server.url + reverse("member:evidence_detail", args=[row.pk]))
    examine(page, "member-returned", size)
    page.goto(live_server.url + reverse("member:evidence_reuse", args=[fresh.pk]))
    examine(page, "member-reuse", size)
    page.goto(live_server.url + reverse("member:evidence_detail", args=[done.pk]))
    examine(page, "member-accepted", size)
    photo = tmp_path / "揭牌现场.jpg"
    photo.write_bytes(picture(6, (800, 600)))
    page.goto(live_server.url + reverse("member:evidence_detail", args=[fresh.pk]))
    page.set_input_files("input[type=file]", [str(photo)])
    page.click("button:has-text('提交验收')")
    page.wait_for_selector("text=请填写拍摄日期")
    assert page.is_visible("text=揭牌现场.jpg")
    page.faults.clear()  # the browser itself reports the 422
    examine(page, "member-missing", size)
    page.fill("[name=dated_on]", "2026-05-08")
    page.fill("[name=note]", "2026 年 5 月 8 日揭牌仪式")
    page.click("button:has-text('提交验收')")
    page.wait_for_selector("text=已提交，等待秘书处验收")
    fresh.refresh_from_db()
    assert fresh.state == EvidenceState.SUBMITTED
    page.context.close()


def arrived(page, row):
    """The page of this piece is there with its script."""
    page.wait_for_selector(f"h1:has-text('{row.code}')")
    page.wait_for_load_state("load")


def test_checking_by_keyboard(browser, live_server):
    world = make_world()
    first = submitted(world, asked(world), picture(5, (1200, 900)))
    second = submitted(world, asked(world, world.tasks[2], "contract"), pdf(), name="合同.pdf")
    third = submitted(world, asked(world, world.tasks[1]), picture(5, (1200, 900)))
    page = open_page(browser, live_server, world.office, "wide")
    page.goto(live_server.url + reverse("desk:evidence_check"))
    examine(page, "check", "wide")
    page.keyboard.press("j")
    arrived(page, second)
    page.keyboard.press("k")
    arrived(page, first)
    page.keyboard.press("a")
    arrived(page, second)
    page.keyboard.press("r")
    page.wait_for_function("document.activeElement.name === 'whole'")
    page.keyboard.type("a 缺盖章页")  # typed, not a key
    page.click("button:has-text('退回')")
    arrived(page, third)
    page.faults.clear()  # headless browsers have no reader of PDF
    examine(page, "check-suspect", "wide")
    page.goto(live_server.url + reverse("desk:evidence_detail", args=[third.pk]))
    examine(page, "desk-suspect", "wide")
    for row, state in ((first, "accepted"), (second, "returned"), (third, "submitted")):
        row.refresh_from_db()
        assert row.state == state
    assert second.returned_reasons == {"": "a 缺盖章页"}
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_secretariats_pages(browser, live_server, size):
    world = make_world()
    photo = picture(5)
    accepted(world, asked(world), photo)
    submitted(world, asked(world, world.tasks[2]), photo)
    asked(world, world.tasks[1])
    listing(world)
    page = open_page(browser, live_server, world.office, size)
    for name in ("list", "ask", "owing", "punctuality", "bundles", "repeat"):
        page.goto(live_server.url + reverse(f"desk:evidence_{name}"))
        examine(page, f"desk-{name}", size)
    assert clock.now()
    page.context.close()
