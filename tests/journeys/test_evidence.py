"""A task is proven: a file and a live record come in, one goes back, is mended, and is accepted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from chanjiao.indicators.actions import open_period
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.kernel.clock import ZONE
from chanjiao.needs.actions import create_listing
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import STATIONS
from chanjiao.needs.models import Station
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.models import Evidence, Task
from chanjiao.reference.shipped import load_shipped
from tests.journeys.walker import Stage, Walker
from tests.needs.world import VALUES, in_state
from tests.plans.evidence_world import picture
from tests.plans.world import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BEGIN = datetime(2026, 6, 1, 9, 0, tzinfo=ZONE)
PHOTO, STATION = "揭牌活动照片", "实训工位清单"
REASONS = {"拍摄日期": "与照片上的水印不符，请核对。", "照片说明": "请写明到场的成员单位。"}
NOTE = "2026 年 5 月 8 日，三家理事单位到场揭牌"


@dataclass(kw_only=True)
class Proof(Stage):
    """A plan in force: 1-1-1 and 1-1-2 are the firm's."""

    world: World
    tasks: list[Task]
    station: Station

    def piece(self, title: str) -> Evidence:
        return Evidence.objects.get(title=title)


def make_proof(browser, address, folder) -> Proof:
    world = make_world()
    tasks = [
        world.task(code, name=name, unit=world.firm, target=None)
        for code, name in (("1-1-1", "共建实训基地"), ("1-1-2", "开放基地工位"))
    ]
    world.in_force()
    load_shipped(at=BEGIN)
    chosen = import_set(world.consortium, demo_text(), by=world.office, at=BEGIN)
    open_period(world.consortium, 2026, chosen, by=world.office, at=BEGIN)
    station = create_listing(
        STATIONS, VALUES["stations"], consortium=world.consortium, unit=world.firm,
        by=world.recruiter, at=BEGIN,
    )  # fmt: skip
    return Proof(
        browser=browser, address=address, folder=folder, at=BEGIN, world=world, tasks=tasks,
        station=in_state(station, ListingState.PUBLISHED),
    )  # fmt: skip


def test_from_a_wish_to_where_it_is_used(browser, live_server, folder):
    proof = make_proof(browser, live_server.url, folder)
    ask(proof)
    hand_in_a_photo(proof)
    refer_to_a_record(proof)
    hand_back(proof)
    mend(proof)
    accept(proof)
    use(proof)
    see_where(proof)
    assert proof.pages >= 25


def ask(proof: Proof) -> None:
    """From the task's own page: two pieces, by a day."""
    with proof.walk("desk", proof.world.office) as desk:
        desk.go(f"/desk/tasks/{proof.tasks[0].pk}/")
        desk.follow("索取佐证")
        desk.page.fill("[name=lines]", f"照片 {PHOTO}\n其他 {STATION}")
        desk.page.fill("[name=due_on]", "2026-06-10")
        desk.page.fill("[name=wish]", "照片须能看清牌匾。")
        desk.press("索取")
        desk.says("已索取", PHOTO, STATION, "1-1-1-1", "1-1-1-2")


def hand_in_a_photo(proof: Proof) -> None:
    """On the phone, from the notice: what is missing is said, the picture stays."""
    photo = proof.folder / "揭牌.jpg"
    photo.write_bytes(picture(7, (800, 600)))
    with proof.walk("firm", proof.world.recruiter, "narrow") as firm:
        firm.go("/account/notices/")
        firm.arrive(firm.page.locator("main .notice-line").first, "/member/evidence/")
        firm.follow("1-1-1-1")
        firm.says("照片须能看清牌匾。")
        firm.page.set_input_files("input[type=file]", photo)
        firm.press("提交验收", refused=True)
        firm.says("请填写拍摄日期", "揭牌.jpg")
        firm.page.fill("[name=dated_on]", "2026-05-18")
        firm.page.fill("[name=note]", "揭牌仪式")
        firm.press("提交验收")
        firm.says("已提交，等待秘书处验收。", "揭牌.jpg")


