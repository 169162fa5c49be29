"""Which part of a workbook holds which sheet, read with a parser that refuses entities."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Final
from xml.parsers import expat

from chanjiao.sheets.refusals import Damaged, HostileXml

_ADVICE: Final = "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"


def guarded_parser() -> expat.XMLParserType:
    """An expat parser that raises HostileXml at a document type, before any entity."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise HostileXml("文件内的 XML 带有 DOCTYPE 或实体定义", _ADVICE)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def sheet_parts(read: Callable[[str], bytes], names: set[str]) -> dict[str, str]:
    """Sheet name → part name (lower case, as in `names`), in the workbook's order, or Damaged."""
    book = _target(read, names)
    folder, base = posixpath.split(book)
    targets = dict(_relations(read, f"{folder}/_rels/{base}.rels", names))
    found: dict[str, str] = {}
    for attributes in _elements(read(book), "sheet"):
        identifier = next((v for k, v in attributes.items() if k.endswith(" id")), "")
        part = _resolve(folder, targets.get(identifier, ""))
        if part in names and found.setdefault(attributes.get("name", ""), part) != part:
            raise Damaged("工作簿里有两张同名的工作表", _ADVICE)
    return found


def _target(read: Callable[[str], bytes], names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    for _, target in _relations(read, "_rels/.rels", names):
        if (part := _resolve("", target)) in names and "workbook" in part:
            return part
    raise Damaged("文件里没有工作簿", _ADVICE)


def _relations(read: Callable[[str], bytes], part: str, names: set[str]) -> list[tuple[str, str]]:
    if part not in names:
        return []
    found = _elements(read(part), "Relationship")
    return [(item.get("Id", ""), item.get("Target", "")) for item in found]


def _resolve(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:].lower()
    return posixpath.normpath(posixpath.join(folder, target)).lower()


def _elements(xml: bytes, local_name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    parser = guarded_parser()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(" ")[2] == local_name:
            found.append(attributes)

    parser.StartElementHandler = start
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Damaged("工作簿的目录已损坏", _ADVICE) from error
    return found
