"""A class's evidence set as one zip: agreement, opening notice, roster, plan, and an index that
says what is there and what is missing.

    1 培养协议/…  2 开班通知/…  3 班级名单/班级名单.xlsx  4 培养计划/培养计划.xlsx .docx
    索引.xlsx  SHA256SUMS
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import IO

import xlsxwriter

from chanjiao.agreements.bridge import word_of
from chanjiao.agreements.enums import AgreementState, SignatureState
from chanjiao.agreements.queries import current
from chanjiao.documents.blocks import Block, Heading, Paragraph, Table
from chanjiao.documents.writing import write_word
from chanjiao.files.archive_names import safe_name
from chanjiao.files.archives import Archive
from chanjiao.files.models import StoredFile
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.people.access import Actor
from chanjiao.sheets.writing import export
from chanjiao.training import class_sheet, plan_sheet
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import ProgrammeKind
from chanjiao.training.models import PlanItem, Programme, TrainingClass
from chanjiao.training.programme_checks import gaps_while_running
from chanjiao.training.programme_queries import facts_of, hours_of
from chanjiao.training.shares import Shares, hours_text, shares_of

EXCEL = "索引.xlsx"


@dataclass
class Piece:
    """One thing the set should hold; `missing` says what is not there, empty when complete."""

    name: str
    files: list[tuple[str, bytes | StoredFile]] = field(default_factory=list)
    note: str = ""
    missing: str = ""
    paths: list[str] = field(default_factory=list)


def write_class_evidence(
    one: TrainingClass, target: IO[bytes], *, by: Actor, at: datetime
) -> list[Piece]:
    """Write the zip; gives what it holds. Refused for whoever may not see the roster."""
    require(rules.may_see_roster(by, one))
    pieces = list(pieces_of(one, by=by, at=at))
    with Archive(target, at) as archive:
        for number, piece in enumerate(pieces, 1):
            folder = f"{number} {safe_name(piece.name)}"
            for name, content in piece.files:
                if isinstance(content, StoredFile):
                    piece.paths.append(archive.add_stored(content, folder))
                else:
                    piece.paths.append(archive.add_bytes(name, content, folder))
        gaps = gaps_while_running(facts_of(one.programme), day_of(at))
        notes = [f"{gap.text}；{gap.advice}" for gap in gaps]
        archive.add_bytes(EXCEL, _index(f"{one.programme.name} {one.name}", pieces, notes))
        archive.add_sums()
    return pieces


def pieces_of(one: TrainingClass, *, by: Actor, at: datetime) -> Iterator[Piece]:
    """What the set holds, each with its files and what it lacks."""
    programme = one.programme
    yield _agreement(programme)
    yield _notice(one)
    yield _roster(one, by, at)
    yield _plan(programme, by, at)
    if programme.kind == ProgrammeKind.FIELD_ENGINEER:
        yield _reports(programme, at)


def _agreement(programme: Programme) -> Piece:
    held = programme.agreement
    if held is None:
        return Piece("培养协议", missing="没有培养协议")
    piece = Piece("培养协议", note=f"{held.number} {held.title}（{held.get_state_display()}）")
    if held.state not in {AgreementState.IN_FORCE, AgreementState.ENDED}:
        piece.missing = "协议还没有生效"
    version = current(held)
    if version is None:
        piece.missing = "协议没有正文"
        return piece
    piece.files.append(word_of(version))
    signed = version.signatures.filter(state=SignatureState.SIGNED, scan__isnull=False)
    for row in signed.select_related("scan").order_by("party__position"):
        assert row.scan is not None
        piece.files.append((row.scan.name, row.scan))
    return piece


def _notice(one: TrainingClass) -> Piece:
    if one.notice is None:
        return Piece("开班通知", missing="没有上传开班通知")
    missing = "" if one.opened_on else "没有填写开班日期"
    note = f"{one.opened_on} 开班" if one.opened_on else ""
    return Piece("开班通知", [(one.notice.name, one.notice)], note, missing)


def _roster(one: TrainingClass, by: Actor, at: datetime) -> Piece:
    desk = class_sheet.load_roster(user=by, scope={"class": one.pk}, at=at)
    rows = list(class_sheet.export_roster(desk))
    present = sum(row["ends_on"] is None for row in rows)
    target = BytesIO()
    export(class_sheet.ROSTER, rows, target)
    return Piece(
        "班级名单", [("班级名单.xlsx", target.getvalue())], f"在班 {present} 人，共 {len(rows)} 人次",
        "" if present else "名单里没有在班学生",
    )  # fmt: skip


def _plan(programme: Programme, by: Actor, at: datetime) -> Piece:
    plan = plan_sheet.load_plan(user=by, scope={"programme": programme.pk}, at=at)
    items = list(plan.items.values())
    target = BytesIO()
    export(plan_sheet.PLAN, plan_sheet.export_plan(plan), target)
    shares = shares_of(hours_of([programme.pk])[programme.pk])
    word = write_word(
        "联合培养计划",
        list(plan_blocks(items, shares)),
        subtitle=f"{programme.number} {programme.name}",
    )
    files: list[tuple[str, bytes | StoredFile]] = [
        ("培养计划.xlsx", target.getvalue()), ("培养计划.docx", word)
    ]  # fmt: skip
    note = f"{len(items)} 条，{hours_text(shares.minutes)}，企业场所占 {shares.enterprise.text}"
    return Piece("培养计划", files, note, "" if items else "计划没有条目")


def _reports(programme: Programme, at: datetime) -> Piece:
    rows = list(programme.reports.select_related("file").order_by("year"))
    owed = [
        g.text for g in gaps_while_running(facts_of(programme), day_of(at)) if g.code == "report"
    ]
    files: list[tuple[str, bytes | StoredFile]] = [(row.file.name, row.file) for row in rows]
    years = "、".join(str(row.year) for row in rows)
    return Piece("年度报告", files, f"已有 {years} 年度" if years else "", "；".join(owed))


def plan_blocks(items: Sequence[PlanItem], shares: Shares) -> Iterator[Block]:
    """The plan for Word: what it comes to, then every item."""
    yield Heading("学时构成", 1)
    yield Paragraph(
        f"总学时 {hours_text(shares.minutes)}；企业场所（校中厂、厂中校、企业现场）占 "
        f"{shares.enterprise.text}；企业承担教学占 {shares.enterprise_taught.text}；核心课程中真实项目占 "
        f"{shares.real_in_core.text}。以上由平台按条目计算。"
    )
    yield Table(
        ["实施地点", "时长", "占比"],
        [[str(site.label), hours_text(s.part), s.text] for site, s in shares.by_site],
        widths=[4, 4, 3],
    )
    yield Heading("培养计划条目", 1)
    yield Table(
        ["编号", "课程或模块", "内容与要求", "时长", "地点", "承担单位", "授课方", "标注"],
        [_line(item) for item in items],
        widths=[2, 4, 6, 3, 3, 4, 3, 3],
    )


def _line(item: PlanItem) -> list[str]:
    marks = [
        word for word, on in (("核心", item.is_core), ("真实项目", item.is_real_project)) if on
    ]
    return [
        item.code, item.course, item.title, hours_text(item.minutes), item.get_site_display(),
        item.host.called if item.host else "", item.get_teacher_display(), "、".join(marks),
    ]  # fmt: skip


_COLUMNS = (("材料", 14), ("齐全", 8), ("说明", 44), ("缺少", 36), ("文件", 48))


def _index(title: str, pieces: Sequence[Piece], notes: Sequence[str]) -> bytes:
    """One row for each file, links into the folders, and below what the kind still demands."""
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("索引")
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1})
    text = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    linked = book.add_format({"border": 1, "font_color": "#0B57A4", "underline": 1})
    for at, (name, width) in enumerate(_COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    line = 1
    for piece in pieces:
        for path in piece.paths or [""]:
            told = (piece.name, "否" if piece.missing else "是", piece.note, piece.missing)
            for at, value in enumerate(told):
                sheet.write_string(line, at, value, text)
            if path:
                shown = path.rsplit("/", 1)[-1]
                sheet.write_url(line, len(told), f"external:{path}", linked, string=shown)
            line += 1
    for note in notes:
        sheet.write_string(line, 0, "项目要求", text)
        sheet.write_string(line, 1, "否", text)
        sheet.write_string(line, 2, note, text)
        line += 1
    sheet.freeze_panes(1, 0)
    book.set_properties({"title": title})
    book.close()
    return target.getvalue()
