"""Look at an uploaded file before anything opens it. Nothing is unpacked to disk.

What a spreadsheet library would expand, run or follow is refused here by name: archives that
unpack to gigabytes, macros, links, entities, sheets a million columns wide.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final, Literal

from chanjiao.sheets.refusals import (
    Damaged,
    Encrypted,
    HasExternalLinks,
    HasMacros,
    HostileXml,
    NotASpreadsheet,
    OldFormat,
    TooLarge,
    ZipBomb,
)
from chanjiao.sheets.scanning import SheetFacts, expanded, scan_sheet, string_sizes
from chanjiao.sheets.workbook_parts import sheet_parts

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_NESTED: Final = frozenset({".zip", ".xlsx", ".xlsm", ".docx", ".gz", ".7z", ".rar", ".jar"})
_CHUNK: Final = 1 << 18
_EXPANDED: Final = 300 * 2**20
_STRINGS: Final = "xl/sharedstrings.xml"
_BLOCK: Final = 1 << 16
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_ENCODING: Final = re.compile(rb"""encoding\s*=\s*["']?([^"']*)""")
_SAVE_AS: Final = "请在 Excel 或 WPS 中打开，另存为“Excel 工作簿（.xlsx）”后再上传"
_DOWNLOAD: Final = "请重新从本页下载模板，把数据粘贴进去（选择性粘贴为数值）再上传"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may be at most: bytes, unpacked bytes, ratio of a large entry, entries."""

    size: int = 50 * 2**20
    unpacked: int = 400 * 2**20
    ratio: int = 200
    ratio_from: int = 20 * 2**20
    entries: int = 2_000


LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be opened: its bytes, and for a workbook the facts of each sheet by name."""

    kind: Literal["xlsx", "csv"]
    data: bytes
    sheets: dict[str, SheetFacts]


def inspect(source: Path | bytes, *, name: str = "", limits: Limits = LIMITS) -> Inspected:
    """Return the file if it may be opened, or raise a RefusedFile that says how to mend it."""
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > limits.size:
        raise TooLarge(
            f"文件有 {size / 2**20:.0f} MB，超过上限 {limits.size // 2**20} MB",
            "请删去图片和无关的工作表，或分成几个文件上传",
        )
    data = source if isinstance(source, bytes) else source.read_bytes()
    name = name or ("" if isinstance(source, bytes) else source.name)
    if data[:4] == b"PK\x03\x04":
        return Inspected("xlsx", data, _inspect_archive(data, limits))
    _refuse_other_formats(data, PurePosixPath(name.lower()).suffix)
    return Inspected("csv", data, {})


def _refuse_other_formats(data: bytes, suffix: str) -> None:
    if data.startswith(_OLE):
        if _ENCRYPTED_PACKAGE in data:
            raise Encrypted(
                "工作簿设了打开密码", "请在 Excel 中去掉密码（文件→信息→保护工作簿）再上传"
            )
        raise OldFormat("这是旧版 .xls（或 .et）格式，其中的公式和宏无法检查", _SAVE_AS)
    if not data.strip():
        raise NotASpreadsheet("文件是空的", "请确认选对了文件")
    head = data[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise NotASpreadsheet("文件其实是网页或 XML，只是扩展名像表格", _SAVE_AS)
    if suffix in {".xlsx", ".xls", ".xlsm", ".et"}:
        raise NotASpreadsheet(f"扩展名是 {suffix}，内容却不是 Excel 工作簿", _SAVE_AS)
    if suffix not in {"", ".csv", ".txt", ".tsv"} or _is_binary(data):
        raise NotASpreadsheet("这不是表格文件", "请上传 .xlsx 或 .csv 文件")


def _is_binary(data: bytes) -> bool:
    return not data.startswith(_UTF16) and b"\x00" in data


def _inspect_archive(data: bytes, limits: Limits) -> dict[str, SheetFacts]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise Damaged("工作簿已损坏，打不开", _SAVE_AS) from error
    with archive:
        entries = archive.infolist()
        _check_sizes(entries, limits)
        names = [entry.filename for entry in entries]
        _check_names(names)
        parts = {entry.filename.lower(): entry for entry in entries}
        if len(parts) != len(entries):
            raise ZipBomb("压缩包里有重名的部分，不是 Excel 保存的文件", _SAVE_AS)
        return _scan_parts(data, parts)


def _check_sizes(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > limits.entries or total > limits.unpacked:
        raise ZipBomb(
            f"文件解开后有 {len(entries)} 个部分、{total / 2**20:,.0f} MB，远超一张表所需",
            _DOWNLOAD,
        )
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise Encrypted("文件中有加密的部分", "请去掉密码后再上传")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Damaged("文件用了 Excel 不用的压缩方式", _SAVE_AS)
        large = entry.file_size > limits.ratio_from
        if large and entry.file_size > limits.ratio * max(1, entry.compress_size):
            raise ZipBomb(f"“{entry.filename}”压缩比异常，像是压缩炸弹", _DOWNLOAD)


def _check_names(names: list[str]) -> None:
    lowered = [name.lower() for name in names]
    for name in lowered:
        path = PurePosixPath(name)
        if name.startswith("/") or ".." in path.parts or "\\" in name or ":" in name:
            raise ZipBomb(f"文件内有越界的路径“{name}”", _DOWNLOAD)
        if path.suffix in _NESTED:
            raise ZipBomb(f"文件里还套着别的文件“{path.name}”", "请删去嵌入的对象后再上传")
        if path.name == "vbaproject.bin" or name.startswith("xl/macrosheets/"):
            raise HasMacros("工作簿含有宏", _SAVE_AS + "（不选“启用宏的工作簿”）")
        if name.startswith("xl/externallinks/") or name == "xl/connections.xml":
            raise HasExternalLinks(
                "工作簿链接了别的文件或数据源",
                "请在“数据→编辑链接”中断开链接，并复制→选择性粘贴为数值后再上传",
            )
    if "xl/workbook.bin" in lowered or "mimetype" in lowered:
        raise OldFormat("这是 .xlsb 或 .ods 格式，其中的公式无法检查", _SAVE_AS)
    if "[content_types].xml" not in lowered or not any(n.startswith("xl/") for n in lowered):
        raise NotASpreadsheet(
            "这是一个压缩包，不是 Excel 工作簿", "请上传其中的 .xlsx 或 .csv 文件"
        )


def _scan_parts(data: bytes, parts: dict[str, zipfile.ZipInfo]) -> dict[str, SheetFacts]:
    sheets = sheet_parts(lambda name: b"".join(_clean_xml(data, parts[name])), set(parts))
    by_part = {part: name for name, part in sheets.items()}
    facts: dict[str, SheetFacts] = {}
    strings = parts.get(_STRINGS)
    sizes = string_sizes(_clean_xml(data, strings)) if strings else []
    for part, entry in parts.items():
        if part in by_part:
            chunks = partial(_clean_xml, data, entry)
            facts[by_part[part]] = found = scan_sheet(chunks)
            _check_expansion(chunks, found.cells, sizes)
        elif part.lower().endswith((".xml", ".rels", ".vml")):
            for _ in _clean_xml(data, entry):
                pass
    return facts


def _check_expansion(chunks: Callable[[], Iterator[bytes]], cells: int, sizes: list[int]) -> None:
    """Refuse a long text that thousands of cells repeat: small in the file, huge once read."""
    if cells * max(sizes, default=0) > _EXPANDED and expanded(chunks(), sizes) > _EXPANDED:
        raise ZipBomb("同一段长文字被大量单元格重复引用，展开后过大", _DOWNLOAD)


def _clean_xml(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes in chunks; HostileXml at a document type, an entity or odd encoding."""
    tail = b""
    for chunk in _blocks(_inflated(data, entry)):
        if not tail:
            _check_encoding(chunk)
        if b"<!D" in (window := tail + chunk) or b"<!E" in window:
            raise HostileXml("文件内的 XML 带有 DOCTYPE 或实体定义，表格软件不会这样保存", _SAVE_AS)
        tail = chunk[-2:]
        yield chunk


def _blocks(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of at least a few kilobytes, so that no mark hides in a seam."""
    block = b""
    for chunk in chunks:
        block += chunk
        if len(block) >= _BLOCK:
            yield block
            block = b""
    if block:
        yield block


def _check_encoding(chunk: bytes) -> None:
    declared = _ENCODING.search(chunk[:200].partition(b"?>")[0])
    other = declared is not None and declared[1].lower() not in (b"utf-8", b"us-ascii")
    if chunk.startswith(_UTF16) or b"\x00" in chunk[:64] or other:
        raise HostileXml("文件内的 XML 不是 UTF-8 编码", _SAVE_AS)


def _inflated(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack one entry in bounded pieces; Damaged if it holds other than it declares.

    zipfile would stop at the declared size and believe it; the reader behind us would not.
    """
    start = entry.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise Damaged("工作簿已损坏", _SAVE_AS)
    start += 30 + sum(struct.unpack("<HH", header[26:30]))
    packed = memoryview(data)[start : start + entry.compress_size]
    stored = entry.compress_type == zipfile.ZIP_STORED
    size = check = 0
    for chunk in _pieces(packed) if stored else _deflated(packed):
        size, check = size + len(chunk), zlib.crc32(chunk, check)
        if size > entry.file_size:
            raise ZipBomb(f"“{entry.filename}”解开后比它声明的大，像是压缩炸弹", _DOWNLOAD)
        yield chunk
    if size != entry.file_size or check != entry.CRC:
        raise Damaged("工作簿已损坏（校验不符）", _SAVE_AS)


def _pieces(packed: memoryview) -> Iterator[bytes]:
    for start in range(0, len(packed), _CHUNK):
        yield bytes(packed[start : start + _CHUNK])


def _deflated(packed: memoryview) -> Iterator[bytes]:
    unpack = zlib.decompressobj(-15)
    try:
        for piece in _pieces(packed):
            rest = piece
            while rest and not unpack.eof:
                if chunk := unpack.decompress(rest, _CHUNK):
                    yield chunk
                rest = unpack.unconsumed_tail
        if chunk := unpack.flush():
            yield chunk
    except zlib.error as error:
        raise Damaged("工作簿已损坏（解压出错）", _SAVE_AS) from error
