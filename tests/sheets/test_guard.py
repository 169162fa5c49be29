"""Hostile files: each is refused before anything opens it, with what, why and how to mend."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chanjiao.sheets.checking import check_file
from chanjiao.sheets.guard import Limits, inspect
from chanjiao.sheets.refusals import (
    Damaged,
    Encrypted,
    HasExternalLinks,
    HasMacros,
    HostileXml,
    NotASpreadsheet,
    OldFormat,
    RefusedFile,
    TooLarge,
    TooManyFormulas,
    TooWide,
    ZipBomb,
)
from tests.sheets.samples import HEADINGS, LAYOUT, workbook

GOOD = workbook([["甲厂", "91350100M000100Y43"]])
SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def repacked(changes: Mapping[str, bytes | None], data: bytes = GOOD) -> bytes:
    """The workbook with some parts replaced, added or (None) left out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(file, "w", 8) as target:
        for name in source.namelist():
            if name not in changes:
                target.writestr(name, source.read(name))
        for name, content in changes.items():
            if content is not None:
                target.writestr(name, content)
    return file.getvalue()


def sheet_xml(rows: str, prefix: str = "") -> bytes:
    colon = f"{prefix}:" if prefix else ""
    declared = f"xmlns:{prefix}" if prefix else "xmlns"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{colon}worksheet {declared}="{NAMESPACE}">'
        f"<{colon}sheetData>{rows}</{colon}sheetData></{colon}worksheet>"
    ).encode()


def refused(data: bytes, kind: type[RefusedFile], *words: str, name: str = "名册.xlsx") -> None:
    """The file is refused as that kind, with these words, and with advice."""
    with pytest.raises(RefusedFile) as caught:
        check_file(data, LAYOUT, name=name)
    assert type(caught.value) is kind, caught.value
    for word in words:
        assert word in str(caught.value)
    assert caught.value.advice


def test_too_large(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="超过上限 0 MB；请删去图片"):
        inspect(GOOD, limits=Limits(size=1000))
    path = tmp_path / "大.xlsx"
    path.write_bytes(b"PK\x03\x04" + bytes(51 * 2**20))
    with pytest.raises(TooLarge, match="文件有 51 MB，超过上限 50 MB"):
        inspect(path)


@pytest.mark.parametrize(
    ("data", "name", "kind", "words"),
    [
        (b"", "a.xlsx", NotASpreadsheet, "空的"),
        (b"  \r\n", "a.csv", NotASpreadsheet, "空的"),
        (b"%PDF-1.7 ...", "a.xlsx", NotASpreadsheet, "扩展名是 .xlsx，内容却不是"),
        (b"<html><table><tr><td>1</td></tr></table>", "a.xls", NotASpreadsheet, "其实是网页"),
        (b'<?xml version="1.0"?><Workbook/>', "a.xls", NotASpreadsheet, "网页或 XML"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a.png", NotASpreadsheet, "不是表格文件"),
        (b"a,b\x00c", "a.csv", NotASpreadsheet, "不是表格文件"),
        (OLE + bytes(600), "a.xls", OldFormat, "旧版 .xls"),
        (OLE + bytes(600), "a.xlsx", OldFormat, "另存为"),
        (OLE + bytes(99) + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", Encrypted, "密码"),
        (b"PK\x03\x04 broken", "a.xlsx", Damaged, "损坏"),
        (GOOD[:-400], "a.xlsx", Damaged, "损坏"),
    ],
)
def test_other_formats(data: bytes, name: str, kind: type[RefusedFile], words: str) -> None:
    refused(data, kind, words, name=name)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"xl/vbaProject.bin": b"x"}, HasMacros, "含有宏"),
        ({"xl/macrosheets/sheet1.xml": b"<x/>"}, HasMacros, "含有宏"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, HasExternalLinks, "断开链接"),
        ({"xl/connections.xml": b"<x/>"}, HasExternalLinks, "数据源"),
        ({"xl/embeddings/inner.xlsx": GOOD}, ZipBomb, "套着别的文件“inner.xlsx”"),
        ({"../../etc/passwd": b"x"}, ZipBomb, "越界的路径"),
        ({"/etc/passwd": b"x"}, ZipBomb, "越界的路径"),
        ({"xl\\..\\evil.xml": b"x"}, ZipBomb, "越界的路径"),
        ({"xl/workbook.bin": b"x"}, OldFormat, ".xlsb"),
        ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, OldFormat, ".ods"),
        ({"[Content_Types].xml": None}, NotASpreadsheet, "压缩包"),
        ({"xl/workbook.xml": b"<workbook"}, Damaged, "损坏"),
        ({"xl/workbook.xml": None}, Damaged, "没有工作簿"),
        ({SHEET: None}, Damaged, "成员单位"),
        ({SHEET: b"<worksheet><sheetData><c><v>1</sheetData>"}, Damaged, "损坏"),
        ({SHEET: sheet_xml("<row r='1v'><c/></row>")}, Damaged, "行号“1v”"),
        ({SHEET: sheet_xml("<row><c r='甲1'/></row>")}, Damaged, "编号“甲1”"),
    ],
)
def test_archives(changes: dict[str, bytes | None], kind: type[RefusedFile], words: str) -> None:
    refused(repacked(changes), kind, words)


