"""What every package does with a customer's own layout: its header found, its mapping checked."""

from collections.abc import Collection, Mapping
from typing import IO

from django.conf import settings

from chanjiao.kernel.verdict import Invalid
from chanjiao.sheets.foreign import Outline, survey
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.refusals import RefusedFile


def outline_in(content: IO[bytes], name: str, layout: Layout) -> Outline:
    """The likeliest header of an upload; `Invalid` under "file" for what cannot be read."""
    data = content.read(settings.UPLOAD_LIMIT_BYTES + 1)
    if len(data) > settings.UPLOAD_LIMIT_BYTES:
        limit = settings.UPLOAD_LIMIT_BYTES // 2**20
        raise Invalid({"file": [f"文件超过上限 {limit} MB。请拆成几个文件。"]})
    if not data:
        raise Invalid({"file": ["文件是空的，请重新选择。"]})
    try:
        return survey(data, layout, name=name)[0]
    except RefusedFile as refusal:
        raise Invalid({"file": [f"{refusal.message}。{refusal.advice}。"]}) from refusal


def need_mapping(
    outline: Outline, layout: Layout, mapping: Mapping[str, int], *, free: Collection[str] = ()
) -> None:
    """`Invalid` by key unless every required column but the `free` ones has one of the sheet's, and
    each of the sheet's is used once."""
    problems: dict[str, list[str]] = {}
    for column in layout.columns:
        if column.required and column.key not in {*mapping, *free}:
            problems[column.key] = [f"请指定哪一列是“{column.title}”。"]
    seen: dict[int, str] = {}
    for key, index in mapping.items():
        if key not in layout.by_key or not 0 <= index < len(outline.titles):
            problems[""] = ["没有这一列。"]
        elif index in seen:
            other = layout.by_key[seen[index]].title
            problems[key] = [f"这一列已对应“{other}”，一列只能对应一项。"]
        seen.setdefault(index, key)
    if problems:
        raise Invalid(problems)