def refer_to_a_record(proof: Proof) -> None:
    """No file: the station is on the platform already."""
    with proof.walk("firm", proof.world.recruiter, "narrow") as firm:
        firm.go("/member/evidence/")
        firm.follow("1-1-1-2")
        firm.follow("引用平台记录")
        firm.page.select_option("[name=kind]", STATIONS.slug)
        firm.press("查找")
        firm.page.get_by_label(proof.station.number).check()
        firm.press("引用所选")
        firm.says("已引用平台记录", proof.station.number)
        firm.press("提交验收")
        firm.says("已提交，等待秘书处验收。", "工位清单", proof.station.title)


def hand_back(proof: Proof) -> None:
    """A reason beside each field that is wrong; the queue goes on to the next piece."""
    with proof.walk("desk", proof.world.office) as desk:
        desk.go("/desk/evidence/check/")
        desk.says(PHOTO, "2026-05-18", "第 1 份，共 2 份待验收")
        desk.page.get_by_text("逐项写明").click()
        for label, reason in REASONS.items():
            desk.page.get_by_label(label, exact=True).fill(reason)
        desk.press("退回")
        desk.says("已退回 1-1-1-1", STATION, proof.station.number, "第 1 份，共 1 份待验收")


def mend(proof: Proof) -> None:
    """Each reason stands beside its field; what is changed is handed in again."""
    proof.at += timedelta(days=1)
    with proof.walk("firm", proof.world.recruiter, "narrow") as firm:
        firm.go("/account/notices/")
        firm.arrive(firm.page.locator("main .notice-line").first, "/member/evidence/")
        firm.says("已退回，请修改后重新提交。", *REASONS.values(), "揭牌.jpg")
        helped = firm.page.locator(".field", has=firm.page.locator("[name=dated_on]"))
        assert REASONS["拍摄日期"] in helped.inner_text()
        firm.page.fill("[name=dated_on]", "2026-05-08")
        firm.page.fill("[name=note]", NOTE)
        firm.press("提交验收")
        firm.says("已提交，等待秘书处验收。", "第 2 次提交")


def accept(proof: Proof) -> None:
    """By keyboard, one after the other, until nothing waits."""
    with proof.walk("desk", proof.world.office) as desk:
        desk.go("/desk/evidence/check/")
        for title, then in ((STATION, PHOTO), (PHOTO, "没有待验收的佐证")):
            desk.says(title)
            desk.leave(lambda: desk.page.keyboard.press("a"))
            desk.says(f"《{title}》", then)
    states = set(Evidence.objects.order_by().values_list("state", flat=True))
    assert states == {EvidenceState.ACCEPTED}


def use(proof: Proof) -> None:
    """What proves one task proves another, and an indicator."""
    with proof.walk("desk", proof.world.office) as desk:
        desk.go("/desk/evidence/?state=accepted")
        desk.follow("1-1-1-1")
        desk.page.evaluate(_CHOOSE, f"{proof.tasks[1].pk}")
        desk.press("添加用途")
        desk.says(f"任务 {proof.tasks[1]}")
        desk.page.fill("[name=indicator]", "9")
        desk.press("添加用途")
        used_for(proof, desk)


_CHOOSE = "value => document.querySelector('[name=task]').tomselect.setValue(value)"


def used_for(proof: Proof, walker: Walker) -> None:
    walker.says(*(f"任务 {task}" for task in proof.tasks), "指标 9")


def see_where(proof: Proof) -> None:
    """The firm sees where its piece is used, and each task that it proves shows it."""
    with proof.walk("firm", proof.world.recruiter, "narrow") as firm:
        firm.go(f"/member/evidence/{proof.piece(PHOTO).pk}/")
        firm.says("已验收", NOTE)
        used_for(proof, firm)
        firm.go(f"/member/tasks/{proof.tasks[1].pk}/")
        firm.says(PHOTO)
