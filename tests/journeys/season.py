"""The people of one season and what each step of it does in the browser."""

import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from chanjiao.kernel.clock import ZONE
from chanjiao.matching.models import Choice, Match, Round
from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Post, Student
from chanjiao.people.access import Actor
from tests.journeys.walker import Stage, Walker
from tests.journeys.workbooks import fill, read
from tests.matching.world import make_student
from tests.needs.world import World, in_state, make_cohort, make_world
from tests.people.world import seen

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
OPENS = datetime(2026, 11, 24, 8, 0, tzinfo=ZONE)
CLOSES = datetime(2026, 11, 30, 18, 0, tzinfo=ZONE)
SCORES_DUE = datetime(2026, 12, 4, 18, 0, tzinfo=ZONE)
TITLE = "2027 年春季岗位实习"
TURNING, FITTING = "数控车工", "装配钳工"
ROW: dict[str, Any] = {
    "季度": "2026Q4", "名称": TURNING, "类型": "岗位实习", "职业代码": "6-18-01-01",
    "需求专业代码": "460103、460104", "人数": 1, "开班下限": 0, "工作地区划": "210213",
    "工作地点": "金州区示例路 1 号", "班次": "白班", "月报酬": 4200, "本单位最低档工资": 4000,
    "相同岗位工资": 5000, "同类岗位职工数": 60, "开始日期": date(2027, 3, 1),
    "结束日期": date(2027, 8, 31),
}  # fmt: skip
OTHER = ROW | {"名称": FITTING, "职业代码": "6-20-01-01"}


@dataclass(kw_only=True)
class Season(Stage):
    """One world on one size of window."""

    world: World
    students: list[Student]
    at: datetime = BEGIN

    def pupil(self, index: int) -> Actor:
        user = self.students[index].user
        assert user is not None
        return seen(user)

    @property
    def round(self) -> Round:
        return Round.objects.get()


def make_season(browser: Any, address: str, size: str, folder: Path) -> Season:
    """A firm, a school with a published cohort and three students, and the secretariat."""
    world = make_world()
    cohort = in_state(make_cohort(world), ListingState.PUBLISHED)
    students = [
        make_student(cohort, index, name=name, grade_points=Decimal(f"{90 - index}.50"))
        for index, name in enumerate(("李一凡", "王二宝", "赵三思"))
    ]
    return Season(
        browser=browser, address=address, size=size, folder=folder, world=world, students=students
    )


# The list: from template to publication ------------------------------------------------------
def hand_in(season: Season) -> None:
    """The firm signs in, hands a wrong workbook in, mends it, imports it and submits it."""
    with season.walk("firm", None) as firm:
        firm.go("/account/login/?next=/member/lists/posts/")
        firm.page.fill("[name=login]", season.world.recruiter.user.username)
        firm.page.fill("[name=password]", "right-horse-77")
        firm.press("登录")
        firm.says("还没有人才需求")
        firm.follow("导入与模板")
        template = firm.download("下载模板", season.folder)
        wrong = OTHER | {"工作地点": None, "月报酬": "面议", "结束日期": "2027-02-30"}
        firm.bring(fill(template, [ROW, wrong]))
        firm.says(
            "有问题", "人才需求清单", "工作地点", "月报酬", "面议", "2027-02-30", "下载退回表"
        )
        lines = firm.page.locator("main table tbody tr").all_inner_texts()
        assert len(lines) == 3 and all(re.search(r"\b5\b", line) for line in lines), lines
        back = read(firm.download("下载退回表", season.folder))
        assert [row["名称"] for row in back] == [FITTING] and "必填" in back[0]["退回原因"]
        firm.press("放弃")
        firm.go("/member/lists/posts/import/")
        firm.bring(fill(template, [ROW, OTHER]))
        firm.press("全部导入（2 行）")
        firm.says("已导入：新增 2 行")
        firm.follow("查看清单")
        assert firm.page.locator("[data-pick]").count() == 2
        for box in firm.page.locator("[data-pick]").all():
            box.check()
        firm.press("提交所选")
        firm.says("已提交 2 条")


def hand_back(season: Season) -> None:
    """The secretariat's queue leads to the list; one post goes back with a reason on its field."""
    with season.walk("desk", season.world.office) as desk:
        desk.go("/desk/")
        desk.page.locator("main a[href*='posts'][href*='submitted']").first.click()
        desk.page.wait_for_url("**/desk/lists/posts/**")
        desk.look()
        desk.follow("RC-2026Q4-0002")
        desk.follow("退回修改")
        desk.page.get_by_label("工作地点的退回原因").fill("请写明车间，学生要找得到。")
        desk.press("退回")
        desk.says("退回修改", "请写明车间，学生要找得到。")