def test_zip_bomb_by_ratio_by_size_and_by_entries() -> None:
    refused(repacked({"xl/media/a.xml": bytes(30 * 2**20)}), ZipBomb, "压缩比异常")
    with pytest.raises(ZipBomb, match="远超一张表所需"):
        inspect(GOOD, limits=Limits(unpacked=1000))
    many = {f"xl/media/{n}.png": b"" for n in range(2001)}
    refused(repacked(many), ZipBomb, "个部分")


def _lying(data: bytes, declared: int, crc: int, part: bytes) -> bytes:
    """Change the declared size and checksum of an entry in the central directory."""
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(part))
    header = bytearray(data)
    header[directory + 16 : directory + 20] = struct.pack("<L", crc)
    header[directory + 24 : directory + 28] = struct.pack("<L", declared)
    return bytes(header)


def test_zip_that_declares_less_than_it_holds() -> None:
    content = sheet_xml("") + bytes(2**20)
    data = repacked({SHEET: content})
    lying = _lying(data, 100, zlib.crc32(content[:100]), SHEET.encode())
    refused(lying, ZipBomb, "比它声明的大")
    wrong_sum = _lying(repacked({SHEET: content[:200]}), 200, 1, SHEET.encode())
    refused(wrong_sum, Damaged, "校验不符")


def test_encrypted_entry() -> None:
    data = bytearray(GOOD)
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 8] |= 1
    refused(bytes(data), Encrypted, "加密")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    b"<worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>"
)


@pytest.mark.parametrize(
    "part", [SHEET, "xl/styles.xml", "xl/workbook.xml", "xl/sharedStrings.xml"]
)
@pytest.mark.parametrize("before", [b"", b" " * 300_000])
def test_entity_bomb(part: str, before: bytes) -> None:
    content = BOMB.replace(b"<!DOCTYPE", before + b"<!DOCTYPE")
    refused(repacked({part: content}), HostileXml, "DOCTYPE")


@pytest.mark.parametrize(
    "content",
    [
        BOMB.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?><x/>',
        b'<?xml version="1.0" encoding="UTF-8s"?><x/>',
        "<worksheet/>".encode("utf-16-le"),
    ],
)
def test_odd_encodings(content: bytes) -> None:
    refused(repacked({SHEET: content}), HostileXml, "UTF-8")


def _cell(place: str, inner: str = "<v>1</v>", attributes: str = "") -> str:
    row = "".join(filter(str.isdigit, place))
    return f'<row r="{row}"><c r="{place}"{attributes}>{inner}</c></row>'


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (_cell("A1") + _cell("BDWGN1"), "BDWGN 列"),  # the millionth column
        (_cell("A1") + _cell("XFD1"), "XFD 列"),
        (_cell("A1") + _cell("Z1048576"), "第 1048576 行"),
        (_cell("Z1048576") + _cell("A1"), "第 1048576 行"),
        ('<row r="1"><c r="Z1048576"><v>1</v></c></row>', "第 1048576 行"),
        ("<row r='1'><c r='ZZZ1'><v>1</v></c></row>", "ZZZ 列"),
        ("<row>" + "<c><v>1</v></c>" * 600 + "</row>", "WB 列"),
        (_cell("A1") + '<row r="9">\n<c\nr="AAA9"><v>1</v></c></row>', "AAA 列"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "x"])
