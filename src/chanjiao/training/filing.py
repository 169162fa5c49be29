"""实习备案名单: placements in the layout a province's system wants. Layouts are data: columns that
name facts, and words a system writes values with; a school may add its province's own template."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.db.models import QuerySet

from chanjiao.agreements.enums import AgreementState
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.sheets.foreign import Arrangement, Outline
from chanjiao.sheets.foreign_writing import export_into
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.training.models import Placement, RosterLayout, Stint
from chanjiao.training.placement_sheet import with_stints

LEVEL = "个人信息（含未成年人）：姓名、学号、性别、出生日期。只用于向主管部门备案，不得另作他用。"


def _fact(key: str, title: str, kind: Kind = Kind.TEXT, *aliases: str, **more: Any) -> Column:
    return Column(key, title, kind, aliases=aliases, **more)


# Every fact a roster may name, with headings by which a template's column is suggested.
FACTS = Layout(
    key="filing",
    title="实习备案名单",
    sheet_name="实习备案名单",
    columns=(
        _fact("line", "序号", Kind.INTEGER),
        _fact("school", "学校", Kind.TEXT, "学校名称", "院校名称", "所在学校"),
        _fact("school_code", "学校标识码", Kind.TEXT, "学校代码", "院校代码"),
        _fact("student_number", "学号"),
        _fact("name", "姓名", Kind.TEXT, "学生姓名", required=True),
        _fact("sex", "性别", Kind.TEXT, "性别码"),
        _fact("birth_date", "出生日期", Kind.DATE, "出生年月"),
        _fact("major_code", "专业代码"),
        _fact("major", "专业名称", Kind.TEXT, "专业", "所学专业"),
        _fact("entry_year", "入学年份", Kind.INTEGER, "年级"),
        _fact("kind", "实习类型", Kind.TEXT, "实习类别", "实习形式"),
        _fact("chosen", "实习方式", Kind.TEXT, "安排方式", "是否自主实习"),
        _fact("host", "实习单位", Kind.TEXT, "实习单位名称", "实习企业", "实习企业名称", required=True),
        _fact("host_code", "统一社会信用代码", Kind.TEXT, "单位统一社会信用代码", "信用代码"),
        _fact("position", "实习岗位", Kind.TEXT, "岗位", "岗位名称"),
        _fact("occupation_code", "职业代码"),
        _fact("workplace", "工作地点", Kind.TEXT, "实习地点", "实习地址"),
        _fact("starts_on", "开始日期", Kind.DATE, "实习开始日期", "实习起始日期", "开始时间"),
        _fact("last_on", "结束日期", Kind.DATE, "实习结束日期", "实习终止日期", "结束时间"),
        _fact("wage_fen", "月报酬", Kind.MONEY, "实习报酬", "报酬标准", unit="元"),
        _fact("tutor", "校内指导教师", Kind.TEXT, "学校指导教师", "指导教师"),
        _fact("master", "企业指导教师", Kind.TEXT, "企业导师"),
        _fact("insurer", "保险公司"),
        _fact("policy", "保单号", Kind.TEXT, "保险单号", "实习责任险保单号"),
        _fact("agreed", "三方协议", Kind.TEXT, "是否签订三方协议", "是否签订协议"),
        _fact("filed_on", "备案日期", Kind.DATE),
        _fact("number", "实习编号"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shipped:
    """A layout that comes with the software; `note` says what it is worth."""

    code: str
    name: str
    note: str
    arrangement: Arrangement
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, Shipped]:
    """The layouts of `data/filing.toml`, in its order, by code."""
    text = (files("chanjiao.training") / "data" / "filing.toml").read_text(encoding="utf-8")
    made = [_read(raw) for raw in tomllib.loads(text)["layout"]]
    return {one.code: one for one in made}


def _read(raw: Mapping[str, Any]) -> Shipped:
    titles = tuple(title for title, _ in raw["columns"])
    mapping = {fact: at for at, (_, fact) in enumerate(raw["columns"])}
    words = raw.get("words", {})
    strange = {*mapping, *words} - set(FACTS.by_key)
    if strange or len(mapping) != len(titles):
        raise ValueError(f"filing.toml {raw['code']}: unknown or repeated facts {sorted(strange)}")
    outline = Outline(raw["sheet"], 1, 1, titles, head=(titles,))
    return Shipped(raw["code"], raw["name"], raw["note"], Arrangement(outline, mapping), words)


def own_arrangement(row: RosterLayout) -> Arrangement:
    """A province's own template as it was mapped."""
    return Arrangement(Outline.from_dict(row.outline), row.mapping)


def words_of(row: RosterLayout) -> Mapping[str, Mapping[str, str]]:
    """How that template writes values: as the shipped layout it is told to follow."""
    found = shipped().get(row.words)
    return found.words if found else {}


def roster(
    rows: QuerySet[Placement], arrangement: Arrangement, words: Mapping[str, Mapping[str, str]]
) -> bytes:
    """A workbook in the layout: a stint a line, in the order of `rows`; texts stay texts."""
    return export_into(arrangement, FACTS, _worded(_lines(rows), words))


def _worded(
    lines: Iterable[dict[str, object]], words: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, object]]:
    for line in lines:
        said = {key: table.get(str(line[key]), line[key]) for key, table in words.items()}
        yield line | said


def _lines(rows: QuerySet[Placement]) -> Iterator[dict[str, object]]:
    found = with_stints(rows).select_related("student__cohort", "school", "tutor", "agreement")
    number, known = 0, book()
    for row in found.prefetch_related("insurances").iterator(chunk_size=2000):
        whole = _of_placement(row, known)
        for stint in row.stints.all():
            number += 1
            yield {"line": number} | whole | _of_stint(stint)


def _of_placement(row: Placement, known: Book) -> dict[str, object]:
    student, policies = row.student, list(row.insurances.all())
    agreed = row.agreement is not None and row.agreement.state == AgreementState.IN_FORCE
    return {
        "number": row.number, "school": row.school.name, "school_code": row.school.school_code,
        "student_number": student.student_number, "name": student.name,
        "sex": student.get_sex_display(), "birth_date": student.birth_date,
        "major_code": student.cohort.major_code,
        "major": known.name(Table.MAJOR, student.cohort.major_code),
        "entry_year": student.cohort.entry_year, "kind": row.get_kind_display(),
        "chosen": "学生自行联系" if row.self_chosen else "学校安排",
        "tutor": row.tutor.name if row.tutor else None,
        "insurer": "、".join(dict.fromkeys(one.insurer for one in policies)),
        "policy": "、".join(dict.fromkeys(one.policy for one in policies)),
        "agreed": "是" if agreed else "否", "filed_on": row.filed_on,
    }  # fmt: skip


def _of_stint(one: Stint) -> dict[str, object]:
    return {
        "host": one.host.name, "host_code": one.host.credit_code, "position": one.position,
        "occupation_code": one.occupation_code, "workplace": one.workplace,
        "starts_on": one.starts_on, "last_on": one.ends_on - timedelta(days=1),
        "wage_fen": one.wage_fen, "master": one.master.name if one.master else None,
    }  # fmt: skip
