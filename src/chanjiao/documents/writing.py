"""Word files from blocks, in the look of official documents. Same blocks, same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import singledispatchmethod
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE as REL
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Emu, Pt

from chanjiao.documents import look
from chanjiao.documents.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Contents,
    Heading,
    Link,
    PageBreak,
    PageLink,
    Paragraph,
    Run,
    Signatures,
    Strong,
    Table,
    Text,
)
from chanjiao.documents.charts import inline
from chanjiao.documents.package import legal, saved, set_properties

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT, "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}  # fmt: skip


def write_word(
    title: str, blocks: Sequence[Block], *, subtitle: str = "", landscape: bool = False,
    header: str = "", author: str = "", made_at: datetime | None = None,
) -> bytes:  # fmt: skip
    """The blocks as a .docx. Time and author are the caller's; without them there are none.

    `header` stands on top of every page.
    """
    document = Document()
    look.dress(document, landscape=landscape)
    if header:
        look.set_header(document, legal(header))
    _drop_thumbnail(document)
    writer = Writer(document, blocks)
    if title:
        document.add_paragraph(legal(title), style="Title")
    if subtitle:
        document.add_paragraph(legal(subtitle), style="Subtitle")
    for block in blocks:
        writer.write(block)
    set_properties(document, title, author=author, made_at=made_at)
    return saved(document)


def _drop_thumbnail(document: Any) -> None:
    """The picture of python-docx's own template says nothing about this document."""
    rels = document.part.package.rels
    for key in [k for k, rel in rels.items() if rel.reltype == REL.THUMBNAIL]:
        del rels[key]


def grouped(number: int | Decimal) -> str:
    """A number as Chinese tables print it: thousands apart, no exponent."""
    return f"{number:,f}" if isinstance(number, Decimal) else f"{number:,}"


