"""The zip around a Word file: one canonical form, so that the same input gives the same bytes."""

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
# What XML 1.0 cannot hold; lone surrogates cannot even be encoded.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """The text without what XML cannot hold; line ends become plain ones."""
    return _ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def set_properties(
    document: Any, title: str, *, author: str = "", made_at: datetime | None = None
) -> None:
    """Core properties given by the caller: none comes from the clock or the machine."""
    when = (made_at or EPOCH).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    core = document.core_properties
    core.title, core.author, core.last_modified_by = legal(title)[:250], author, author
    core.created = core.modified = when
    core.comments = core.keywords = core.subject = core.category = ""
    core.language, core.revision = "zh-CN", 1


def canonical(data: bytes) -> bytes:
    """The same parts in the same order, without times."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w") as target:
        for name in sorted(source.namelist(), key=_order):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            target.writestr(info, source.read(name))
    return made.getvalue()


def _order(name: str) -> tuple[bool, bool, str]:
    """Office reads the content types first, then the relationships."""
    return (name != "[Content_Types].xml", not name.startswith("_rels/"), name)


def saved(document: Any) -> bytes:
    """A python-docx document as bytes in canonical form."""
    made = io.BytesIO()
    document.save(made)
    return canonical(made.getvalue())
