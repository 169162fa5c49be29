"""The indicators as a report tells them: every value from its outcome, and from nowhere else."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chanjiao.documents.blocks import Chart, Series
from chanjiao.indicators.values import MISSING, number_shown, shown, threshold_shown
from chanjiao_engine.indicators.definitions import (
    CATEGORY_LABELS,
    SOURCE_LABELS,
    Category,
    Indicator,
    IndicatorSet,
    Shape,
    Source,
    Span,
)
from chanjiao_engine.indicators.outcomes import Outcome, State

Row = dict[str, Any]
SPANS = {Span.YEAR: "本年", Span.CUMULATIVE: "累计", Span.MOMENT: "期末"}
_NONE = "—"


def context(found: IndicatorSet, outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Every name of the report that is about the indicators' values."""
    pairs = [(one, outcomes.get(one.code)) for one in found.indicators]
    weighed = [(one, out) for one, out in pairs if one.category is not Category.VETO]
    rows = [indicator_row(one, out) for one, out in pairs]
    states = [out.state if out else State.AWAITED for _, out in pairs]
    return {
        "指标集名称": found.title,
        "指标集版本": found.version,
        "指标集标注": found.label,
        "依据文件": found.document,
        "指标总数": len(pairs),
        "有值指标数": states.count(State.VALUE),
        "无来源指标数": states.count(State.ABSENT),
        "待填报指标数": states.count(State.AWAITED) + states.count(State.UNDEFINED),
        "人工填报指标数": sum(bool(out and out.typed) for _, out in pairs),
        "达标指标数": sum(bool(out and out.reached is True) for _, out in weighed),
        "未达标指标数": sum(bool(out and out.reached is False) for _, out in weighed),
        "触发否决数": sum(bool(out and out.struck) for _, out in pairs),
        "指标": rows,
        "指标类别": [
            _category(found, category, rows)
            for category in (Category.BASIC, Category.SUBSTANTIAL)
            if any(one.category is category for one in found.indicators)
        ],
        "否决指标": [row for row in rows if row["类别"] == CATEGORY_LABELS[Category.VETO]],
        "达标情况图": _reached_chart(found, outcomes),
        "人工填报": [
            _typed(one, out) for one, out in pairs if out is not None and out.typed is not None
        ],
    }


def indicator_row(one: Indicator, out: Outcome | None) -> Row:
    """One of the 44 rows."""
    value = shown(one, out)
    number, unit = _apart(one, out, value)
    return {
        "编号": one.code,
        "类别": CATEGORY_LABELS[one.category],
        "二级": one.second,
        "名称": one.name,
        "观测点": one.observation,
        "数值": number,
        "单位": unit,
        "值": value,
        "界限": threshold_shown(one) or _NONE,
        "结论": conclusion(one, out),
        "来源": source_mark(one, out),
        "口径": SPANS[one.span],
        "分组": groups_shown(one, out),
    }


def _apart(one: Indicator, out: Outcome | None, value: str) -> tuple[str, str]:
    """The number and its unit; a missing value has no unit."""
    if out is None or out.state is not State.VALUE:
        return value, ""
    if one.unit == "%":
        return value.removesuffix("%"), "%"
    number, _, unit = value.partition(" ")
    return number, unit


def conclusion(one: Indicator, out: Outcome | None) -> str:
    """Whether the threshold is met; veto indicators strike or do not."""
    if out is None or out.state is not State.VALUE:
        return _NONE
    if one.category is Category.VETO:
        return "触发否决" if out.struck else "未触发"
    if out.reached is None:
        return out.band or _NONE
    words = "达标" if out.reached else "未达标"
    return f"{words}（{out.band}）" if out.band else words


def source_mark(one: Indicator, out: Outcome | None) -> str:
    """Where the value comes from; what a person typed always says so."""
    if out is not None and out.typed is not None:
        return SOURCE_LABELS[Source.TYPED]
    return SOURCE_LABELS[one.source]


def groups_shown(one: Indicator, out: Outcome | None) -> str:
    if out is None or one.shape is not Shape.GROUPS:
        return ""
    return "，".join(f"{label} {number_shown(one, number)}" for label, number in out.groups)


def _category(found: IndicatorSet, category: Category, rows: Sequence[Row]) -> Row:
    label = CATEGORY_LABELS[category]
    own = [row for row in rows if row["类别"] == label]
    seconds = [second for kind, second in found.seconds if kind is category]
    met = sum(row["结论"].startswith("达标") for row in own)
    missed = sum(row["结论"].startswith("未达标") for row in own)
    missing = sum(row["值"] == MISSING[State.ABSENT] for row in own)
    return {
        "名称": label,
        "小结": (
            f"{label} {len(own)} 项：设有界限并有数值的达标 {met} 项，未达标 {missed} 项；"
            f"暂无数据来源 {missing} 项。"
        ),
        "二级": [
            {"名称": second, "指标": [row for row in own if row["二级"] == second]}
            for second in seconds
        ],
    }


# Green and red say something; grey says that there is nothing to say.
_STANDINGS = {"达标": "3C8D6B", "未达标": "A8434B", "有值无界限": "1F5FA8", "没有数值": "A9B2BC"}


def _reached_chart(found: IndicatorSet, outcomes: Mapping[str, Outcome]) -> Chart:
    """Indicators of each second level by how they stand; veto items are not among them."""
    seconds = [pair for pair in found.seconds if pair[0] is not Category.VETO]
    names = tuple(_STANDINGS)
    counts: dict[str, list[int | None]] = {name: [] for name in names}
    for pair in seconds:
        held = [
            _standing(one, outcomes)
            for one in found.indicators
            if (one.category, one.second) == pair
        ]
        for name in names:
            counts[name].append(held.count(name))
    return Chart(
        "stacked", "各二级指标达标情况", [second for _, second in seconds],
        [Series(name, counts[name], colour) for name, colour in _STANDINGS.items()], unit="项",
    )  # fmt: skip


def _standing(one: Indicator, outcomes: Mapping[str, Outcome]) -> str:
    out = outcomes.get(one.code)
    if out is None or out.state is not State.VALUE:
        return "没有数值"
    if out.reached is None:
        return "有值无界限"
    return "达标" if out.reached else "未达标"


def _typed(one: Indicator, out: Outcome) -> Row:
    typed = out.typed
    assert typed is not None
    return {
        "编号": one.code,
        "名称": one.name,
        "值": shown(one, out),
        "依据": typed.reason,
        "佐证": "、".join(typed.evidence) or "无",
        "填报人": typed.entered_by or "（不公开）",
        "批准人": typed.approved_by or "（不公开）",
    }


def changes_context(lines: Iterable[Mapping[str, Any]], *, has_before: bool) -> dict[str, Any]:
    """What differs from the year before, and why."""
    moved = [line for line in lines if line["difference"] != "不变"]
    said = ""
    if not has_before:
        said = "没有上一年度的定稿，本年度不作比较。"
    elif not moved:
        said = "与上一年度相比，各项指标没有变动。"
    return {
        "变动说明": said,
        "变动": [
            {
                "编号": line["code"],
                "名称": line["name"],
                "上年": line["before"],
                "本年": line["after"],
                "变动": line["difference"],
                "原因": line["note"] or ("待说明" if line["needs_note"] else "未达到说明阈值"),
                "主要来源": "；".join(line["causes"]) or _NONE,
            }
            for line in moved
        ],
    }
