"""Whether an occupation is what a major prepares for, where the tables of single codes do not say.

`data/relevance.csv` (对口参考表) ties groups of majors to groups of occupations (中类). It was
written for this project from the public catalogues' own descriptions, is no official text, and says
so wherever it decides. A class of majors (four digits) goes before its broad group (two digits).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book

EXACT = "专业与职业对应表"
WIDE = "对口参考表（本项目编写，非官方文本）"
UNKNOWN = "对口参考表未收录该专业"


@dataclass(frozen=True, slots=True)
class Relevance:
    """`relevant` is None where no table speaks of the major, or no occupation is known."""

    relevant: bool | None
    source: str


def relevance_of(major: str, occupation: str, known: Book) -> Relevance:
    """Relevance of an occupation (X-XX, X-XX-XX or X-XX-XX-XX) for a major, and by which table."""
    if not occupation:
        return Relevance(None, "")
    if known.prepares(major, occupation):
        return Relevance(True, EXACT)
    groups = _groups_of(major)
    if groups is None:
        return Relevance(None, UNKNOWN)
    return Relevance(occupation[:4] in groups, WIDE)


@cache
def occupation_groups() -> Mapping[str, str]:
    """Every group of occupations (中类) a graduate may name: code → name."""
    return {row["code"]: row["name"] for row in _rows("occupation_group.csv")}


def occupation_name(code: str, known: Book) -> str:
    """The name of a single occupation or of a group of them."""
    return occupation_groups().get(code) or known.name(Table.OCCUPATION, code)


def _groups_of(major: str) -> frozenset[str] | None:
    table = _table()
    for code in (major[:4], _as_diploma(major)[:4], _as_diploma(major)[:2]):
        if code in table:
            return table[code]
    return None


def _as_diploma(major: str) -> str:
    """The 高职专科 code of the same group: 中职 66 and 职教本科 26 are 46. Undergraduate stays."""
    shift = {"6": "4", "7": "5", "2": "4", "3": "5"}
    return shift.get(major[:1], major[:1]) + major[1:]


@cache
def _table() -> Mapping[str, frozenset[str]]:
    return {
        row["majors"]: frozenset(row["occupation_groups"].split()) for row in _rows("relevance.csv")
    }


def _rows(name: str) -> list[dict[str, str]]:
    text = (files("chanjiao.reference") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
