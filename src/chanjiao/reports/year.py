"""The year as the facts tell it: the same rows the indicators count, so that no two figures differ."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chanjiao.council.enums import IN_FEN, UNITS, BodyKind, CommitmentKind
from chanjiao.documents.blocks import Chart, Series
from chanjiao.kernel.money import spoken
from chanjiao.people.enums import SIDES, UnitKind
from chanjiao.plans.enums import TASK_COUNTED, EvidenceState, TaskState, VerdictKind

Facts = Mapping[str, pa.Table]
Row = dict[str, Any]
_SIDE_NAMES = {"政": "政府部门", "校": "学校", "企": "企业", "研": "科研机构"}
_NONE = "—"


def share(part: Decimal | int, whole: Decimal | int) -> str:
    """A percentage with one decimal, or that there is nothing to divide by."""
    if not whole:
        return _NONE
    return f"{(Decimal(part) * 100 / Decimal(whole)).quantize(Decimal('0.1'))}%"


def exact(number: Decimal | int | None) -> str:
    """A number as written, thousands apart; empty values say so."""
    if number is None:
        return _NONE
    return f"{number:,}" if isinstance(number, int) else f"{number.normalize():,f}"


class Year:
    """One period's facts, asked for what a report tells. `since` and `until` are half-open."""

    def __init__(self, facts: Facts, since: date, until: date) -> None:
        self.facts, self.since, self.until = facts, since, until

    def rows(self, name: str) -> list[Row]:
        found: list[Row] = self.facts[name].to_pylist()
        return found

    def within(self, day: date | None) -> bool:
        return day is not None and self.since <= day < self.until

    def context(self) -> dict[str, Any]:
        """Every name of the report that is not about indicators."""
        return {
            **self.outline(), **self.council(), **self.plan(), **self.evidence(),
            **self.lists(), **self.matching(), **self.promises(),
        }  # fmt: skip

    # The consortium -------------------------------------------------------------------------
    def present(self) -> list[Row]:
        return [
            row for row in self.rows("member")
            if row["joined_on"] < self.until and (row["left_on"] is None or row["left_on"] >= self.until)
        ]  # fmt: skip

    def outline(self) -> dict[str, Any]:
        own = self.rows("consortium")[0]
        present = sorted(self.present(), key=lambda row: (row["joined_on"], row["name"]))
        sides = Counter(_side(row["kind"]) for row in present)
        everybody = self.rows("member")
        kinds = dict(UnitKind.choices)
        return {
            "依托园区": own["park"],
            "成立日期": own["founded_on"].isoformat() if own["founded_on"] else _NONE,
            "秘书处人数": own["secretariat_staff"],
            "成员总数": len(present),
            "政府成员数": sides["政"],
            "学校成员数": sides["校"],
            "企业成员数": sides["企"],
            "科研成员数": sides["研"],
            "本年加入数": sum(self.within(row["joined_on"]) for row in everybody),
            "本年退出数": sum(self.within(row["left_on"]) for row in everybody),
            "机构": [
                {"名称": row["name"], "类别": _named(BodyKind, row["kind"]), "席位": row["seats"]}
                for row in self.rows("body")
            ],
            "成员": [
                {
                    "名称": row["name"], "类别": str(kinds.get(row["kind"], row["kind"])),
                    "加入日期": row["joined_on"].isoformat(),
                }
                for row in present
            ],
            "成员构成图": Chart(
                "pie", "期末成员构成", [_SIDE_NAMES[side] for side in SIDES],
                [Series("成员", [sides[side] for side in SIDES])], unit="家",
            ),
        }  # fmt: skip

    # The council ----------------------------------------------------------------------------
    def council(self) -> dict[str, Any]:
        meetings = [row for row in self.rows("meeting") if self.within(row["held_on"])]
        meetings.sort(key=lambda row: (row["held_on"], row["meeting"]))
        held = {row["meeting"]: row for row in meetings}
        resolutions = [row for row in self.rows("resolution") if row["meeting"] in held]
        passed = [row for row in resolutions if row["passed"]]
        done = [row for row in passed if row["carried_out_on"]]
        bodies = {row["body"]: row["name"] for row in self.rows("body")}
        return {
            "会议次数": len(meetings),
            "足额会议次数": sum(row["quorate"] for row in meetings),
            "决议总数": len(resolutions),
            "通过决议数": len(passed),
            "办结决议数": len(done),
            "决议办结率": share(len(done), len(passed)),
            "会议": [
                {
                    "日期": row["held_on"].isoformat(),
                    "机构": bodies.get(row["body"], "已撤销的机构"),
                    "名称": row["title"],
                    "形式": "书面表决" if row["written"] else "会议",
                    "应到": row["entitled"],
                    "实到": row["present"],
                    "委托": row["proxies"],
                    "法定人数": "达到" if row["quorate"] else "未达到",
                }
                for row in meetings
            ],
            "决议": [_resolution(row, held[row["meeting"]]["title"]) for row in resolutions],
        }

    # The plan -------------------------------------------------------------------------------
    def plan(self) -> dict[str, Any]:
        units = {row["unit"]: row["name"] for row in self.rows("member")}
        tasks = sorted(self.rows("task"), key=lambda row: _code_order(row["task"]))
        counted = [row for row in tasks if row["state"] in TASK_COUNTED]
        weight = sum((row["weight"] for row in counted), Decimal(0))
        done = sum((row["weight"] * row["progress"] for row in counted), Decimal(0))
        late = [r for r in counted if r["progress"] < 100 and r["due_on"] < self.until]
        return {
            "任务总数": len(counted),
            "完成任务数": sum(row["progress"] == 100 for row in counted),
            "逾期任务数": len(late),
            "总进度": f"{int(done / weight)}%" if weight else _NONE,
            "任务": [_task(row, units) for row in tasks],
            "任务进度图": _progress_chart(counted),
        }

    def evidence(self) -> dict[str, Any]:
        pieces = [row for row in self.rows("evidence") if row["state"] != EvidenceState.NOT_NEEDED]
        return {
            "佐证总数": len(pieces),
            "已验收佐证数": sum(row["state"] == EvidenceState.ACCEPTED for row in pieces),
            "确认重复佐证数": sum(row["flagged"] for row in pieces),
        }

    # Needs, offers, matching ----------------------------------------------------------------
    def lists(self) -> dict[str, Any]:
        needs = [row for row in self.rows("need") if self.within(row["published_on"])]
        offers = [row for row in self.rows("offer") if self.within(row["published_on"])]
        kinds = Counter(row["kind"] for row in [*needs, *offers])
        seats = sum(row["headcount"] or 0 for row in needs if row["kind"] == "post")
        students = sum(row["quantity"] for row in offers if row["kind"] == "cohort")
        return {
            "发布岗位数": kinds["post"],
            "发布岗位人数": seats,
            "发布技术需求数": kinds["technology"],
            "发布核心产品数": kinds["product"],
            "发布学生批次数": kinds["cohort"],
            "发布学生人数": students,
            "发布团队数": kinds["team"],
            "发布工位数": sum(row["quantity"] for row in offers if row["kind"] == "station"),
            "供需图": Chart(
                "columns", "年度发布的岗位人数与学生人数", ["岗位人数", "学生人数"],
                [Series("人数", [seats, students])], unit="人", height=6,
            ),
        }  # fmt: skip

    def matching(self) -> dict[str, Any]:
        rounds = {r["round"] for r in self.rows("round") if self.within(r["published_on"])}
        matches = [row for row in self.rows("match") if row["round"] in rounds]
        taken = [row for row in matches if row["need"]]
        return {
            "匹配轮次数": len(rounds),
            "参加匹配学生数": len(matches),
            "录取学生数": len(taken),
            "录取率": share(len(taken), len(matches)),
            "第一志愿录取数": sum(row["rank"] == 1 for row in taken),
        }

    # Promises -------------------------------------------------------------------------------
    def promises(self) -> dict[str, Any]:
        promised: Counter[str] = Counter()
        delivered: Counter[str] = Counter()
        givers: dict[str, set[str]] = {}
        for row in self.rows("commitment"):
            promised[row["kind"]] += row["promised"]
            givers.setdefault(row["kind"], set()).add(row["unit"])
        for row in self.rows("delivery"):
            delivered[row["kind"]] += row["quantity"]
        kinds = [kind for kind in CommitmentKind.values if promised[kind]]
        rates = [_percent(delivered[kind], promised[kind]) for kind in kinds]
        return {
            "承诺": [
                {
                    "种类": _named(CommitmentKind, kind),
                    "承诺": _amount(kind, promised[kind]),
                    "兑现": _amount(kind, delivered[kind]),
                    "兑现率": share(delivered[kind], promised[kind]),
                    "成员数": len(givers[kind]),
                }
                for kind in kinds
            ],
            "承诺兑现图": Chart(
                "bar", "承诺兑现率", [_named(CommitmentKind, kind) for kind in kinds] or ["暂无承诺"],
                [Series("兑现率", rates or [None])], unit="%",
            ),
        }  # fmt: skip


