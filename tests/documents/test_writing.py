"""Word files: read back with python-docx, byte by byte the same, valid where Word is strict."""

import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from docx import Document
from docx.oxml.ns import qn
from lxml import etree
from openpyxl import load_workbook

from chanjiao.documents.blocks import (
    Bullets,
    Chart,
    Contents,
    Heading,
    Link,
    PageBreak,
    PageLink,
    Paragraph,
    Series,
    Signatures,
    Strong,
    Table,
)
from chanjiao.documents.writing import write_word

CHARTS = [
    Chart(kind, "承诺与兑现", ["资金", "岗位", "工时"],
          [Series("承诺", [300, 400, Decimal("1.5")]), Series("兑现", [280, None, 2])], unit="万元")
    for kind in ("bar", "columns", "stacked", "line")
] + [Chart("pie", "成员构成", ["政", "校"], [Series("成员", [4, 17])])]  # fmt: skip
BLOCKS = [
    Contents(),
    PageBreak(),
    Heading("一、概况", 1, "outline"),
    Paragraph(("见", PageLink("概况", "outline"), Link("附件", "2-1/1.pdf"), Strong("人工", "typed"))),
    Heading("（一）机构", 2),
    Bullets(["甲", "乙"], numbered=True),
    Table(
        ["类别", "名称", "值"],
        [["基础", "产值", Decimal("12345.60")], ["基础", "企业", 3], ["实质", "专业", None]],
        widths=[1, 2, 1], caption="表 1", merge=(0,),
    ),
    *CHARTS,
    Signatures(["秘书处", "2026年12月31日"]),
]  # fmt: skip


def written(blocks=BLOCKS, **more):
    return write_word("2026 年度报告", blocks, **more)


def read(data):
    return Document(io.BytesIO(data))


def part(data, name):
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def test_the_same_blocks_give_the_same_bytes_and_other_blocks_do_not():
    when = datetime(2026, 12, 31, 8, tzinfo=UTC)
    assert written(author="秘书处", made_at=when) == written(author="秘书处", made_at=when)
    assert written(made_at=when) != written()
    archive = zipfile.ZipFile(io.BytesIO(written()))
    assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.namelist()[0] == "[Content_Types].xml"
    core = read(written(author="秘书处", made_at=when)).core_properties
    assert (core.author, core.created, core.title) == (
        "秘书处", datetime(2026, 12, 31, 8, tzinfo=core.created.tzinfo), "2026 年度报告",
    )  # fmt: skip


def test_texts_come_back():
    document = read(written(subtitle="大连金普新区"))
    texts = [p.text for p in document.paragraphs]
    assert texts[:2] == ["2026 年度报告", "大连金普新区"]
    assert "1．甲" in texts and "秘书处" in texts
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == ["一、概况"]


def test_tables_repeat_headings_align_numbers_and_merge_equal_neighbours():
    table = read(written()).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["类别", "名称", "值"]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert [row.cells[2].text for row in table.rows] == ["值", "12,345.60", "3", ""]
    assert [row.cells[2].paragraphs[0].alignment for row in table.rows[1:3]] == [2, 2]
    merges = [row._tr.tc_lst[0].vMerge for row in table.rows]
    assert merges == [None, "restart", "continue", None]
    assert table.rows[1]._tr.tc_lst[0] is not table.rows[2]._tr.tc_lst[0]


def test_fonts_are_those_of_official_documents():
    data = written()
    document = read(data)
    for style, font in (
        ("Title", "方正小标宋简体"), ("Normal", "仿宋_GB2312"),
        ("Heading 1", "黑体"), ("Heading 2", "楷体_GB2312"),
    ):  # fmt: skip
        fonts = document.styles[style].element.rPr.find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) == font
    assert 'w:name="仿宋_GB2312"><w:altName w:val="仿宋"' in part(data, "word/fontTable.xml")
    section = document.sections[0]
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert (
        " PAGE " in section.footer._element.xml
        and " PAGE " in section.even_page_footer._element.xml
    )
    wide = read(written(landscape=True)).sections[0]
    assert wide.page_width > wide.page_height


def test_links_lead_to_bookmarks_and_files():
    document = read(written())
    xml = document.element.xml
    marks = {
        m.get(qn("w:name")): m.get(qn("w:id")) for m in document.element.iter(qn("w:bookmarkStart"))
    }
    assert "outline" in marks and len(set(marks.values())) == len(marks)
    anchors = {h.get(qn("w:anchor")) for h in document.element.iter(qn("w:hyperlink"))} - {None}
    assert anchors and anchors <= set(marks)
    assert "PAGEREF outline" in xml and 'TOC \\o "1-2"' in xml
    targets = [r.target_ref for r in document.part.rels.values() if r.is_external]
    assert targets == ["2-1/1.pdf"]
    begins = xml.count('fldCharType="begin"')
    assert begins == xml.count('fldCharType="end"') == xml.count('fldCharType="separate"')
    with pytest.raises(ValueError, match="outline"):
        written([Heading("甲", 1, "outline"), Heading("乙", 1, "outline")])


def test_what_xml_cannot_hold_is_left_out():
    bad = "甲\x00\x0b\x1f\ud800\ufffe乙\r\n丙"
    blocks = [
        Heading(bad),
        Paragraph(bad),
        Table([bad], [[bad]]),
        Chart("bar", bad, [bad], [Series(bad, [1])]),
    ]
    document = read(written(blocks))
    assert [p.text for p in document.paragraphs][1:3] == ["甲乙\n丙", "甲乙\n丙"]


def test_charts_are_native_and_carry_their_figures():
    data = written()
    archive = zipfile.ZipFile(io.BytesIO(data))
    types = archive.read("[Content_Types].xml").decode()
    document = read(data)
    ids = [int(p.get("id")) for p in document.element.iter(qn("wp:docPr"))]
    assert ids == list(range(1, len(CHARTS) + 1))
    for number, chart in enumerate(CHARTS, 1):
        assert (
            f'PartName="/word/charts/chart{number}.xml" ContentType="application/vnd.openxml'
            in types
        )
        rels = archive.read(f"word/charts/_rels/chart{number}.xml.rels").decode()
        assert f"embeddings/Microsoft_Excel_Sheet{number}.xlsx" in rels and 'Id="rId1"' in rels
        book = load_workbook(
            io.BytesIO(archive.read(f"word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"))
        )
        rows = list(book["Sheet1"].values)
        assert list(rows[0][1:]) == [s.name for s in chart.series]
        assert [row[0] for row in rows[1:]] == list(chart.categories)
        assert [row[1] for row in rows[1:]] == [float(v) for v in chart.series[0].values]
        root = etree.fromstring(archive.read(f"word/charts/chart{number}.xml"))
        space = {"c": root.nsmap["c"], "a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
        cached = root.xpath("//c:ser[1]/c:val//c:v/text()", namespaces=space)
        assert [Decimal(v) for v in cached] == [Decimal(v) for v in chart.series[0].values]
        order = [etree.QName(child).localname for child in root]
        assert order[-4:] == ["chart", "spPr", "txPr", "externalData"]
        axes = root.xpath("//c:axId/@val", namespaces=space)
        assert all(int(axis) > 0 for axis in axes)
        assert root.xpath("//c:title//a:rPr/a:ea/@typeface", namespaces=space) == ["黑体"]
