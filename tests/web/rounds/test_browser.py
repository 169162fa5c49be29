"""Choosing and scoring in a real browser: saved visibly, nothing lost, usable by all.

Set CHANJIAO_SHOTS to a folder to keep the pictures.
"""

import os
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.urls import reverse

from chanjiao.kernel import clock
from chanjiao.matching.choices import save_choices
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Match, Round, Score
from chanjiao.matching.queries import chosen, sheet_of
from chanjiao.matching.runs import accept_run, perform_run, publish_round, start_run
from tests.matching.world import make_post, make_world, opened
from tests.web.rounds.pages import client_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}


def world_now():
    """The small world with a round that is open at the real moment."""
    world, now = make_world(), clock.now()
    world.posts.append(make_post(world.consortium, world.firms[1], "夜班操作工", shift="night"))
    opened(
        world, opens_at=now - timedelta(hours=1), closes_at=now + timedelta(minutes=40),
        scores_due_at=now + timedelta(days=1), publish_on=clock.day_of(now + timedelta(days=2)),
    )  # fmt: skip
    return world


def open_page(browser, live_server, actor, size="narrow", **options):
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", has_touch=size == "narrow",
        **options,
    )  # fmt: skip
    if actor:
        value = client_of(actor).cookies[django_settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
    page = context.new_page()
    page.faults = []
    page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    return page


def examine(page, name, size):
    """No accessibility violation, no complaint, nothing wider than the window."""
    folder = os.environ.get("CHANJIAO_SHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}-{size}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    assert not found, [(v["id"], [n["html"][:160] for n in v["nodes"][:4]]) for v in found]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "too wide"
    assert page.faults == []


def listed(world, index=0):
    return [row.post.title for row in chosen(sheet_of(world.round, world.students[index]))]


def shown(page):
    return page.locator("#mine-list .mine-post").all_inner_texts()


@contextmanager
def saving(page):
    """What happens inside is sent; afterwards the page says that it is saved."""
    with page.expect_response(lambda answer: answer.url.endswith("/save/")):
        yield
    page.wait_for_selector("#save-state.save-good:has-text('已保存')")


@pytest.mark.parametrize("size", SIZES)
def test_choosing_saves_itself_and_says_so(browser, live_server, size):
    world = world_now()
    page = open_page(browser, live_server, world.actor(0), size)
    page.goto(live_server.url + reverse("student:round", args=[world.round.pk]))
    assert "还有 00:" in page.inner_text("#clock")
    examine(page, "choose-empty", size)
    with saving(page):
        page.click("[data-name=数控车工] button")
    with saving(page):
        page.click("[data-name=设备维修] button")
    assert listed(world) == shown(page) == ["数控车工", "设备维修"]
    with saving(page):
        page.click("#mine-list li:nth-child(2) button:has-text('上移')")
    assert listed(world) == shown(page) == ["设备维修", "数控车工"]
    examine(page, "choose-two", size)
    with saving(page):
        page.drag_and_drop("#mine-list li:nth-child(1) .drag", "#mine-list li:nth-child(2)")
    assert listed(world) == shown(page) == ["数控车工", "设备维修"]
    page.fill("#post-search", "夜班")
    page.wait_for_selector("[data-name=数控车工]", state="detached")
    assert "夜班（22:00" in page.inner_text("[data-name=夜班操作工]")
    page.reload()
    assert shown(page) == ["数控车工", "设备维修"]
    with saving(page):
        page.click("#mine-list li:nth-child(1) button:has-text('移除')")
    assert listed(world) == ["设备维修"]
    page.context.close()


def test_two_tabs_both_lists_are_kept_until_one_is_chosen(browser, live_server):
    world = world_now()
    page = open_page(browser, live_server, world.actor(0))
    page.goto(live_server.url + reverse("student:round", args=[world.round.pk]))
    choose_now(world, 1)
    page.click("[data-name=数控车工] button")
    page.wait_for_selector("#conflict:not([hidden])")
    assert "装配钳工" in page.inner_text("#conflict-saved")
    assert "数控车工" in page.inner_text("#conflict-mine")
    assert listed(world) == ["装配钳工"]
    page.faults.clear()  # the browser itself reports the 409
    examine(page, "choose-conflict", "narrow")
    with saving(page):
        page.click("#keep-mine")
    assert listed(world) == ["数控车工"]
    choose_now(world, 1, revision=2)
    page.click("[data-name=设备维修] button")
    page.wait_for_selector("#conflict:not([hidden])")
    page.click("#keep-saved")
    assert shown(page) == ["装配钳工"]
    with saving(page):
        page.click("[data-name=设备维修] button")
    assert listed(world) == ["装配钳工", "设备维修"]
    page.context.close()


def choose_now(world, *posts, revision=0):
    seats = world.seats()
    save_choices(
        world.students[0], world.round, [seats[p] for p in posts], revision=revision,
        by=world.actor(0), at=clock.now(),
    )  # fmt: skip


def test_a_lost_network_is_said_and_tried_again(browser, live_server):
    world = world_now()
    page = open_page(browser, live_server, world.actor(0))
    page.goto(live_server.url + reverse("student:round", args=[world.round.pk]))
    page.context.set_offline(True)
    page.click("[data-name=数控车工] button")
    page.wait_for_selector("#save-state:has-text('正在重试')")
    assert listed(world) == []
    with saving(page):
        page.context.set_offline(False)
    assert listed(world) == ["数控车工"]
    page.context.close()


def test_without_javascript_the_buttons_work(browser, live_server):
    world = world_now()
    page = open_page(browser, live_server, world.actor(0), java_script_enabled=False)
    page.goto(live_server.url + reverse("student:round", args=[world.round.pk]))
    page.click("[data-name=数控车工] button")
    page.click("[data-name=设备维修] button")
    page.click("#mine-list li:nth-child(2) button:has-text('上移')")
    assert listed(world) == ["设备维修", "数控车工"]
    page.fill("input[name=q]", "装配")
    page.click("button:has-text('查询')")
    assert page.locator(".post-card").count() == 1
    page.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_scoring_by_keyboard_then_the_result(browser, live_server, size):
    world = world_now()
    for index in range(3):
        choose_for(world, index)
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.SCORING)
    seat = world.seats()[0]
    page = open_page(browser, live_server, world.recruiters[0], size)
    page.goto(live_server.url + reverse("member:round_score", args=[world.round.pk, seat.pk]))
    boxes = page.locator("[data-score]")
    boxes.nth(0).fill("91")
    boxes.nth(0).press("Enter")
    page.keyboard.type("82.5")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("70")
    examine(page, "score-grid", size)
    page.click("button:has-text('保存评分')")
    page.wait_for_selector("text=评分已保存")
    assert sorted(Score.objects.values_list("hundredths", flat=True)) == [7000, 8250, 9100]
    for name, address in {
        "member-round": reverse("member:round_detail", args=[world.round.pk]),
        "member-scoring": reverse("member:scoring_list"),
    }.items():
        page.goto(live_server.url + address)
        examine(page, name, size)
    page.context.close()
    published(world)
    pages = [
        (world.secretary, "desk-round", reverse("desk:round_detail", args=[world.round.pk])),
        (world.secretary, "desk-run", run_page(world)),
        (world.secretary, "desk-new", reverse("desk:round_new")),
        (world.secretary, "desk-list", reverse("desk:round_list")),
        (world.actor(0), "result", reverse("student:result", args=[world.round.pk])),
        (world.actor(0), "student-home", reverse("student:home")),
        (world.teachers[0], "school-students", reverse("member:round_students", args=[world.round.pk])),
        (None, "public", public_page(world)),
    ]  # fmt: skip
    for actor, name, address in pages:
        page = open_page(browser, live_server, actor, size)
        page.goto(live_server.url + address)
        page.wait_for_load_state("networkidle")
        examine(page, name, size)
        page.context.close()


def choose_for(world, index):
    seats = world.seats()
    save_choices(
        world.students[index], world.round, [seats[0], seats[1]], revision=0,
        by=world.actor(index), at=clock.now(),
    )  # fmt: skip


def published(world):
    Round.objects.filter(pk=world.round.pk).update(state=RoundState.DECIDING)
    at = clock.now()
    run = start_run(world.reload(), by=world.secretary, at=at)
    run.refresh_from_db()
    if run.state == RunState.QUEUED:
        perform_run(run.pk, lambda *a: None, at=at)
        run.refresh_from_db()
    accept_run(run, by=world.secretary, at=at)
    publish_round(world.reload(), by=world.secretary, at=at)


def run_page(world):
    run = world.round.runs.get()
    return reverse("desk:run_detail", args=[world.round.pk, run.pk])


def public_page(world):
    match = Match.objects.get(student=world.students[0])
    return f"{reverse('portal:round', args=[world.round.code])}?id={match.pseudonym}"
