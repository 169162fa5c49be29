"""What a Word file is made of, as plain values. `writing.write_word` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Align = Literal["left", "center", "right", "justify"]
ChartKind = Literal["bar", "columns", "stacked", "line", "pie"]


@dataclass(frozen=True, slots=True)
class Link:
    """Leads to a file beside the document (a relative path) or to a web address."""

    text: str
    target: str


@dataclass(frozen=True, slots=True)
class PageLink:
    """Leads to a bookmark of the same document and ends with its page number.

    Without text it is the page number alone, as in the page column of an index.
    """

    text: str
    bookmark: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Text in bold; `tone` colours it: what a person typed, what strikes."""

    text: str
    tone: Literal["", "typed", "bad"] = ""


Run = str | Link | PageLink | Strong
Text = Run | Sequence[Run]
Cell = Text | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 4; a bookmark lets links and page numbers lead to it."""

    text: str
    level: int = 1
    bookmark: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Body text. Indented by two characters unless aligned otherwise or told not to be.

    `figure`: the line is as high as what stands in it, for the tag of a chart.
    """

    text: Text
    align: Align = "left"
    indent: bool = True
    size: float = 0
    keep: bool = False
    figure: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose headings repeat on every page. Numbers stand right.

    `widths` are relative; `merge` names columns whose equal neighbours below become one cell;
    `right` names columns that stand right although they are text (values with their unit).
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    widths: Sequence[float] | None = None
    caption: str = ""
    merge: Sequence[int] = ()
    right: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered or with dots."""

    items: Sequence[Text]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to be signed or stamped, at the right, kept together."""

    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins on a new page."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The table of contents, from the headings; Word renews it, every copy has the entries."""

    title: str = "目录"
    levels: int = 2


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one series of a chart; None is a gap. A colour is six hexadecimal digits."""

    name: str
    values: Sequence[int | Decimal | None]
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that Word can edit: its figures are a workbook inside the document.

    `bar` lies, `columns` stand; `height` is in centimetres, 0 lets the number of bars decide.
    """

    kind: ChartKind
    title: str
    categories: Sequence[str]
    series: Sequence[Series]
    unit: str = ""
    height: float = 0


Block = Heading | Paragraph | Table | Bullets | Signatures | PageBreak | Contents | Chart
