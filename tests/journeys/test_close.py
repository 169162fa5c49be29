"""A year is closed: returns, lock, report, a pack that a stranger verifies, publication."""

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import docx
import pytest

from chanjiao.indicators.enums import PeriodState, ReturnState
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.kernel.clock import ZONE
from tests.converter import ready
from tests.indicators.world import AFTER, AT, make_ground
from tests.journeys.walker import Stage, Walker
from tests.matching.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NEW_YEAR = datetime(2027, 1, 5, 9, 0, tzinfo=ZONE)
SUMMARY = "全年按期提交清单，捐赠 3 万元已兑现。"


@dataclass(kw_only=True)
class Closing(Stage):
    """A consortium whose year 2026 is over, without a period yet."""

    world: World

    @property
    def period(self) -> Period:
        return Period.objects.get(year=2026)

    @property
    def here(self) -> str:
        return f"/desk/periods/{self.period.pk}/"


def test_from_an_open_year_to_a_pack_that_verifies(browser, live_server, folder):
    world, _ = make_ground()
    closing = Closing(
        browser=browser, address=live_server.url, folder=folder, at=AT, world=world
    )  # fmt: skip
    begin(closing)
    confirm_return(closing)
    accept_return(closing)
    settle(closing)
    lock(closing)
    report(closing)
    pack, command = fetch_pack(closing)
    verify_as_a_stranger(pack, command)
    publish(closing)
    look_as_the_public(closing)
    assert closing.period.state == PeriodState.PUBLISHED
    assert closing.pages >= 30


def begin(closing: Closing) -> None:
    """The year is opened with its set, and members are asked for their returns."""
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go("/desk/periods/")
        desk.follow("建立年度")
        desk.page.fill("[name=year]", "2026")
        desk.press("建立")
        desk.says("年度已建立。", "年度到 2027-01-01 才结束")
        desk.follow("年度设置")
        desk.page.fill("[name=return_due_on]", "2027-01-10")
        desk.press("保存")
        desk.press("开始填报")
        desk.says("已开始填报，成员已收到通知。", "待提交 4")


def confirm_return(closing: Closing) -> None:
    """On the phone: the firm confirms what the platform knows of it, section by section."""
    closing.at = NEW_YEAR
    with closing.walk("firm", closing.world.recruiters[0], "narrow") as firm:
        firm.go("/account/notices/")
        firm.arrive(firm.page.locator("main .notice-line").first, "/member/returns/")
        firm.follow("2026")
        firm.press("提交年报", refused=True)
        firm.says("请先核对")
        firm.go("/member/returns/")
        firm.follow("2026")
        firm.says("截止 2027-01-10", "人才需求清单", "3 万元")
        for box in firm.page.locator("[name$=_confirmed]").all():
            box.check()
        firm.page.fill("[name=summary]", SUMMARY)
        firm.press("保存")
        firm.says("已保存。")
        firm.press("提交年报")
        firm.says("年报已提交，等待秘书处核对。")


def accept_return(closing: Closing) -> None:
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go(closing.here)
        desk.says("待核对 1")
        desk.go(f"{closing.here}returns/")
        desk.follow(closing.world.firms[0].called)
        desk.says(SUMMARY, "单位已确认")
        desk.press("接收")
        desk.says("已接收。")
    assert MemberReturn.objects.filter(state=ReturnState.ACCEPTED).count() == 1


def settle(closing: Closing) -> None:
    """What blocks the lock is named on the year's page and settled from there."""
    closing.at = AFTER
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go(closing.here)
        desk.says("指标还没有计算", "类事项须先办结")
        desk.follow("指标")
        desk.press("计算指标")
        desk.follow("查看结果")
        desk.says("演示指标集", "更新于")
        desk.go(closing.here)
        desk.says("尚未确认、或确认后数值已变化的指标")
        desk.follow("指标")
        desk.follow("经费与设备投入")
        button = desk.page.get_by_role("button", name="确认 ", exact=False).first
        desk.leave(button.click)
        desk.says("已确认")


