"""How official documents look, after GB/T 9704-2012: fonts, sizes, margins, page numbers.

Fonts are named as the standard names them; where a machine lacks one, the font table says what is
closest, and the PDF converter is told the same (`pdf.FALLBACKS`).
"""

from typing import Any

from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Mm, Pt, RGBColor

TITLE, BODY, BLACK, KAI, LATIN = (
    "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "Times New Roman",
)  # fmt: skip
# What Word should take where the named font is not installed.
ALTERNATIVES = {TITLE: "华文中宋", BODY: "仿宋", BLACK: "黑体", KAI: "楷体"}
CHARACTER = Pt(16)  # 三号
_LINE = Pt(28)
TYPED_COLOUR = RGBColor.from_string("B45309")
CELL = "表格文字"
LINK_COLOUR = RGBColor.from_string("1F4E9A")
BAD_COLOUR = RGBColor.from_string("B91C1C")
_HEADINGS = {1: (BLACK, 16), 2: (KAI, 16), 3: (BODY, 16), 4: (BODY, 16)}


def set_fonts(holder: Any, name: str) -> None:
    """Chinese in the named font, letters and digits in Times New Roman."""
    properties = holder.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    latin = LATIN if name in {BODY, TITLE} else name
    for slot, font in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", name)):
        fonts.set(qn(f"w:{slot}"), font)


def dress(document: Any, *, landscape: bool) -> None:
    """Styles, margins, page numbers and the font table of a new document."""
    _styles(document)
    _font_table(document)
    _page(document.sections[0], landscape=landscape)
    _page_numbers(document)


def _styles(document: Any) -> None:
    styles = document.styles
    normal = styles["Normal"]
    normal.font.size = CHARACTER
    set_fonts(normal.element, BODY)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)
    layout = normal.paragraph_format
    layout.space_before = layout.space_after = Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    _named(styles["Title"], TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER, line=36)
    _named(styles["Subtitle"], KAI, 16, align=WD_ALIGN_PARAGRAPH.CENTER, line=28)
    _named(styles["Caption"], BLACK, 12, align=WD_ALIGN_PARAGRAPH.CENTER, line=22, bold=False)
    for level, (font, size) in _HEADINGS.items():
        style = styles[f"Heading {level}"]
        _named(style, font, size, align=WD_ALIGN_PARAGRAPH.LEFT, line=28, bold=level == 3)
        style.paragraph_format.first_line_indent = CHARACTER * 2
        style.paragraph_format.keep_with_next = True
    cell = styles.add_style(CELL, 1)
    cell.base_style = normal
    _named(cell, BODY, 10.5, align=WD_ALIGN_PARAGRAPH.LEFT, line=16)  # 五号
    layout = cell.paragraph_format
    layout.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
    layout.space_before = layout.space_after = Pt(2)
    for level in (1, 2, 3):
        style = styles.add_style(f"toc {level}", 1)
        style.base_style = normal
        style.paragraph_format.left_indent = CHARACTER * (level - 1)
        _named(style, BLACK if level == 1 else BODY, 14, align=WD_ALIGN_PARAGRAPH.LEFT, line=26)


def _named(
    style: Any, font: str, size: float, *, align: Any, line: int, bold: bool = False
) -> None:
    properties = style.element.get_or_add_rPr()
    for child in list(properties):
        properties.remove(child)
    set_fonts(style.element, font)
    style.font.size, style.font.bold = Pt(size), bold
    style.font.color.rgb = RGBColor.from_string("000000")
    layout = style.paragraph_format
    layout.alignment, layout.space_before, layout.space_after = align, Pt(0), Pt(0)
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    border = style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _font_table(document: Any) -> None:
    part = next(
        p for p in document.part.package.iter_parts() if p.partname.endswith("fontTable.xml")
    )
    rows = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/>'
        f'<w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, other in ALTERNATIVES.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", rows.encode() + b"</w:fonts>")


def _page(section: Any, *, landscape: bool) -> None:
    """A4 with a type area of 156 mm × 225 mm."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
        section.top_margin, section.bottom_margin = Mm(28), Mm(26)
        section.left_margin, section.right_margin = Mm(25), Mm(25)
        section.footer_distance = Mm(16)


def set_header(document: Any, text: str) -> None:
    """The text at the top of every page, small and in the middle."""
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        paragraph = header.paragraphs[0]
        paragraph.style = document.styles["Normal"]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        add_run(paragraph, text, size=9)


def _page_numbers(document: Any) -> None:
    """— 1 — outside: odd pages at the right, even pages at the left."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.style = document.styles["Normal"]
        paragraph.alignment = side
        indent = Cm(0.5)
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = indent
        add_run(paragraph, "— ", size=14)
        add_field(paragraph, "PAGE", "1", size=14)
        add_run(paragraph, " —", size=14)


def add_run(paragraph: Any, text: str, *, size: float = 0) -> Any:
    """A run of text; size in points, 0 as the style has it."""
    run = paragraph.add_run(text)
    if size:
        run.font.size = Pt(size)
    return run


def add_field(paragraph: Any, code: str, shown: str, *, size: float = 0) -> None:
    """A field of Word with the result shown until it is renewed."""
    for kind in ("begin", "code", "separate", "shown", "end"):
        run = add_run(paragraph, "", size=size)
        run._r.append(field_part(kind, code, shown))


def field_part(kind: str, code: str = "", shown: str = "") -> Any:
    """One of the five pieces a field consists of."""
    if kind == "code":
        piece = OxmlElement("w:instrText")
        piece.set(qn("xml:space"), "preserve")
        piece.text = f" {code} "
        return piece
    if kind == "shown":
        piece = OxmlElement("w:t")
        piece.text = shown
        return piece
    piece = OxmlElement("w:fldChar")
    piece.set(qn("w:fldCharType"), kind)
    return piece
