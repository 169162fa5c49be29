"""A board meets, votes and resolves; what it resolved is somebody's task, with a day."""

from dataclasses import dataclass
from datetime import date, timedelta

import docx
import pytest

from chanjiao.council.models import Meeting, Resolution
from chanjiao.plans.actions import create_plan, create_task, move_plan
from chanjiao.plans.enums import PlanState
from chanjiao.plans.models import Task
from tests.council.world import ON_THE_DAY, PDF, STARTS_AT, World, make_world
from tests.journeys.walker import Stage
from tests.people.world import AT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TITLE = "共建公共实训基地"
SENTENCE = "通过：应到 3，实到 2，赞成 2，须 > 1/2"


@dataclass(kw_only=True)
class Board(Stage):
    """A board of three seats; the second will send a proxy, the third is excused."""

    world: World

    @property
    def meeting(self) -> Meeting:
        return Meeting.objects.get()


def make_board(browser, address, folder) -> Board:
    world = make_world()
    plan = create_plan(world.consortium, year=2026, title="2026 年度工作计划", **world.by)
    values = {"code": "1-1-1", "name": "日常运行", "unit": world.consortium.secretariat}
    create_task(plan, values, reason="", **world.by)
    move_plan(plan, PlanState.IN_FORCE, **world.by)
    return Board(browser=browser, address=address, folder=folder, at=AT, world=world)


def test_from_a_meeting_to_a_task(browser, live_server, folder):
    board = make_board(browser, live_server.url, folder)
    call(board)
    answer(board)
    attend(board)
    vote(board)
    write_down(board)
    assign(board)
    follow_up(board)
    assert board.pages >= 25


def call(board: Board) -> None:
    """The secretariat prepares the meeting, puts a motion on its agenda and sends the notice."""
    with board.walk("desk", board.world.secretary) as desk:
        desk.go("/desk/council/meetings/")
        desk.follow("筹备会议")
        desk.page.select_option("[name=body]", label="理事会")
        for name, value in {
            "title": "理事会第一次会议", "starts_at": f"{STARTS_AT:%Y-%m-%dT%H:%M}",
            "place": "园区会议室", "chair": "王理事长", "recorder": "李记录",
            "agenda": "通报招生就业情况",
        }.items():  # fmt: skip
            desk.page.fill(f"[name={name}]", value)
        desk.press("保存")
        desk.follow("列入议案")
        desk.page.fill("[name=title]", TITLE)
        desk.page.fill("[name=text]", "由理事单位共建公共实训基地，2027 年 6 月底前投入使用。")
        desk.page.select_option("[name=way]", label="逐席表决")
        desk.press("保存")
        desk.says(f"审议《{TITLE}》", "通报招生就业情况", "一般议案：赞成 > 实到的 1/2")
        desk.follow("发出会议通知")
        desk.press("发出通知")
        desk.says("会议通知已发出。", "席位与出席（3）")


def answer(board: Board) -> None:
    """On the phone: one gives its vote to another seat, with the paper; one will come."""
    paper = board.folder / "委托书.pdf"
    paper.write_bytes(PDF)
    for index, reply in ((1, "委托"), (0, "出席")):
        with board.walk("member", board.world.people[index], "narrow") as member:
            member.go("/account/notices/")
            member.arrive(
                member.page.locator("main .notice-line").first, "/member/council/meetings/"
            )
            member.page.get_by_label(reply, exact=True).check()
            if reply == "委托":
                member.press("提交回执", refused=True)
                member.says("请选择这次会议上另一个有表决权的席位。")
                member.page.get_by_label(reply, exact=True).check()
                member.page.get_by_label("委托给").select_option(label="1 理事1")
                member.page.set_input_files("main input[type=file]", paper)
            member.press("提交回执")
            member.says("回执已提交。", f"回执：{reply}")


