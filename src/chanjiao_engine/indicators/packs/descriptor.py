"""datapackage.json: a Frictionless Data Package (v2) whose every field follows from the rest.

The verifier makes it anew and compares, so it cannot say anything the contents do not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..schema import TABLES, Column, Table, Type
from .contents import DIGESTS, NOTES, RESULTS, SET, TYPED, Head, head_row
from .tables import path_of, target_of

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_TYPES = {
    Type.TEXT: "string",
    Type.INTEGER: "integer",
    Type.DECIMAL: "number",
    Type.DATE: "date",
    Type.BOOLEAN: "boolean",
}
_OTHERS = (
    (SET, "set", "指标集", "toml", "application/toml"),
    (RESULTS, "results", "指标结果", "json", "application/json"),
    (TYPED, "typed", "人工填报", "json", "application/json"),
    (DIGESTS, "digests", "佐证摘要", "json", "application/json"),
    (NOTES, "changes", "与上年相比的变动说明", "json", "application/json"),
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file's size and SHA-256 (hexadecimal)."""

    size: int
    sha256: str


def describe(head: Head, sealed: Mapping[str, Sealed]) -> dict[str, Any]:
    """The descriptor of a pack."""
    year = head.period.since.year
    tables = [_table_resource(table, sealed[path_of(table)]) for table in TABLES]
    return {
        "$schema": PROFILE,
        "name": f"{head.consortium.lower()}-{year}",
        "title": f"{head.name} {year} 年度证据包",
        "description": "事实数据、指标集、指标结果和佐证摘要。用 chanjiao pack verify 核验。",
        "created": head.created,
        "version": "1.0.0",
        "chanjiao": head_row(head),
        "resources": tables + [_resource(*other, sealed[other[0]]) for other in _OTHERS],
    }


def _resource(path: str, name: str, title: str, form: str, media: str, s: Sealed) -> dict[str, Any]:
    return {
        "name": name, "title": title, "path": path, "format": form, "mediatype": media,
        "encoding": "utf-8", "bytes": s.size, "hash": f"sha256:{s.sha256}",
    }  # fmt: skip


def _table_resource(table: Table, s: Sealed) -> dict[str, Any]:
    return {
        "name": table.name, "type": "table", "title": table.title, "description": table.meaning,
        "path": path_of(table), "format": "parquet", "mediatype": "application/vnd.apache.parquet",
        "bytes": s.size, "hash": f"sha256:{s.sha256}", "schema": table_schema(table),
    }  # fmt: skip


def table_schema(table: Table) -> dict[str, Any]:
    """The table as a Frictionless Table Schema."""
    keys = [
        {"fields": [c.name], "reference": {"resource": c.refers, "fields": [target_of(c)]}}
        for c in table.columns
        if c.refers
    ]
    made: dict[str, Any] = {
        "fields": [_field(table, column) for column in table.columns],
        "primaryKey": list(table.key),
    }
    return made | ({"foreignKeys": keys} if keys else {})


def _field(table: Table, c: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": c.required}
    if table.key == (c.name,):
        constraints["unique"] = True
    made: dict[str, Any] = {
        "name": c.name, "type": _TYPES[c.type], "title": c.title, "constraints": constraints,
        "dataClass": c.data_class.value, "level": c.level,
    }  # fmt: skip
    optional = {"description": c.meaning, "unit": c.unit, "pseudonym": c.person}
    return made | {name: value for name, value in optional.items() if value}


def first_difference(wanted: Any, found: Any, place: str) -> tuple[str, str, str] | None:
    """Where two JSON values part: place, expected, found."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in sorted({*wanted, *found}):
            parted = first_difference(wanted.get(key), found.get(key), f"{place}/{key}")
            if parted:
                return parted
        return None
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, pair in enumerate(zip(wanted, found, strict=True)):
            parted = first_difference(*pair, f"{place}/{index}")
            if parted:
                return parted
        return None
    same = type(wanted) is type(found) and wanted == found
    return None if same else (place, repr(wanted)[:120], repr(found)[:120])