def mend(season: Season) -> None:
    """The firm is told, sees the reason beside the field, mends it and submits again."""
    with season.walk("firm", season.world.recruiter) as firm:
        firm.go("/account/notices/")
        firm.page.locator("main .notice-line").first.click()
        firm.page.wait_for_url("**/member/lists/posts/*/")
        firm.look()
        firm.says("退回原因：请写明车间，学生要找得到。")
        firm.follow("修改")
        firm.page.fill("[name=place]", "金州区示例路 1 号二车间")
        firm.press("保存")
        firm.press("提交审核")
        firm.says("待审核")


def publish_list(season: Season) -> None:
    with season.walk("desk", season.world.office) as desk:
        desk.go("/desk/lists/posts/?state=submitted")
        for box in desk.page.locator("[data-pick]").all():
            box.check()
        desk.press("发布所选")
        assert Post.objects.filter(state=ListingState.PUBLISHED).count() == 2


# The round: from rules to choosing -----------------------------------------------------------
def plan_and_open(season: Season) -> None:
    with season.walk("desk", season.world.office) as desk:
        desk.go("/desk/rounds/")
        desk.follow("新建轮次")
        for name, value in {
            "title": TITLE, "opens_at": f"{OPENS:%Y-%m-%dT%H:%M}",
            "closes_at": f"{CLOSES:%Y-%m-%dT%H:%M}",
            "scores_due_at": f"{SCORES_DUE:%Y-%m-%dT%H:%M}", "publish_on": "2026-12-08",
            "max_choices": "3",
        }.items():  # fmt: skip
            desk.page.fill(f"[name={name}]", value)
        desk.page.check("[name=cohorts]")
        for box in desk.page.locator("[data-pick]").all():
            box.check()
        desk.press("保存")
        desk.says("开放前请核对", TURNING, FITTING)
        desk.press("开放志愿填报")
        desk.says("已开放志愿填报", "种子承诺")


def choose(season: Season) -> None:
    """The first student searches, adds, reorders by buttons and by drag, and finds it again."""
    season.at = OPENS
    with season.walk("student", season.pupil(0)) as student:
        page = student.page
        student.go("/student/")
        student.follow("填报志愿")
        page.fill("#post-search", "钳工")
        page.wait_for_selector("text=共 1 个岗位")
        add(student, FITTING)
        page.fill("#post-search", "")
        page.wait_for_selector("text=共 2 个岗位")
        add(student, TURNING)
        saved(student, [FITTING, TURNING])
        page.get_by_role("button", name=f"上移：{TURNING}").click()
        saved(student, [TURNING, FITTING])
        drag(student, 1, 0)
        saved(student, [FITTING, TURNING])
        drag(student, 1, 0)
        saved(student, [TURNING, FITTING])
        student.look()
        page.reload()
        assert listed(student) == [TURNING, FITTING]
        student.says("已保存")
    for index in (1, 2):
        with season.walk("student", season.pupil(index)) as student:
            student.go(f"/student/rounds/{season.round.pk}/")
            add(student, TURNING)
            add(student, FITTING)
            saved(student, [TURNING, FITTING])


def add(student: Walker, title: str) -> None:
    student.page.get_by_role("button", name=re.compile(f"加入志愿：{title}")).click()


def listed(student: Walker) -> list[str]:
    return student.page.locator("#mine-list .mine-post").all_inner_texts()


def saved(student: Walker, wanted: list[str]) -> None:
    """The page shows this order and says it is saved, and so it is."""
    assert listed(student) == wanted
    student.page.wait_for_selector("#save-state.save-good:has-text('已保存')")
    sheet = Choice.objects.order_by("-sheet__saved_at", "rank").values_list("sheet", flat=True)[0]
    kept = Choice.objects.filter(sheet=sheet).order_by("rank")
    assert list(kept.values_list("round_post__post__title", flat=True)) == wanted


def drag(student: Walker, start: int, end: int) -> None:
    handles = student.page.locator("#mine-list .drag")
    handles.nth(start).scroll_into_view_if_needed()
    one, other = handles.nth(start).bounding_box(), handles.nth(end).bounding_box()
    mouse = student.page.mouse
    mouse.move(one["x"] + one["width"] / 2, one["y"] + one["height"] / 2)
    mouse.down()
    mouse.move(one["x"] + one["width"] / 2, one["y"], steps=4)
    mouse.move(other["x"] + other["width"] / 2, other["y"] + 2, steps=8)
    mouse.up()


