"""What desk and school pages of where graduates went share: the table of figures and its chart."""

from collections.abc import Sequence
from datetime import datetime

from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.training.outcome_sheet import POINT_NAMES
from chanjiao.training.retention import Figures, Group
from chanjiao.training.shares import Share
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.lists import ListColumn
from chanjiao.web.parts.programmes import percent

Line = tuple[str, Figures, bool]  # name, figures, whether several small groups stand together


def lines(groups: Sequence[Group], known: Book | None = None) -> list[Line]:
    """Groups with their names; majors by the names of their codes."""
    return [(_name(group, known), group.figures, group.is_folded) for group in groups]


def _name(group: Group, known: Book | None) -> str:
    names = [known.name(Table.MAJOR, n) if known else n for n in group.names]
    return f"其他 {len(names)} 个合并" if group.is_folded else names[0]


def outcome_chart(found: Sequence[Line], months: int, source: str, at: datetime) -> Chart:
    """Employed, relevant, and in park or city, for each group at one point in time."""
    point = POINT_NAMES[months]
    title = f"{point}就业去向"
    whole = sum((figures for _, figures, _ in found), Figures())
    if whole.n:
        title = f"{point}：就业 {whole.employed.text}，对口 {whole.relevance.text}，留在本市 {whole.in_city.text}（{whole.n:,} 人）"
    return Chart(
        key=f"after{months}", title=title, source=source, updated_at=at,
        columns=(
            ListColumn("name", "范围"), ListColumn("n", "毕业生", kind="number", unit="人"),
            ListColumn("employed", "就业", kind="number", unit="%"),
            ListColumn("relevant", "专业对口", kind="number", unit="%"),
            ListColumn("city", "留在本市", kind="number", unit="%"),
            ListColumn("park", "其中园区", kind="number", unit="%"),
            ListColumn("parts", "分子与分母"),
        ),
        rows=[_row(name, figures) for name, figures, _ in found],
        drawing=bars("name", "employed", "relevant", "city", lying=True),
        empty="这一时点还没有可以公布的去向：没有登记，或人数少于 5 人。",
    )  # fmt: skip


def _row(name: str, figures: Figures) -> dict[str, object]:
    return {
        "name": name, "n": figures.n, "employed": percent(figures.employed),
        "relevant": percent(figures.relevance), "city": percent(figures.in_city),
        "park": percent(figures.in_park),
        "parts": "；".join(
            f"{label} {_over(share)}"
            for label, share in (
                ("就业", figures.employed), ("对口", figures.relevance),
                ("本市", figures.in_city), ("园区", figures.in_park),
            )
        ),
    }  # fmt: skip


def _over(share: Share) -> str:
    return f"{share.part}/{share.whole}"
