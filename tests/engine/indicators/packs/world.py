"""A small consortium's year as facts, and a pack of it."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chanjiao_engine.indicators.arrow import arrow_schema
from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.outcomes import Typed
from chanjiao_engine.indicators.packs import Evidence, Key, Note, make_key, make_pack
from chanjiao_engine.indicators.schema import BY_NAME

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
CREATED = datetime(2027, 1, 20, 9, 30, tzinfo=timezone(timedelta(hours=8)))
KEY = make_key("ed25519", bytes(range(32)))
OTHER_KEY = make_key("ed25519", bytes(range(1, 33)))
FIRM, SCHOOL = "91210213MA0000001X", "12210213MB0000002Y"
DIGEST = "ab" * 32

SET_TEXT = """code = "small"
version = "1"
title = "小型指标集"
label = "测试用指标集"
document = "测试"
schema_version = "1"

[[indicator]]
code = "7"
category = "basic"
second = "组织机构"
name = "召开会议"
unit = "次"
numerator = "SELECT COUNT(*) FROM meeting WHERE held_on >= :since AND held_on < :until"
threshold = "1"

[[indicator]]
code = "12"
category = "basic"
second = "投入与政策"
name = "兑现率"
unit = "%"
shape = "ratio"
scale = 100
places = 1
numerator = "SELECT SUM(quantity) FROM delivery WHERE delivered_on < :until"
denominator = "SELECT SUM(promised) FROM commitment WHERE promised_on < :until"

[[indicator]]
code = "38"
category = "substantial"
second = "金师"
name = "双师型教师"
unit = "人"
source = "typed"

[[indicator]]
code = "41"
category = "veto"
second = "真实性"
name = "重复佐证"
unit = "份"
direction = "lower"
threshold = "0"
numerator = "SELECT COUNT(*) FROM evidence WHERE flagged"
"""

ROWS: dict[str, list[tuple]] = {
    "consortium": [("Demo_1", "示例联合体", "示例园区", "210213", "34", 1, None, 3)],
    "member": [
        (FIRM, "示例机床", "企", "enterprise", "lead", "210213", "34", 1200, date(2025, 1, 1), None),
        (SCHOOL, "示例职院", "校", "higher_vocational", "lead", "210213", "83", 400, date(2025, 1, 1), None),
    ],
    "body": [("b1", "council", "理事会", 21)],
    "meeting": [
        ("m1", "b1", "第一次理事会", date(2026, 3, 5), False, 21, 17, 2, True),
        ("m2", "b1", "第二次理事会", date(2026, 9, 5), False, 21, 18, 0, True),
    ],
    "commitment": [("c1", FIRM, "money", Decimal("3000000.0000"), date(2026, 1, 5), None)],
    "delivery": [("d1", "c1", FIRM, "money", Decimal("1000000.0000"), date(2026, 6, 5))],
    "task": [
        ("2-1-1", SCHOOL, "师资", Decimal(5), None, None, date(2026, 12, 1), "done", 100, None)
    ],
    "evidence": [
        ("2-1-1-1", SCHOOL, "list", "双师型教师名单", DIGEST, "accepted", False, None, None, None),
        ("2-1-1-2", SCHOOL, "photo", "未交的照片", "", "due", False, None, None, None),
        ("2-1-1-3", SCHOOL, "record", "第一次理事会", "cd" * 32, "accepted", False, None, None, None),
    ],
    "evidence_use": [("2-1-1-1", "indicator", "38"), ("2-1-1-1", "task", "2-1-1")],
}  # fmt: skip
EVIDENCE = (
    Evidence("2-1-1-1", "双师型教师名单", "list", DIGEST, 1234, ("indicator:38", "task:2-1-1")),
    Evidence("2-1-1-3", "第一次理事会", "record", "cd" * 32, None),
)
TYPED = (Typed("38", Decimal(61), "名单由学校人事处出具", ("2-1-1-1",), "王经办", "李秘书长"),)
NOTES = (Note("7", "1 次", "2 次", "增开一次专题会议", "秘书处"),)


def facts(**changes: list[tuple]) -> dict[str, pa.Table]:
    """The tables with rows, some replaced."""
    return {name: table(name, rows) for name, rows in (ROWS | changes).items()}


def table(name: str, rows: list[tuple]) -> pa.Table:
    schema = arrow_schema(BY_NAME[name])
    columns = list(zip(*rows, strict=True)) or [() for _ in schema]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def pack(key: Key = KEY, set_text: str = SET_TEXT, **changes: Any) -> bytes:
    """The pack of this world; `changes` are tables, or typed, notes, and `listed` evidence."""
    tables = {name: rows for name, rows in changes.items() if name in BY_NAME}
    return make_pack(
        facts(**tables), set_text, YEAR, key, created=CREATED, typed=changes.get("typed", TYPED),
        evidence=changes.get("listed", EVIDENCE), notes=changes.get("notes", NOTES),
    ).data  # fmt: skip
