"""Plans, promises and vetoes as data."""

from datetime import date, datetime
from decimal import Decimal

from chanjiao.kernel.clock import ZONE
from chanjiao.web.parts.charts import Chart
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.gantt import CLEAR, STRUCK, UNKNOWN, Bar, against, gantt, lights
from chanjiao.web.parts.palette import BLUE, RED

TASKS = [
    {
        "name": "1-1-1 章程", "start": date(2026, 1, 1), "due": date(2026, 3, 31), "progress": 100,
        "late": False, "marks": [(date(2026, 2, 1), "初稿")],
    },
    {
        "name": "2-1-1 {订单班}", "start": date(2026, 4, 1), "due": date(2026, 4, 10),
        "progress": 40, "late": True, "marks": [],
    },
]  # fmt: skip
BAR = Bar(
    name="name", start="start", due="due", progress="progress", late="late", milestones="marks"
)


def chart(rows, drawing, *columns):
    return Chart(
        key="x", title="x", source="x", updated_at=datetime(2026, 5, 1, tzinfo=ZONE),
        columns=columns or (ListColumn("name", "任务"),), rows=rows, drawing=drawing,
    )  # fmt: skip


def test_bars_of_a_plan_are_its_days():
    option = chart(TASKS, gantt(BAR, today=date(2026, 3, 1))).option
    gap, done, rest, marks = option["series"]
    assert gap["data"] == [0, 90]
    assert [point["value"] for point in done["data"]] == [90, 4]
    assert [point["value"] for point in rest["data"]] == [0, 6]
    assert [p["itemStyle"]["color"] for p in done["data"]] == [BLUE, RED]
    assert [point["value"] for point in marks["data"]] == [[31, 0]]
    lines = gap["markLine"]["data"]
    assert [line["label"]["formatter"] for line in lines] == [
        "2026\n1月", "2月", "3月", "4月", "今天",
    ]  # fmt: skip
    assert lines[-1]["xAxis"] == 59


def test_a_name_cannot_pass_for_a_template_of_the_tooltip():
    option = chart(TASKS, gantt(BAR, today=date(2026, 3, 1))).option
    assert "{" not in option["series"][1]["data"][1]["tooltip"]["formatter"]


def test_a_day_outside_the_plan_has_no_line():
    option = chart(TASKS, gantt(BAR, today=date(2027, 1, 1))).option
    assert "今天" not in str(option["series"][0]["markLine"])


def test_sixty_tasks_are_given_room():
    tall = chart(TASKS * 30, gantt(BAR, today=date(2026, 3, 1)))
    assert (tall.lying_rows, tall.row_height, tall.is_wide) == (60, 26, True)


def test_what_was_delivered_lies_inside_what_was_promised():
    rows = [{"name": "资金", "p": Decimal("120.5"), "d": Decimal("30")}]
    columns = (
        ListColumn("name", "种类"), ListColumn("p", "承诺", kind="decimal", unit="万元"),
        ListColumn("d", "兑现", kind="decimal", unit="万元"),
    )  # fmt: skip
    outer, inner = chart(rows, against("name", "p", "d"), *columns).option["series"]
    assert (outer["data"], inner["data"]) == ([120.5], [30.0])
    assert outer["z"] < inner["z"] and outer["barWidth"] > inner["barWidth"]


def test_lights_differ_in_shape_and_word_not_only_in_colour():
    shown = {"clear": CLEAR, "struck": STRUCK, "unknown": UNKNOWN}
    rows = [{"name": state, "state": state} for state in shown]
    points = chart(rows, lights("name", "state", shown)).option["series"][0]["data"]
    assert len({point["symbol"] for point in points}) == 3
    assert [point["label"]["formatter"].split("　")[0] for point in points] == [
        "未触发", "已触发", "暂无数据来源",
    ]  # fmt: skip
