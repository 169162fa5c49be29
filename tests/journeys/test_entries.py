"""A record of learning on three phones: the student writes with a photo over a bad line, the mentor
confirms by the link without an account, the tutor marks; and once more without JavaScript."""

import gzip
import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from PIL import Image

from chanjiao.links.queries import token_of
from chanjiao.training.enums import EntryState
from chanjiao.training.models import Entry
from tests.journeys.walker import SIZES, window
from tests.people.world import AT, TODAY
from tests.plans.evidence_world import picture
from tests.training.entry_world import World, journal, make_world, values, written

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIGHT = 100 * 1024  # what a phone page may weigh before pictures, as it is sent


def big_photo(folder: Path) -> Path:
    """A photograph as a phone takes it: 4,000 × 3,000, with its place."""
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (38.0, 54.0, 0.0)}
    noise = Image.effect_noise((4000, 3000), 90).convert("RGB")
    place = folder / "现场.jpg"
    noise.save(place, "JPEG", quality=95, exif=exif)
    return place


def sent_bytes(page) -> list[tuple[str, int]]:
    """Listens: each answer with its size as it travels (text packed as the server packs it)."""
    found = []

    def heard(answer):
        kind = answer.headers.get("content-type", "")
        if kind.startswith("image/") or answer.status >= 300:
            return
        body = answer.body()
        static = urlsplit(answer.url).path.startswith("/static/")
        found.append((answer.url, len(gzip.compress(body)) if static else len(body)))

    page.on("response", heard)
    return found


