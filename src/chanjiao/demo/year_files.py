"""Small real files for the demonstration, each marked 示例 by its name."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from time import gmtime

import xlsxwriter
from PIL import Image

from chanjiao.demo.pupils import chance

_UNDATED = {"creationDate": gmtime(0), "modDate": gmtime(0)}  # the same bytes whenever it is made


def picture(key: str, form: str) -> bytes:
    """A mosaic of its own, as PNG or PDF: no two look alike, as photographs do not."""
    luck = chance("picture", key)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(luck.randrange(40, 230) for _ in range(3)) for _ in range(108)])
    made = BytesIO()
    small.resize((240, 180)).save(made, form, **(_UNDATED if form == "PDF" else {}))
    return made.getvalue()


def workbook(title: str, lines: Sequence[Sequence[object]]) -> bytes:
    """One sheet of these lines."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet(title)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return made.getvalue()