def attend(board: Board) -> None:
    """The roll: one there, one by proxy as it answered, one excused."""
    board.at = ON_THE_DAY - timedelta(minutes=15)
    with board.walk("desk", board.world.secretary) as desk:
        desk.go(f"/desk/council/meetings/{board.meeting.pk}/")
        desk.press("会议开始，签到")
        desk.says("还差", "不能付诸表决")
        desk.follow("签到")
        for seat, presence in (("理事1", "出席"), ("理事2", "委托"), ("理事3", "请假")):
            desk.page.get_by_label(f"{seat}的出席情况").select_option(label=presence)
        desk.press("保存签到")
        desk.says("签到已保存。", "应到 3，实到 2（其中委托 1）", "达到法定人数", "委托理事1")


def vote(board: Board) -> None:
    """The roll is called and typed without a mouse; the outcome says how it was reckoned."""
    with board.walk("desk", board.world.secretary) as desk:
        page = desk.page
        desk.go(f"/desk/council/meetings/{board.meeting.pk}/")
        desk.press("付诸表决")
        desk.says("应到 3，实到 2", "委托理事1")
        page.locator(".vote-grid input").first.focus()
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")  # from “未投”, the last, round to “赞成”
        chosen = page.locator(".vote-grid input:checked").evaluate_all(
            "all => all.map(one => one.value)"
        )
        assert chosen == ["for", "for"]
        desk.press("保存并计票")
        desk.says(SENTENCE)
        desk.press("闭会")
        desk.says("已闭会。")


def write_down(board: Board) -> None:
    """The minutes as a Word file say the same sentence."""
    with board.walk("desk", board.world.secretary) as desk:
        desk.go(f"/desk/council/meetings/{board.meeting.pk}/")
        desk.press("生成会议纪要")
        file = desk.download("会议纪要（Word）", board.folder)
    read = docx.Document(str(file))
    sentence = board.meeting.motions.get().sentence
    assert sentence.startswith(SENTENCE)
    assert f"表决结果：{sentence}。" in [one.text for one in read.paragraphs]
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    assert {"委托理事1", "请假", TITLE} <= set(cells)


def assign(board: Board) -> None:
    """The resolution gets a unit, a person and a day, and becomes a task of the year's plan."""
    person = board.world.people[0].user.name
    with board.walk("desk", board.world.secretary) as desk:
        desk.go("/desk/council/resolutions/?state=open")
        desk.follow(TITLE)
        desk.says(SENTENCE, "待分派")
        desk.follow("分派责任单位")
        unit = board.world.units[0]
        desk.page.select_option("[name=unit]", str(unit.pk))
        desk.page.select_option("[name=person]", label=f"{person}（{unit.called}）")
        desk.page.fill("[name=due_on]", "2026-12-28")
        desk.page.fill("[name=todo]", "完成选址和出资协议")
        desk.press("分派")
        desk.says("决议已分派", f"{unit.name}，{person}", "2026-12-28")
        desk.follow("从决议生成任务")
        assert desk.page.input_value("[name=name]") == TITLE
        desk.page.fill("[name=code]", "1-1-2")
        desk.page.fill("[name=reason]", "理事会决议")
        desk.press("保存")
        desk.says("任务已新增。", "来源决议", TITLE, unit.name, person, "2026-12-28")
    task, resolution = Task.objects.get(code="1-1-2"), Resolution.objects.get()
    assert (task.unit, task.person, task.due_on) == (unit, person, date(2026, 12, 28))
    assert list(task.resolutions.order_by("pk")) == [resolution]


def follow_up(board: Board) -> None:
    """The responsible unit finds the resolution on its phone, and by it the task."""
    with board.walk("member", board.world.people[0], "narrow") as member:
        member.go("/member/council/resolutions/?own=1")
        member.follow(TITLE)
        member.says("落实要求", "完成选址和出资协议", "年度任务", "1-1-2")
        member.follow(f"1-1-2 {TITLE}")
        member.says("来源决议", "2026-12-28", board.world.people[0].user.name)