def write_over_a_bad_line(world: World, student, folder: Path) -> None:
    """The first sending never arrives, the second arrives but its answer is lost."""
    tries = []

    def flaky(route):
        tries.append(1)
        if len(tries) == 1:
            return route.abort("connectionfailed")
        if len(tries) == 2:
            route.fetch()
            return route.abort("connectionreset")
        return route.continue_()

    student.go("/student/")
    student.follow("写学习记录")
    page = student.page
    page.fill("[name=hours]", "7.5")
    page.get_by_text("第 1 项操作").click()
    page.fill("[name=text]", "独立车削轴套，尺寸合格。")
    page.set_input_files("[name=files]", big_photo(folder))
    page.route(
        "**/new/",
        lambda route: flaky(route) if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_role("button", name="提交给导师").click()
    page.wait_for_selector("text=秒后自动重发")
    page.wait_for_selector("text=已提交，等导师确认", timeout=30_000)
    student.faults = [text for text in student.faults if "ERR_CONNECTION" not in text]
    student.look()
    assert len(tries) == 3
    row = Entry.objects.get(text__startswith="独立车削")
    assert (row.state, row.minutes, row.files.count()) == (EntryState.SUBMITTED, 450, 1)
    with row.files.get().file.file.open("rb") as kept:
        data = kept.read()
    shrunk = Image.open(io.BytesIO(data))
    assert shrunk.size == (1600, 1200) and len(data) < 3_000_000
    assert not shrunk.getexif().get_ifd(0x8825)


def confirm_many(world: World, mentor) -> None:
    mentor.go(f"/m/{token_of(world.link())}/")
    mentor.says("3 条学习记录待确认")
    mentor.page.locator("a", has_text="查看、更正或退回").first.click()
    mentor.look()
    mentor.follow("返回待确认")
    mentor.page.locator("[data-pick-all]").check()
    mentor.page.locator("[name=entry]").last.uncheck()
    mentor.press("确认所选")
    mentor.says("已确认 2 条", "1 条学习记录待确认")
    mentor.page.locator("a", has_text="评分").first.click()
    mentor.look()
    mentor.page.fill("[name=points]", "88")
    mentor.press("保存评分")
    mentor.says("88.00 分")


def mark(world: World, tutor) -> None:
    tutor.go("/member/marking/")
    for number in (85, 90):
        tutor.page.keyboard.type(str(number))
        tutor.enter()
    tutor.says("没有待批阅")
    tutor.go("/member/learning/")
    tutor.says("批阅率 100.0%")
    tutor.go(f"/member/learning/{world.placements[0].pk}/")
    tutor.says("15.98 小时", "39.9%")


def test_three_phones(browser, live_server, tmp_path):
    world = make_world()
    for n in range(2):
        written(world, values=values(world, day=TODAY, minutes=480 - n))
        written(world, values=journal(world))
    with time_machine.travel(AT, tick=True):
        with window(browser, live_server.url, "narrow", "student", world.pupil()) as student:
            write_over_a_bad_line(world, student, tmp_path)
            student.go("/student/placement/")
            student.says("3 条等导师确认", "2 / 12 篇")
            student.go(f"/student/placement/{world.placements[0].pk}/entries/")
        with window(browser, live_server.url, "narrow", "mentor", None) as mentor:
            confirm_many(world, mentor)
        with window(browser, live_server.url, "narrow", "tutor", world.teacher) as tutor:
            mark(world, tutor)


def test_without_javascript(browser, live_server, tmp_path):
    world = make_world()
    place = tmp_path / "现场.jpg"
    place.write_bytes(picture())
    with time_machine.travel(AT, tick=True):
        with window(
            browser, live_server.url, "narrow", "plain-student", world.pupil(), script=False
        ) as student:
            student.go("/student/")
            student.follow("写学习记录")
            page = student.page
            page.fill("[name=hours]", "8")
            page.get_by_text("第 1 项操作").click()
            page.fill("[name=text]", "装夹与对刀。")
            page.set_input_files("[name=files]", place)
            page.get_by_role("button", name="提交给导师").click()
            page.wait_for_load_state()
            student.look()
            student.says("已提交，等导师确认", "1 个附件")
        with window(
            browser, live_server.url, "narrow", "plain-mentor", None, script=False
        ) as mentor:
            mentor.go(f"/m/{token_of(world.link())}/")
            mentor.page.get_by_role("link", name="勾选本页全部").click()
            mentor.page.get_by_role("button", name="确认所选").click()
            mentor.look()
            mentor.says("已确认 1 条", "没有待确认的记录")
    assert Entry.objects.get().state == EntryState.CONFIRMED


@pytest.mark.parametrize("size", SIZES)
def test_the_schools_pages_and_a_visit(browser, live_server, size):
    world = make_world(students=4)
    for n in range(4):
        written(world, n)
        written(world, n, values=journal(world))
    pk = world.placements[0].pk
    with (
        time_machine.travel(AT, tick=True),
        window(browser, live_server.url, size, "school", world.teacher) as school,
    ):
        page = school.page
        school.go("/member/learning/?behind=1")
        school.follow(world.placements[0].student.name)
        school.go(f"/member/learning/{pk}/grade/school/")
        page.fill("[name=points]", "85")
        school.press("保存成绩")
        school.follow("实习档案")
        school.says("还缺", "没有保单")
        school.go("/member/marking/")
        school.go(
            f"/member/learning/entries/{world.placements[0].entries.filter(kind='work').get().pk}/"
        )
        school.go("/member/mentor-links/")
        school.follow(world.masters[0].name)
        school.press("生成链接")
        assert "/m/" in page.locator("#letter").input_value()
        school.go("/member/archives/")
        school.go("/member/draws/")
        school.follow("抽取走访")
        page.fill("[name=title]", "十一月走访")
        page.fill("[name=size]", "2")
        page.fill("[name=due_on]", "2026-11-30")
        school.press("抽取")
        school.says("重抽一致")
        page.locator("table a").first.click()
        school.look()
        page.get_by_label("在岗", exact=True).check()
        page.fill("[name=finding]", "在车间操作，师傅在旁指导。")
        school.press("登记走访")
        school.says("已走访")
        school.go("/member/")
        school.says("完成随机走访", "批阅实习周记和总结")


def test_phone_pages_are_light(browser, live_server):
    """Everything but pictures, packed as the server packs it: at most 100 KB with an empty cache."""
    world = make_world()
    for n in range(20):
        written(
            world, values=values(world, day=TODAY, minutes=60, text=f"第 {n} 件：" + "车削" * 100)
        )
    row = Entry.objects.order_by("pk").first()
    link, pk = token_of(world.link()), world.placements[0].pk
    weights = {}
    with time_machine.travel(AT, tick=True):
        for path in (
            "/student/placement/", f"/student/placement/{pk}/new/", f"/student/placement/{pk}/entries/",
            f"/student/entries/{row.pk}/", f"/m/{link}/", f"/m/{link}/entries/{row.pk}/",
        ):  # fmt: skip
            actor = world.pupil() if path.startswith("/student") else None
            with window(browser, live_server.url, "narrow", "light", actor) as phone:
                found = sent_bytes(phone.page)
                phone.go(path)
                weights[path] = sum(size for _, size in found)
    print({path.replace(link, "…"): weight for path, weight in weights.items()})
    assert max(weights.values()) <= LIGHT