def _side(kind: str) -> str:
    return next((side for side, kinds in SIDES.items() if kind in kinds), "")


def _named(kinds: Any, value: str) -> str:
    return str(dict(kinds.choices).get(value, value))


def _code_order(code: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in code.split("-")]


def _resolution(row: Row, meeting: str) -> Row:
    return {
        "名称": row["title"],
        "会议": meeting,
        "表决": f"赞成 {row['votes_for']}，反对 {row['votes_against']}，弃权 {row['votes_abstained']}",
        "结果": "通过" if row["passed"] else "未通过",
        "期限": row["due_on"].isoformat() if row["due_on"] else _NONE,
        "办结": row["carried_out_on"].isoformat() if row["carried_out_on"] else _NONE,
    }


def _task(row: Row, units: Mapping[str, str]) -> Row:
    return {
        "编号": row["task"],
        "名称": row["name"],
        "单位": units.get(row["unit"], row["unit"]),
        "目标": exact(row["target"]),
        "完成": exact(row["current"]),
        "进度": f"{row['progress']}%",
        "状态": _named(TaskState, row["state"]),
        "期限": row["due_on"].isoformat(),
        "评价": _named(VerdictKind, row["verdict"]) if row["verdict"] else _NONE,
    }


_STEPS = ((100, 101, "已完成"), (75, 100, "75%～99%"), (50, 75, "50%～74%"), (1, 50, "1%～49%"),
          (0, 1, "未开始"))  # fmt: skip


def _progress_chart(tasks: Iterable[Row]) -> Chart:
    counts = [sum(low <= row["progress"] < high for row in tasks) for low, high, _ in _STEPS]
    names = [name for _, _, name in _STEPS]
    return Chart("bar", "任务按进度", names, [Series("任务", counts)], unit="项")


def _percent(part: Decimal | int, whole: Decimal | int) -> Decimal:
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"))


def _amount(kind: str, quantity: Decimal | int) -> str:
    if kind in IN_FEN:
        return spoken(int(quantity))
    return f"{exact(Decimal(quantity))} {UNITS[kind]}"


def last_day(until: date) -> date:
    """The last day of a half-open period."""
    return until - timedelta(days=1)