# Scores, runs, publication -------------------------------------------------------------------
def score(season: Season) -> None:
    """One post in the grid by keyboard, the other by Excel."""
    season.at = CLOSES
    with season.walk("desk", season.world.office) as desk:
        desk.go(f"/desk/rounds/{season.round.pk}/")
        desk.press("结束填报，转入评分")
        desk.says("已转入企业评分")
    with season.walk("firm", season.world.recruiter) as firm:
        firm.go("/member/scoring/")
        firm.follow(TURNING)
        boxes = firm.page.locator("[data-score]")
        assert boxes.count() == 3
        boxes.first.focus()
        for points in ("95", "九十", "80.5"):
            firm.page.keyboard.type(points)
            firm.page.keyboard.press("Enter")
        firm.press("保存评分", refused=True)
        firm.says("有评分填写不对，没有保存")
        firm.page.fill("[aria-invalid=true]", "88")
        firm.press("保存评分")
        firm.says("评分已保存")
        firm.follow("用 Excel 评分")
        sheet = firm.download("导出现有", season.folder)
        rows = read(sheet)
        assert len(rows) == 6 and {row["岗位"].partition("（")[0] for row in rows} >= {TURNING}
        points = {"李一凡": 70, "王二宝": 91.25, "赵三思": 60}
        for row in rows:
            row.setdefault("评分", points[row["姓名"]])
        firm.bring(fill(sheet, rows))
        firm.press("全部导入（6 行）")
        firm.says("新增 3 行")


def decide(season: Season) -> None:
    """Dry runs, compared and replayed; one is accepted and published."""
    season.at = SCORES_DUE
    with season.walk("desk", season.world.office) as desk:
        here = f"/desk/rounds/{season.round.pk}/"
        desk.go(here)
        desk.press("结束评分，转入试算")
        desk.press("试算一次")
        desk.says("录取")
        first = desk.page.url
        desk.go("/account/jobs/")
        desk.page.locator("main table tbody a").first.click()
        desk.page.wait_for_url("**/account/jobs/*/")
        desk.look()
        desk.follow("查看结果")
        assert desk.page.url == first
        desk.go(here)
        desk.press("试算一次")
        desk.go(here)
        desk.page.locator("[name=a]").last.check()
        desk.page.locator("[name=b]").first.check()
        desk.press("比较所选的两次")
        desk.says("两次试算的输入完全相同")
        desk.go(first)
        desk.follow("重算核对")
        desk.says("重算结果与保存的完全相同")
        desk.go(first)
        desk.follow("审定这次结果")
        desk.says("3 名学生中录取 2 人")
        desk.press("确定审定")
        desk.press("公布结果")
        desk.says("结果已公布")


# The outcome ---------------------------------------------------------------------------------
def read_outcomes(season: Season) -> str:
    """Each student reads where and why; the answer is the last one's public number."""
    expected = [f"录取到 {TURNING}", f"录取到 {FITTING}", "没有录取"]
    number = ""
    for index, text in enumerate(expected):
        with season.walk("student", season.pupil(index)) as student:
            student.go("/student/results/")
            student.follow("查看原因与核验办法")
            student.says(text)
            if index:
                student.says("没有录取到", TURNING, "末位")
            number = student.page.locator(".public-id").inner_text()
    assert Match.objects.count() == 3
    return number


def verify_as_a_stranger(season: Season, number: str) -> None:
    """Nobody in particular looks the number up, downloads the files and checks them."""
    with season.walk("stranger", None) as stranger:
        stranger.go("/portal/rounds/")
        stranger.page.locator("main table tbody a").first.click()
        stranger.page.wait_for_url("**/portal/rounds/*/")
        stranger.look()
        stranger.page.fill("#public-id", number)
        stranger.press("查询")
        stranger.says(f"{number}：没有录取")
        for student in season.students:
            assert student.name not in stranger.page.content()
        bundle = stranger.download("名单、结果与证书", season.folder)
    with zipfile.ZipFile(bundle) as files:
        files.extractall(season.folder)
    answer = verify(season.folder / "in", season.folder / "out")
    assert answer.returncode == 0 and "成立" in answer.stdout, answer
    matches = season.folder / "out" / "matches.csv"
    matches.write_bytes(b"\n".join(matches.read_bytes().splitlines()[:-1]) + b"\n")
    assert verify(season.folder / "in", season.folder / "out").returncode == 1


def verify(given: Path, out: Path) -> "subprocess.CompletedProcess[str]":
    """`chanjiao verify-match`, in a process that knows no database."""
    environment = {
        k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "CHANJIAO_HOME"}
    }
    return subprocess.run(
        [sys.executable, "-m", "chanjiao.cli", "verify-match", str(given), str(out)],
        env=environment | {"PYTHONPATH": "src"}, capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
