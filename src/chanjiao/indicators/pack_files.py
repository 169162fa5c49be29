"""A pack from a folder that is laid out like one."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.packs import Key, Made, UnreadablePack, make_pack
from chanjiao_engine.indicators.packs.canonical import from_json
from chanjiao_engine.indicators.packs.contents import (
    DIGESTS,
    NOTES,
    SET,
    TYPED,
    evidence_of,
    notes_of,
    typed_of,
)
from chanjiao_engine.indicators.packs.tables import path_of
from chanjiao_engine.indicators.schema import TABLES


def pack_from_folder(folder: Path, period: Period, key: Key, *, created: datetime) -> Made:
    """Facts that are not there are empty; so are lists. The set must be there."""
    facts = {}
    for table in TABLES:
        file = folder / path_of(table)
        if file.exists():
            facts[table.name] = _table(file)
    try:
        text = (folder / SET).read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise UnreadablePack(f"{SET} 不是 UTF-8 文本") from fault
    return make_pack(
        facts, text, period, key, created=created, typed=typed_of(_list(folder, TYPED)),
        evidence=evidence_of(_list(folder, DIGESTS)), notes=notes_of(_list(folder, NOTES)),
    )  # fmt: skip


def _table(file: Path) -> pa.Table:
    try:
        return pq.read_table(file)
    except (pa.ArrowException, OSError) as fault:
        raise UnreadablePack(f"{file} 不是可读的 Parquet 文件") from fault


def _list(folder: Path, name: str) -> Any:
    file = folder / name
    return from_json(file.read_bytes(), name) if file.exists() else []
