"""What a Word file brought from outside may not be or hold. Nothing is unpacked to disk."""

import io
import re
import zipfile
import zlib
from typing import Final

from lxml import etree

from chanjiao.kernel.verdict import Refused

LARGEST: Final = 10 * 2**20
_UNPACKED: Final = 60 * 2**20
_DOCUMENT: Final = 8 * 2**20
_ENTRIES: Final = 1_000
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN: Final = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_FIELDS: Final = re.compile(
    r"\b(INCLUDETEXT|INCLUDEPICTURE|DDE|DDEAUTO|LINK|IMPORT|RD|DATABASE|AUTOTEXT|MACROBUTTON)\b",
    re.IGNORECASE,
)
_HARMLESS_LINK: Final = "/hyperlink"
_ADDRESS: Final = re.compile(r"(?:https?:|mailto:|#|[^:]*$)", re.IGNORECASE)
_FORBIDDEN: Final = (
    ("vbaproject", "文件里有宏"),
    ("activex", "文件里有 ActiveX 控件"),
    ("embeddings/oleobject", "文件里有 OLE 对象"),
    ("afchunk", "文件里嵌入了另一份文档"),
)
_SAVE_AS: Final = "请在 Word 或 WPS 中另存为“Word 文档（.docx）”后再上传。"
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


class UnsafeDocument(Refused):
    """The file is no .docx, or holds what could run, call home or swell."""


def inspect_word(data: bytes) -> None:
    """Return if the bytes may be opened as a Word file; else UnsafeDocument says how to mend it."""
    if len(data) > LARGEST:
        raise UnsafeDocument(f"文件超过 {LARGEST // 2**20} MB。请压缩图片后再上传。")
    if data.startswith(_OLE):
        raise UnsafeDocument(f"这是旧版 .doc，或设了打开密码的文件。{_SAVE_AS}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect_archive(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnsafeDocument(f"这不是 Word 文件，或文件已损坏。{_SAVE_AS}") from error


def _inspect_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > _ENTRIES or len(set(names)) != len(names):
        raise UnsafeDocument(f"压缩包的结构不正常。{_SAVE_AS}")
    for mark, what in _FORBIDDEN:
        if any(mark in name for name in names):
            raise UnsafeDocument(f"{what}，不能用作模板。请删除后另存为“Word 文档（.docx）”。")
    if not {"[content_types].xml", "word/document.xml"} <= set(names):
        raise UnsafeDocument(f"这不是 Word 文件。{_SAVE_AS}")
    room = _UNPACKED
    for entry in entries:
        limit = min(room, _DOCUMENT) if entry.filename.endswith((".xml", ".rels")) else room
        content = _read(archive, entry, limit)
        room -= len(content)
        if entry.filename.lower().endswith((".xml", ".rels")):
            _inspect_xml(entry.filename, content)


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """The part, never more than the limit, whatever its header says."""
    with archive.open(entry) as part:
        content = part.read(limit + 1)
    if len(content) > limit:
        raise UnsafeDocument("文件展开后过大，已拒绝打开。请删去多余的图片和内容。")
    return content


def _inspect_xml(name: str, content: bytes) -> None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeDocument(f"文件已损坏（{name}）。{_SAVE_AS}") from error
    if root.getroottree().docinfo.doctype:
        raise UnsafeDocument(f"文件里有不应有的实体声明（{name}）。{_SAVE_AS}")
    if name.lower() == "[content_types].xml":
        if b"macroenabled" in content.lower():
            raise UnsafeDocument(f"这是带宏的文档（.docm）。{_SAVE_AS}")
        if _MAIN not in content:
            raise UnsafeDocument(f"这不是 Word 文档（.docx）。{_SAVE_AS}")
    elif name.lower().endswith(".rels"):
        _inspect_links(root)
    else:
        _inspect_fields(root)


def _inspect_links(root: "etree._Element") -> None:
    for link in root:
        if link.get("TargetMode", "").lower() != "external":
            continue
        kind, target = link.get("Type", ""), link.get("Target", "")
        if not kind.endswith(_HARMLESS_LINK) or not _ADDRESS.match(target.strip()):
            raise UnsafeDocument(
                f"文件引用了外部内容（{target[:80]}）。请改为插入内容本身，或断开链接后再上传。"
            )


def _inspect_fields(root: "etree._Element") -> None:
    """Field codes that pull in other files or start programs; pieces may be split over runs."""
    codes = "".join(piece.text or "" for piece in root.iter(f"{_W}instrText"))
    codes += " ".join(piece.get(f"{_W}instr", "") for piece in root.iter(f"{_W}fldSimple"))
    found = _FIELDS.search(codes)
    if found:
        raise UnsafeDocument(
            f"文件里有会读取其他文件的域（{found[0].upper()}）。请删除这个域后再上传。"
        )
