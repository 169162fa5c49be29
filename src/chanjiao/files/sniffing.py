"""What an uploaded file really is, by its content; the name is only compared with it.

Archives are not unpacked: of a .docx, .xlsx, .pptx or .ofd only the list of names is read.
"""

import zipfile
from dataclasses import dataclass
from typing import IO

MAX_NAMES = 10_000
_HEAD = 4096


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that may be handed in. `inline`: a browser may show it inside a page of ours."""

    label: str
    extensions: tuple[str, ...]
    content_type: str
    inline: bool = False

    @property
    def is_image(self) -> bool:
        return self.content_type.startswith("image/")


_WORD = "application/vnd.openxmlformats-officedocument."
PDF = FileType("PDF", ("pdf",), "application/pdf", inline=True)
JPEG = FileType("JPEG 图片", ("jpg", "jpeg", "jfif"), "image/jpeg", inline=True)
PNG = FileType("PNG 图片", ("png",), "image/png", inline=True)
DOCX = FileType("Word 文档", ("docx",), f"{_WORD}wordprocessingml.document")
XLSX = FileType("Excel 工作簿", ("xlsx",), f"{_WORD}spreadsheetml.sheet")
PPTX = FileType("PowerPoint 演示文稿", ("pptx",), f"{_WORD}presentationml.presentation")
OFD = FileType("OFD 版式文件", ("ofd",), "application/ofd")
OLD_OFFICE = FileType(
    "旧版 Office 或 WPS 文档",
    ("doc", "xls", "ppt", "wps", "et", "dps"),
    "application/x-ole-storage",
)
TYPES = (PDF, JPEG, PNG, DOCX, XLSX, PPTX, OFD, OLD_OFFICE)
BY_CONTENT_TYPE = {one.content_type: one for one in TYPES}
BY_EXTENSION = {extension: one for one in TYPES for extension in one.extensions}
EXTENSIONS = tuple(extension for one in TYPES for extension in one.extensions)

_MAGIC = ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG),
          (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLD_OFFICE))  # fmt: skip
_PARTS = (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX))
_KNOWN_BAD = (
    (b"ftypheic", "这是 HEIC 照片，多数电脑打不开。请在手机相机设置里选“兼容性最佳”，或先转成 JPG。"),
    (b"ftypmif1", "这是 HEIC 照片，多数电脑打不开。请在手机相机设置里选“兼容性最佳”，或先转成 JPG。"),
    (b"Rar!", "不接收压缩包，请解压后逐个上传。"),
    (b"7z\xbc\xaf", "不接收压缩包，请解压后逐个上传。"),
    (b"MZ", "这是程序文件，不能上传。"),
)  # fmt: skip


class Unfit(ValueError):
    """A file that cannot be taken in; the message is Chinese and says what to do."""


def sniff(content: IO[bytes], name: str) -> FileType:
    """The type of the bytes; `Unfit` when it is none of ours or the name says otherwise."""
    content.seek(0)
    head = content.read(_HEAD)
    if not head:
        raise Unfit("文件是空的。")
    found = next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)
    if found is None and head.startswith(b"PK\x03\x04"):
        found = _of_archive(content)
    content.seek(0)
    if found is None:
        raise Unfit(_why(head))
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if extension not in found.extensions:
        raise Unfit(
            f"文件名以 .{extension} 结尾，内容却是{found.label}，请用原来的扩展名重新上传。"
        )
    return found


def type_called(name: str) -> FileType | None:
    """By the name alone: of a file that was sniffed when it came, so that both agree."""
    return BY_EXTENSION.get(name.rsplit(".", 1)[-1].lower()) if "." in name else None


def _of_archive(content: IO[bytes]) -> FileType | None:
    try:
        names = zipfile.ZipFile(content).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unfit("文件已损坏，打不开。请重新导出后再上传。") from error
    if len(names) > MAX_NAMES:
        raise Unfit("文件内部结构异常，不能接收。")
    if "OFD.xml" in names:
        return OFD
    if "[Content_Types].xml" not in names:
        raise Unfit("不接收压缩包，请解压后逐个上传。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Unfit("文件含有宏，请另存为不含宏的格式或 PDF 后上传。")
    return next((kind for part, kind in _PARTS if any(n.startswith(part) for n in names)), None)


def _why(head: bytes) -> str:
    for magic, reason in _KNOWN_BAD:
        if magic in head[:16]:
            return reason
    return "不接收这种文件。请上传 PDF、JPG、PNG、Word、Excel、PPT 或 OFD。"