def test_absurdly_wide_or_long(rows: str, words: str, prefix: str) -> None:
    if prefix:
        for tag in ("row", "c", "v"):
            rows = rows.replace(f"<{tag}", f"<x:{tag}").replace(f"</{tag}", f"</x:{tag}")
    refused(repacked({SHEET: sheet_xml(rows, prefix)}), TooWide, words, "删去")


def test_a_million_empty_columns_do_no_harm() -> None:
    """Cells that are only formatted, and a dimension that lies, cost nothing and refuse nothing."""
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        xml = archive.read(SHEET).decode()
    empty = "".join(f'<c r="{letter}{letter}{letter}9" s="0"/>' for letter in "BCDEFGH")
    xml = xml.replace("</sheetData>", f'<row r="9">{empty}</row></sheetData>')
    start, end = xml.index("<dimension"), xml.index("/>", xml.index("<dimension"))
    xml = xml[:start] + '<dimension ref="A1:XFD1048576"' + xml[end:]
    checked = check_file(repacked({SHEET: xml.encode()}), LAYOUT)
    assert (len(checked.rows), checked.problems) == (1, [])


def test_formulas_however_written() -> None:
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    book.worksheets[0]["F2"] = "=1+1"
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        xml = archive.read(SHEET).decode()
    variants = (
        xml,
        xml.replace("<f>", '<f ca="1">'),
        xml.replace("<f>", "<f\n>"),
        xml.replace('<c r="F2"', "<c r='F2'"),
        xml.replace("<f>1+1</f>", "<f/>"),
        xml.replace('<c r="F2"', '<!-- c --><c r="F2"'),
    )
    for variant in variants:
        checked = check_file(repacked({SHEET: variant.encode()}, file.getvalue()), LAYOUT)
        assert [(p.row, p.column, p.code) for p in checked.problems] == [(2, "F", "formula")], (
            variant
        )


def test_formula_cut_by_a_seam_between_chunks() -> None:
    row = ["甲厂", "91350100M000100Y43", None, None, None, "=1+1"]
    rows = [[f"厂{n}" * 20, *row[1:]] for n in range(3000)]
    found = inspect(workbook(rows)).sheets["成员单位"]
    assert [place[0] for place in found.formulas] == list(range(1, 3001))
    assert {place[1] for place in found.formulas} == {5}
    assert (found.rows, found.columns) == (3001, len(HEADINGS))


def test_too_many_formulas() -> None:
    rows = "".join(_cell(f"A{n}", "<f>1+1</f><v>2</v>") for n in range(1, 50_003))
    refused(repacked({SHEET: sheet_xml(rows)}), TooManyFormulas, "50,000 个公式", "选择性粘贴")


def test_one_long_text_in_every_cell() -> None:
    text = "长" * 10_000
    strings = f'<sst xmlns="{NAMESPACE}"><si><t>短</t></si><si><t>{text}</t></si></sst>'
    rows = "".join(_cell(f"A{n}", "<v>1</v>", ' t="s"') for n in range(1, 12_000))
    parts = {"xl/sharedStrings.xml": strings.encode(), SHEET: sheet_xml(rows)}
    refused(repacked(parts), ZipBomb, "重复引用")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_flipped_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    broken = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(4, len(broken) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        check_file(bytes(broken), LAYOUT, name="a.xlsx")
    except RefusedFile as refusal:
        assert refusal.message
        assert refusal.advice


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_noise_never_raises_anything_else(noise: bytes) -> None:
    for name in ("a.csv", "a.xlsx", ""):
        try:
            check_file(noise, LAYOUT, name=name)
        except RefusedFile as refusal:
            assert refusal.advice


def test_a_refusal_costs_little_time() -> None:
    start = time.process_time()
    refused(repacked({"xl/media/a.xml": bytes(30 * 2**20)}), ZipBomb)
    assert time.process_time() - start < 2