@dataclass
class Writer:
    """Writes blocks one after another into a python-docx document."""

    document: Any
    blocks: Sequence[Block] = ()
    bookmarks: dict[str, int] = field(default_factory=dict)
    drawings: int = 0
    headings: int = 0

    @singledispatchmethod
    def write(self, block: Any) -> None:
        raise TypeError(f"not a block: {block!r}")

    @write.register
    def _(self, block: Heading) -> None:
        paragraph = self.document.add_paragraph(style=f"Heading {min(max(block.level, 1), 4)}")
        self.headings += 1
        names = [f"_Toc{self.headings:08d}", *([block.bookmark] if block.bookmark else [])]
        ends = [self._open_bookmark(paragraph, name) for name in names]
        paragraph.add_run(legal(block.text))
        for end in reversed(ends):
            paragraph._p.append(end)

    def _open_bookmark(self, paragraph: Any, name: str) -> Any:
        """Begin a bookmark; the element that ends it."""
        if name in self.bookmarks:
            raise ValueError(f"bookmark twice: {name}")
        number = str(len(self.bookmarks) + 1)
        self.bookmarks[name] = int(number)
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        start.set(qn("w:id"), number)
        start.set(qn("w:name"), name)
        end.set(qn("w:id"), number)
        paragraph._p.append(start)
        return end

    @write.register
    def _(self, block: Paragraph) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.alignment = _ALIGN[block.align]
        if block.indent and block.align in {"left", "justify"}:
            paragraph.paragraph_format.first_line_indent = look.CHARACTER * 2
        paragraph.paragraph_format.keep_with_next = block.keep or None
        if block.figure:
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            paragraph.paragraph_format.first_line_indent = None
        self.put(paragraph, block.text, size=block.size)

    def put(self, paragraph: Any, text: Text, *, size: float = 0) -> None:
        """Runs, links and page numbers, one after another."""
        runs = [text] if isinstance(text, str | Link | PageLink | Strong) else text
        for run in runs:
            self._put_run(paragraph, run, size)

    def _put_run(self, paragraph: Any, run: Run, size: float) -> None:
        if isinstance(run, str):
            look.add_run(paragraph, legal(run), size=size)
        elif isinstance(run, Strong):
            written = look.add_run(paragraph, legal(run.text), size=size)
            written.font.bold = True
            if run.tone:
                tones = {"typed": look.TYPED_COLOUR, "bad": look.BAD_COLOUR}
                written.font.color.rgb = tones[run.tone]
        elif isinstance(run, Link):
            key = paragraph.part.relate_to(run.target, REL.HYPERLINK, is_external=True)
            self._put_link(paragraph, {"r:id": key}, legal(run.text), size)
        else:
            self._put_page_link(paragraph, run, size)

    def _put_link(self, paragraph: Any, where: dict[str, str], text: str, size: float) -> Any:
        link = OxmlElement("w:hyperlink")
        for name, value in where.items():
            link.set(qn(name), value)
        link.set(qn("w:history"), "1")
        if text:
            written = look.add_run(paragraph, text, size=size)
            written.font.color.rgb, written.font.underline = look.LINK_COLOUR, True
            link.append(written._r)
        paragraph._p.append(link)
        return link

    def _put_page_link(self, paragraph: Any, run: PageLink, size: float) -> None:
        where = {"w:anchor": run.bookmark}
        if run.text:
            self._put_link(paragraph, where, legal(run.text), size)
            look.add_run(paragraph, "（第", size=size)
        link = self._put_link(paragraph, where, "", size)
        before = len(paragraph._p)
        look.add_field(paragraph, f"PAGEREF {run.bookmark} \\h", "1", size=size)
        for piece in list(paragraph._p)[before:]:
            link.append(piece)
        if run.text:
            look.add_run(paragraph, "页）", size=size)

    @write.register
    def _(self, block: Bullets) -> None:
        for number, item in enumerate(block.items, 1):
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.first_line_indent = look.CHARACTER * 2
            look.add_run(paragraph, f"{number}．" if block.numbered else "· ")
            self.put(paragraph, item)

    @write.register
    def _(self, block: Signatures) -> None:
        self.document.add_paragraph().paragraph_format.keep_with_next = True
        for at, line in enumerate(block.lines):
            paragraph = self.document.add_paragraph(legal(line))
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = look.CHARACTER * 4
            paragraph.paragraph_format.keep_with_next = at < len(block.lines) - 1

    @write.register
    def _(self, block: PageBreak) -> None:
        paragraph = self.document.add_paragraph()
        paragraph.add_run().add_break(WD_BREAK.PAGE)
        _compact(paragraph, 1)

    @write.register
    def _(self, block: Contents) -> None:
        """A TOC field with entries already in it, each with the page number as a field."""
        heading = self.document.add_paragraph(legal(block.title), style="Title")
        heading.paragraph_format.space_after = Pt(12)
        found = [(n, b) for n, b in enumerate(self._all_headings(), 1) if b.level <= block.levels]
        first = last = None
        for number, entry in found:
            last = self.document.add_paragraph(style=f"toc {min(entry.level, 3)}")
            if first is None:
                first = last
                for kind in ("begin", "code", "separate"):
                    code = f'TOC \\o "1-{block.levels}" \\h \\z \\u'
                    last.add_run()._r.append(look.field_part(kind, code))
            self._contents_line(last, legal(entry.text), f"_Toc{number:08d}")
        if last is not None:
            last.add_run()._r.append(look.field_part("end"))

    def _all_headings(self) -> list[Heading]:
        return [block for block in self.blocks if isinstance(block, Heading)]

    def _contents_line(self, paragraph: Any, text: str, bookmark: str) -> None:
        section = self.document.sections[0]
        width = section.page_width - section.left_margin - section.right_margin
        paragraph.paragraph_format.tab_stops.add_tab_stop(Emu(width), 2, 1)  # right, dots
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), bookmark)
        link.set(qn("w:history"), "1")
        before = len(paragraph._p)
        paragraph.add_run(f"{text}\t")
        look.add_field(paragraph, f"PAGEREF {bookmark} \\h", "1")
        for piece in list(paragraph._p)[before:]:
            link.append(piece)
        paragraph._p.append(link)

    @write.register
    def _(self, block: Chart) -> None:
        self.drawings += 1
        paragraph = self.document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        layout = paragraph.paragraph_format
        layout.line_spacing_rule, layout.space_after = WD_LINE_SPACING.SINGLE, Pt(10)
        run = paragraph.add_run()
        run._r.append(parse_xml(inline(block, paragraph.part, self.drawings)))

    @write.register
    def _(self, block: Table) -> None:
        if block.caption:
            caption = self.document.add_paragraph(legal(block.caption), style="Caption")
            caption.paragraph_format.keep_with_next = True
        TableWriter(self, block).write()