def lock(closing: Closing) -> None:
    """What may stay open needs a reason; the pack is verified before the year counts as locked."""
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go(closing.here)
        desk.follow("锁定并制作证据包")
        desk.press("锁定", refused=True)
        desk.says("请写明仍要锁定的理由")
        desk.page.fill("[name=reason]", "三家单位年报仍在催报")
        desk.press("锁定")
        desk.follow("查看结果")
        desk.says("在不接数据库的独立进程中核验通过")
        desk.page.get_by_text("留痕").click()
        desk.says("三家单位年报仍在催报")
    assert closing.period.state == PeriodState.LOCKED


def report(closing: Closing) -> None:
    """The annual report on the locked values, as Word and, where there is a converter, as PDF."""
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go("/desk/reports/")
        desk.follow("生成报告")
        desk.press("生成")
        desk.says("定稿", "内容摘要")
        word = desk.download("下载 Word", closing.folder)
        if ready():
            pdf = desk.download("下载 PDF", closing.folder)
            assert pdf.read_bytes().startswith(b"%PDF")
    tables = docx.Document(str(word)).tables
    told = [cell.text for table in tables for row in table.rows for cell in row.cells]
    assert any("chanjiao pack verify" in text for text in told)


def fetch_pack(closing: Closing) -> tuple[Path, str]:
    """The pack and the one line that the page gives for it."""
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go(closing.here)
        command = desk.page.locator(".copy-line code").inner_text()
        return desk.download(".cjpack", closing.folder), command


def verify_as_a_stranger(pack: Path, command: str) -> None:
    """It holds; with one byte changed it is refused, naming the first thing that differs."""
    program, *given = shlex.split(command)
    assert (program, given[:2]) == ("chanjiao", ["pack", "verify"])
    pin = given[given.index("--fingerprint") + 1]
    holds = verify(pack, pin)
    assert holds.returncode == 0 and "成立：" in holds.stdout, holds
    data = bytearray(pack.read_bytes())
    data[data.index(b"PAR1") + 100] ^= 1  # inside the first table
    pack.write_bytes(data)
    refused = verify(pack, pin)
    assert refused.returncode == 1, refused
    assert "不符  容器：facts/agreement.parquet 的内容" in refused.stdout
    assert "不成立：以上是发现的第一处不一致。" in refused.stdout


def verify(pack: Path, pin: str) -> "subprocess.CompletedProcess[str]":
    """`chanjiao pack verify`, in a process that knows no database and no home."""
    return subprocess.run(
        [sys.executable, "-m", "chanjiao.cli", "pack", "verify", str(pack), "--fingerprint", pin],
        env={"PYTHONPATH": os.path.abspath("src"), "HOME": "/nonexistent"}, cwd=pack.parent,
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def publish(closing: Closing) -> None:
    with closing.walk("desk", closing.world.secretary) as desk:
        desk.go(closing.here)
        desk.follow("发布")
        for code in ("3", "12"):
            desk.page.locator(f"[name=codes][value='{code}']").check()
        desk.page.check("[name=public_pack]")
        desk.press("发布")
        desk.says("已发布。")


def look_as_the_public(closing: Closing) -> None:
    """Anybody sees what was chosen and nothing else, and may verify the public edition too."""
    with closing.walk("stranger", None, "narrow") as stranger:
        stranger.go("/portal/years/")
        stranger.follow("2026")
        stranger.says("参与的园区企业", "证据包公开版")
        told = stranger.page.locator("main").inner_text()
        assert "秘书处经费" not in told and "待确认" not in told
        public = stranger.download(".cjpack", closing.folder)
        pin = fingerprint(stranger)
    assert verify(public, pin).returncode == 0
    names = [student.name for student in closing.world.students]
    assert not any(name.encode() in public.read_bytes() for name in names)


def fingerprint(walker: Walker) -> str:
    command = walker.page.locator("code", has_text="pack verify").inner_text()
    return shlex.split(command)[-1]
