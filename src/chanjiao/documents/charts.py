"""Native charts: DrawingML that Word edits, with the figures as a workbook inside the document.

python-pptx writes the plot, its looks and its references; the workbook and the place in a Word
document are added here.
"""

import io
from decimal import Decimal
from typing import Any

import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE as REL
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree
from pptx.chart.chart import Chart as Drawn
from pptx.chart.data import CategoryChartData
from pptx.chart.xmlwriter import ChartXmlWriter
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.oxml import parse_xml
from pptx.util import Pt

from chanjiao.documents.blocks import Chart
from chanjiao.documents.package import EPOCH, canonical, legal

WIDTH_CM = 15.2
_KINDS = {
    "bar": XL_CHART_TYPE.BAR_CLUSTERED,
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED,
    "stacked": XL_CHART_TYPE.BAR_STACKED,
    "line": XL_CHART_TYPE.LINE_MARKERS,
    "pie": XL_CHART_TYPE.PIE,
}
_LYING = {"bar", "stacked"}
_COLOURS = ("1F5FA8", "C9821B", "3C8D6B", "A8434B", "6A5AA8", "7C8794", "2E9BB5", "8A6D3B")
_FONT = "黑体"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EMU_PER_CM = 360_000
_MOST_LABELLED = 12  # more points of one series than this, and their labels run into each other


def chart_xml(chart: Chart) -> bytes:
    """The chart part; its references lead into the workbook of `chart_book`."""
    data = CategoryChartData(number_format="General")
    data.categories = [legal(name) for name in chart.categories]
    for series in chart.series:
        data.add_series(legal(series.name), series.values)
    root = parse_xml(ChartXmlWriter(_KINDS[chart.kind], data).xml.encode())
    drawn = Drawn(root, None)
    drawn.font.size, drawn.font.name = Pt(9), "Times New Roman"
    _title(drawn, chart)
    _legend(drawn, chart)
    _colours(drawn, chart)
    _labels(drawn, chart)
    if chart.kind != "pie":
        _axes(drawn, chart)
    _finish(root)
    xml: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return xml


def _title(drawn: Any, chart: Chart) -> None:
    words = legal(chart.title) + (f"（单位：{legal(chart.unit)}）" if chart.unit else "")
    drawn.has_title = bool(words)
    if words:
        drawn.chart_title.include_in_layout = False
        frame = drawn.chart_title.text_frame
        frame.text = words
        font = frame.paragraphs[0].runs[0].font
        font.size, font.bold = Pt(11), False


def _legend(drawn: Any, chart: Chart) -> None:
    drawn.has_legend = chart.kind == "pie" or len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False


def _colours(drawn: Any, chart: Chart) -> None:
    for number, series in enumerate(drawn.plots[0].series):
        if chart.kind == "pie":
            for at in range(len(chart.categories)):
                _fill(series.points[at].format.fill, at)
        elif chart.kind == "line":
            colour = RGBColor.from_string(_COLOURS[number % len(_COLOURS)])
            series.format.line.color.rgb, series.format.line.width = colour, Pt(2)
            series.smooth = False
            _fill(series.marker.format.fill, number)
        else:
            _fill(series.format.fill, number, chart.series[number].colour)


def _fill(fill: Any, number: int, colour: str = "") -> None:
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(colour or _COLOURS[number % len(_COLOURS)])


def _labels(drawn: Any, chart: Chart) -> None:
    plot = drawn.plots[0]
    if chart.kind in {"bar", "columns", "stacked"}:
        plot.gap_width = 60
    crowded = (chart.kind == "line" and len(chart.series) > 1) or (
        chart.kind not in _LYING and len(chart.categories) > _MOST_LABELLED
    )
    plot.has_data_labels = not crowded
    if crowded:
        return
    labels = plot.data_labels
    labels.show_value, labels.font.size = True, Pt(9)
    labels.number_format, labels.number_format_is_linked = "General", False
    if chart.kind == "pie":
        labels.show_category_name = True
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
    elif chart.kind in {"bar", "columns"}:
        labels.position = XL_LABEL_POSITION.OUTSIDE_END
    elif chart.kind == "stacked":
        labels.font.color.rgb = RGBColor.from_string("FFFFFF")
        labels.position = XL_LABEL_POSITION.CENTER
        labels.number_format = "General;-General;;"  # a zero has no room in a stack


