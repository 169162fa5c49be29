"""Figures of a run as charts: places by rank, and how far quotas are used."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chanjiao.matching.enums import QuotaScope
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.columns import ListColumn

Figures = Mapping[str, Any]
MOST_BARS = 15


def rank_chart(figures: Figures, source: str, at: datetime) -> Chart:
    """How many got which choice, and how many got none."""
    students, matched = figures["students"], figures["matched"]
    rows = [
        {"rank": f"第 {rank} 志愿", "students": count}
        for rank, count in enumerate(figures["rank_counts"], 1)
    ]
    rows.append({"rank": "未录取", "students": students - matched})
    return Chart(
        key="ranks",
        title=f"{students:,} 人中 {matched:,} 人录取，{figures['first_choice']:,} 人录取到第一志愿",
        source=source,
        updated_at=at,
        columns=(
            ListColumn("rank", "结果"),
            ListColumn("students", "学生", kind="number", unit="人"),
        ),
        rows=rows if students else [],
        drawing=bars("rank", "students"),
    )


def quota_rows(figures: Figures, known: Book) -> list[dict[str, Any]]:
    """Every quota above and below the posts, the fullest first."""
    rows = [
        {**quota, "label": quota_name(quota, known), "free": quota["capacity"] - quota["filled"]}
        for quota in figures["quotas"]
    ]
    return sorted(rows, key=lambda row: (row["free"], -row["capacity"], row["label"]))


def quota_name(quota: Figures, known: Book) -> str:
    """A quota as people call it."""
    if quota["scope"] == QuotaScope.SCHOOL_AT_POST:
        return f"{quota['name']}（给 {quota['school']}）"
    if quota["scope"] == QuotaScope.KIND:
        return f"{quota['name']}·{known.name(Table.OCCUPATION, quota['occupation'])}"
    return str(quota["name"])


def quota_chart(figures: Figures, source: str, at: datetime, known: Book) -> Chart:
    """Use of every quota; the picture shows the fullest, the table beside the page all."""
    rows = quota_rows(figures, known)
    full = sum(1 for row in rows if row["free"] == 0)
    shown = f"（图中为最紧的 {MOST_BARS} 项）" if len(rows) > MOST_BARS else ""
    return Chart(
        key="quotas",
        title=f"{len(rows)} 项名额上限中 {full} 项已满{shown}",
        source=source,
        updated_at=at,
        columns=(
            ListColumn("label", "单位或岗位"),
            ListColumn("filled", "录取", kind="number", unit="人"),
            ListColumn("free", "剩余", kind="number", unit="人"),
            ListColumn("capacity", "上限", kind="number", unit="人"),
        ),
        rows=rows[:MOST_BARS],
        drawing=bars("label", "filled", "free", stacked=True, lying=True),
        empty="本轮没有单位人数上限。",
    )


def post_chart(figures: Figures, source: str, at: datetime) -> Chart:
    """How full the posts are, the emptiest first."""
    rows = [{**post, "free": post["capacity"] - post["filled"]} for post in figures["posts"]]
    rows.sort(key=lambda row: (-row["free"], row["name"]))
    seats = sum(row["capacity"] for row in rows)
    filled = sum(row["filled"] for row in rows)
    shown = f"（图中为空缺最多的 {MOST_BARS} 个）" if len(rows) > MOST_BARS else ""
    return Chart(
        key="posts",
        title=f"{len(rows):,} 个岗位 {seats:,} 个名额，录取 {filled:,} 人{shown}",
        source=source,
        updated_at=at,
        columns=(
            ListColumn("name", "岗位"),
            ListColumn("filled", "录取", kind="number", unit="人"),
            ListColumn("free", "空缺", kind="number", unit="人"),
            ListColumn("capacity", "名额", kind="number", unit="人"),
        ),
        rows=rows[:MOST_BARS],
        drawing=bars("name", "filled", "free", stacked=True, lying=True),
    )