class TableWriter:
    """Draws one table: grid, repeated headings, numbers at the right, merged neighbours."""

    def __init__(self, writer: Writer, block: Table) -> None:
        self.writer, self.block = writer, block
        section = writer.document.sections[0]
        self.room = section.page_width - section.left_margin - section.right_margin

    def write(self) -> None:
        block = self.block
        table = self.writer.document.add_table(1 + len(block.rows), len(block.headings))
        table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        grid = [list(row.cells) for row in table.rows]
        self._widths(table, grid)
        for cell, text in zip(grid[0], block.headings, strict=True):
            self._fill(cell, text, heading=True)
            _shade(cell, "EEF2F7")
        for cells, row in zip(grid[1:], block.rows, strict=True):
            for at, (cell, value) in enumerate(zip(cells, row, strict=True)):
                self._fill(cell, value, right=at in block.right)
        for row in table.rows:
            _flag(row, "w:cantSplit")
        _flag(table.rows[0], "w:tblHeader")
        for column in block.merge:
            _merge_equal(grid, column)
        spacing = self.writer.document.add_paragraph()
        _compact(spacing, 8)

    def _widths(self, table: Any, grid: list[list[Any]]) -> None:
        parts = list(self.block.widths or [1] * len(self.block.headings))
        sizes = [Emu(int(self.room * part / sum(parts))) for part in parts]
        for column, size in zip(table.columns, sizes, strict=True):
            column.width = size
        for cells in grid:
            for cell, size in zip(cells, sizes, strict=True):
                cell.width = size

    def _fill(self, cell: Any, value: Cell, *, heading: bool = False, right: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.style = look.CELL
        cell.vertical_alignment = 1
        number = isinstance(value, int | Decimal)
        text: Text = grouped(value) if isinstance(value, int | Decimal) else (value or "")
        if heading:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif number or right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        self.writer.put(paragraph, text)
        if heading:
            for run in paragraph.runs:
                look.set_fonts(run._r, look.BLACK)


def _shade(cell: Any, colour: str) -> None:
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    properties = cell._tc.get_or_add_tcPr()
    align = properties.find(qn("w:vAlign"))
    if align is None:
        properties.append(shading)
    else:
        align.addprevious(shading)


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _merge_equal(grid: list[list[Any]], column: int) -> None:
    """Make one cell of equal neighbours below each other, as far as the columns before agree."""
    shown = [tuple(cell.text for cell in cells[: column + 1]) for cells in grid]
    start = 1
    for at in range(2, len(grid) + 1):
        if at < len(grid) and shown[at] == shown[start]:
            continue
        for inner in range(start, at):
            if at - start == 1:
                break
            merge = OxmlElement("w:vMerge")
            merge.set(qn("w:val"), "restart" if inner == start else "continue")
            properties = grid[inner][column]._tc.get_or_add_tcPr()
            width = properties.find(qn("w:tcW"))
            width.addnext(merge) if width is not None else properties.insert(0, merge)
            if inner > start:
                for paragraph in grid[inner][column].paragraphs:
                    for run in paragraph.runs:
                        run.text = ""
        start = at


def _compact(paragraph: Any, points: float) -> None:
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(points)