def _axes(drawn: Any, chart: Chart) -> None:
    values, names = drawn.value_axis, drawn.category_axis
    names.format.line.color.rgb = RGBColor.from_string("7C8794")
    if all((v or 0) >= 0 for series in chart.series for v in series.values):
        values.minimum_scale = 0
    if chart.kind in _LYING:
        # every bar has its figure beside it: no scale, and the table's first row on top
        values.visible = values.has_major_gridlines = False
        names.reverse_order = True
        return
    values.major_gridlines.format.line.color.rgb = RGBColor.from_string("D9DEE4")
    values.format.line.fill.background()


def _finish(root: Any) -> None:
    """Axis ids Word takes, one Chinese font everywhere, and the link to the workbook."""
    for axis in root.iter(f"{{{_C}}}axId", f"{{{_C}}}crossAx"):
        axis.set("val", str(abs(int(axis.get("val")))))
    for letters in root.iter(f"{{{_A}}}defRPr", f"{{{_A}}}rPr"):
        for old in letters.findall(f"{{{_A}}}ea"):
            letters.remove(old)
        east = etree.Element(f"{{{_A}}}ea", typeface=_FONT)
        latin = letters.find(f"{{{_A}}}latin")
        if latin is None:
            letters.append(east)
        else:
            latin.addnext(east)
    frame = etree.fromstring(
        f'<c:spPr xmlns:c="{_C}" xmlns:a="{_A}"><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>'
    )
    root.find(f"{{{_C}}}chart").addnext(frame)
    external = etree.SubElement(root, f"{{{_C}}}externalData", {f"{{{_R}}}id": "rId1"})
    etree.SubElement(external, f"{{{_C}}}autoUpdate", val="0")


def chart_book(chart: Chart) -> bytes:
    """The workbook behind the chart: categories in A, one column for each series."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": EPOCH.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    sheet.write_column(1, 0, [legal(name) for name in chart.categories])
    for at, series in enumerate(chart.series, 1):
        sheet.write_string(0, at, legal(series.name))
        for row, value in enumerate(series.values, 1):
            if value is not None:
                sheet.write_number(row, at, Decimal(value))
    book.close()
    return canonical(made.getvalue())


def height_cm(chart: Chart) -> float:
    """As told, or by the number of bars."""
    if chart.height:
        return chart.height
    if chart.kind in _LYING:
        rows = len(chart.categories) * (len(chart.series) if chart.kind == "bar" else 1)
        return min(22.0, 2.6 + 0.62 * max(rows, 3) + (0.8 if len(chart.series) > 1 else 0))
    return 7.6


def inline(chart: Chart, part: Any, identity: int) -> str:
    """Add the chart to the package of a document part; the `<w:drawing>` that shows it.

    `identity` must be unique in the document: it is the drawing's id and names the parts.
    """
    package = part.package
    number = 1 + sum(1 for p in package.iter_parts() if p.partname.startswith("/word/charts/chart"))
    drawn = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, chart_xml(chart), package)
    book = Part(
        PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"),
        _BOOK_TYPE, chart_book(chart), package,
    )  # fmt: skip
    drawn.rels.get_or_add(REL.PACKAGE, book)
    place = part.relate_to(drawn, REL.CHART)
    wide, high = int(WIDTH_CM * _EMU_PER_CM), int(height_cm(chart) * _EMU_PER_CM)
    description = (
        legal(chart.title).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    )
    return (
        '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        '<wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        f' distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
        '<wp:effectExtent l="0" t="0" r="0" b="0"/>'
        f'<wp:docPr id="{identity}" name="图表 {number}" descr="{description}"/>'
        f'<wp:cNvGraphicFramePr/><a:graphic xmlns:a="{_A}">'
        f'<a:graphicData uri="{_C}"><c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="{place}"/>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
