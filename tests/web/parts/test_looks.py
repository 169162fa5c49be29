"""The parts in a real browser, wide and narrow: accessible, within the policy, nothing cut off.

Set CHANJIAO_SHOTS to a folder to keep the pictures.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.cache import cache

from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.notices.models import Notice
from chanjiao.people.enums import UnitKind
from tests.people.world import AT, TODAY, make_appointment, make_unit
from tests.web.parts.places import make_consortium, make_member, person_of, signed_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.web.parts.places"),
]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def furnish() -> Any:
    consortium = make_consortium()
    user = person_of(consortium.secretariat)
    make_appointment(user, make_member(consortium, name="示例数控机床（大连）有限公司"))
    for number in range(55):
        make_unit(
            name=f"示例精密制造与智能装备技术（大连）有限公司{number:02}", staff_count=number * 137,
            is_fictional=number % 2 == 0,
        )  # fmt: skip
    make_unit(UnitKind.INSTITUTE, "示例研究所")
    for number in range(3):
        Notice.objects.create(
            user=user, at=AT - timedelta(days=number), text="您提交的人才需求 P-2026-0012 被退回，请按说明修改后再次提交。",
            due_on=TODAY, read_at=AT if number == 2 else None, link="/try/queue/",
        )  # fmt: skip
    Job.objects.create(
        pk=1, kind="x", title="导入人才需求清单", owner=user, queued_at=AT, state=JobState.RUNNING,
        done=42_000, total=100_000, step="检查各行",
    )  # fmt: skip
    Job.objects.create(
        pk=2, kind="x", title="导入学生批次", owner=user, queued_at=AT, state=JobState.DONE,
        message="导入 1,204 行。", link="/try/queue/", ended_at=AT,
    )  # fmt: skip
    return user


def open_page(browser: Any, live_server: Any, user: Any, size: str) -> Any:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    if user:
        value = signed_in(user).cookies[django_settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    page = context.new_page()
    page.faults = []
    page.on(
        "console", lambda m: page.faults.append(m.text) if m.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    return page


def examine(page: Any, name: str, size: str) -> None:
    """No accessibility violation, no complaint of the browser's, nothing wider than the window."""
    folder = os.environ.get("CHANJIAO_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}-{size}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"][:160] for n in v["nodes"][:4]]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "too wide"
    assert page.faults == []


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_people_who_are_signed_in(browser, live_server, size):
    user = furnish()
    page = open_page(browser, live_server, user, size)
    for name, path in {
        "list": "/try/units/", "list-narrowed": "/try/units/?q=精密&kind=enterprise&sort=-staff",
        "list-none": "/try/units/?q=没有这样的单位", "queue": "/try/queue/", "charts": "/try/charts/",
        "notices": "/account/notices/", "jobs": "/account/jobs/", "job": "/account/jobs/1/",
        "job-done": "/account/jobs/2/", "password": "/account/password/", "mfa": "/account/mfa/",
        "form": "/try/form/",
    }.items():  # fmt: skip
        page.goto(live_server.url + path)
        page.wait_for_load_state("networkidle") if name != "job" else None
        examine(page, name, size)
    page.click("text=保存")
    page.wait_for_selector(".field-errors")
    page.faults.clear()  # the browser notes the 422 itself
    examine(page, "form-wrong", size)


@pytest.mark.parametrize("size", SIZES)
def test_pages_before_sign_in(browser, live_server, size):
    cache.clear()
    page = open_page(browser, live_server, None, size)
    page.goto(f"{live_server.url}/account/login/?next=/try/desk/")
    examine(page, "login", size)
    for _ in range(5):
        page.fill("[name=login]", "somebody")
        page.fill("[name=password]", "wrong-horse-1")
        page.click("button:has-text('登录')")
        page.wait_for_load_state()
    page.faults.clear()
    examine(page, "locked", size)
    page.goto(f"{live_server.url}/account/invitation/nothing/")
    page.faults.clear()
    examine(page, "invitation-gone", size)
    page.goto(f"{live_server.url}/nowhere/")
    page.faults.clear()
    examine(page, "404", size)


def test_second_factor_page(browser, live_server, settings):
    settings.SECOND_FACTOR_REQUIRED = True
    user = person_of(make_consortium().secretariat)
    page = open_page(browser, live_server, None, "narrow")
    page.goto(f"{live_server.url}/account/login/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", "right-horse-77")
    page.click("button:has-text('登录')")
    page.wait_for_selector(".qr")
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0, "the code is drawn"
    examine(page, "totp", "narrow")


def test_a_list_is_worked_by_keyboard_and_swaps_without_reloading(browser, live_server):
    page = open_page(browser, live_server, furnish(), "wide")
    page.goto(f"{live_server.url}/try/units/")
    page.evaluate("window.stays = true")
    page.keyboard.press("/")
    page.keyboard.type("研究所")
    page.wait_for_selector("text=共 1 条")
    assert "q=" in page.url and page.evaluate("window.stays")
    assert page.evaluate("document.activeElement.id") == "list-search"
    page.fill("#list-search", "")
    page.wait_for_selector("text=下一页")
    page.select_option("select[name=fictional]", "1")
    page.wait_for_selector("text=共 28 条")
    page.click("th a:has-text('职工人数')")
    page.wait_for_selector("th[aria-sort=ascending]")
    page.select_option("select[name=kind]", "enterprise")
    page.wait_for_selector(".chips >> text=企业")
    assert "sort=staff" in page.url, "narrowing keeps the order"
    page.check("[data-pick] >> nth=0")
    assert page.is_enabled("button:has-text('处理所选')")
    page.click("tbody tr >> nth=0 >> td >> nth=3")
    page.wait_for_url("**/try/units/*/")


def test_a_refused_form_stays_as_typed_and_a_button_speaks(browser, live_server):
    page = open_page(browser, live_server, furnish(), "narrow")
    page.goto(f"{live_server.url}/try/form/")
    page.fill("[name=name]", "冲突")
    page.fill("[name=note]", "写了很久的说明")
    page.click("button:has-text('保存')")
    page.wait_for_selector("text=刚被他人修改。")
    assert page.input_value("[name=note]") == "写了很久的说明"
    page.fill("[name=name]", "ok")
    page.click("button:has-text('保存')")
    page.wait_for_selector("text=已保存。")
    assert "/try/form/" not in page.url


def test_progress_moves_by_itself_and_survives_a_reload(browser, live_server):
    page = open_page(browser, live_server, furnish(), "narrow")
    page.goto(f"{live_server.url}/account/jobs/1/")
    page.wait_for_selector("text=42%")
    Job.objects.filter(pk=1).update(done=90_000)
    page.wait_for_selector("text=90%")
    page.reload()
    page.wait_for_selector("text=90%")
    Job.objects.filter(pk=1).update(state=JobState.DONE, message="导入完成。", link="/try/queue/")
    page.wait_for_selector("text=查看结果")
