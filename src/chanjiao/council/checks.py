"""What makes seats, rules, files and figures acceptable. Shared by forms and imports."""

from datetime import date
from typing import IO

from django.conf import settings

from chanjiao.council.enums import TITLES, BodyKind
from chanjiao.council.models import Body
from chanjiao.kernel.verdict import Invalid
from chanjiao.people.checks import check_period
from chanjiao.people.models import Unit

PAPERS = ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "jpg", "jpeg", "png", "zip", "ofd")
SCANS = ("pdf", "jpg", "jpeg", "png", "ofd")
_NAMES = {
    "doc": "Word", "docx": "Word", "xls": "Excel", "xlsx": "Excel", "ppt": "PPT", "pptx": "PPT",
    "jpeg": "JPG",
}  # fmt: skip
_MAGIC = {
    "pdf": (b"%PDF",), "jpg": (b"\xff\xd8\xff",), "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG",), "docx": (b"PK",), "xlsx": (b"PK",), "pptx": (b"PK",), "zip": (b"PK",),
    "ofd": (b"PK",), "doc": (b"\xd0\xcf\x11\xe0",), "xls": (b"\xd0\xcf\x11\xe0",),
    "ppt": (b"\xd0\xcf\x11\xe0",),
}  # fmt: skip


def named(kinds: tuple[str, ...]) -> str:
    """What people call these types: PDF、Word、Excel."""
    return "、".join(dict.fromkeys(_NAMES.get(kind, kind.upper()) for kind in kinds))


def check_file(content: IO[bytes], name: str, *, kinds: tuple[str, ...] = PAPERS) -> None:
    """`Invalid` for a file that is empty, too big, or not what its name says."""
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if suffix not in kinds:
        raise Invalid({"file": [f"请上传 {named(kinds)} 格式的文件。"]})
    head = content.read(8)
    content.seek(0, 2)
    size = content.tell()
    content.seek(0)
    if not size:
        raise Invalid({"file": ["文件是空的，请重新选择。"]})
    if size > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid({"file": [f"文件超过 {settings.UPLOAD_LIMIT_BYTES // 2**20} MB。"]})
    if not head.startswith(_MAGIC[suffix]):
        raise Invalid({"file": [f"文件内容与扩展名 .{suffix} 不符，请核对。"]})


def check_seat(
    body: Body, unit: Unit | None, title: str, starts_on: date, ends_on: date, *, is_member: bool
) -> None:
    """`Invalid` for a title the body has not, a unit outside, a term the wrong way round."""
    if body.is_assembly:
        raise Invalid({"title": ["成员大会的席位随成员资格自动产生，不用登记。"]})
    problems: dict[str, list[str]] = {}
    if title not in TITLES[body.kind]:
        problems["title"] = [f"{body.get_kind_display()}没有这种席位。"]
    if unit is None and body.kind not in {BodyKind.EXPERTS, BodyKind.OFFICE}:
        problems["unit"] = ["请选择单位；只有专家委员会和秘书处可以没有单位。"]
    if unit is not None and not is_member:
        problems["unit"] = [f"“{unit.name}”不是本联合体的在任成员。"]
    if starts_on < body.established_on:
        problems["starts_on"] = [f"{body.name} {body.established_on} 才成立。"]
    if problems:
        raise Invalid(problems)
    check_period(starts_on, ends_on)
