"""A student's internship file as Word: cover facts, completeness, grade, records, journals."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from chanjiao.documents.blocks import Block, Cell, Heading, Link, PageBreak, Paragraph, Run, Table
from chanjiao.documents.writing import write_word
from chanjiao.kernel.clock import day_of
from chanjiao.training.archive_content import Dossier
from chanjiao.training.enums import EntryKind, EntryState
from chanjiao.training.grades import hours
from chanjiao.training.models import Entry

Paths = Mapping[int, Sequence[tuple[str, str]]]  # entry → (name, path) of its files


def dossier_as_word(dossier: Dossier, entries: Sequence[Entry], paths: Paths) -> bytes:
    """The file; `entries` with items and mentors, in the order of their days."""
    student = dossier.placement.student
    subtitle = f"{student.name}　{student.student_number}　{dossier.placement.number}"
    return write_word("实习档案", list(_blocks(dossier, entries, paths)), subtitle=subtitle)


def _blocks(dossier: Dossier, entries: Sequence[Entry], paths: Paths) -> Iterator[Block]:
    yield Table(["项目", "内容"], [list(fact) for fact in _facts(dossier)], widths=[2, 6])
    yield Heading("完整性清单", 1)
    yield Table(
        ["材料", "齐备", "情况"],
        [[line.title, "是" if line.there else "缺", line.told] for line in dossier.lines],
        widths=[3, 1, 6],
    )
    yield Heading("成绩", 1)
    yield from _grade(dossier)
    yield Heading("学习记录", 1)
    work = [one for one in entries if one.kind == EntryKind.WORK]
    yield Table(
        ["日期", "小时", "计划条目与内容", "确认", "附件"],
        [_line(one, paths) for one in work],
        widths=[2, 1, 6, 3, 3],
    )
    for kind, title in ((EntryKind.JOURNAL, "实习周记"), (EntryKind.SUMMARY, "实习总结")):
        yield PageBreak()
        yield Heading(title, 1)
        yield from _texts([one for one in entries if one.kind == kind], paths)
    yield from _visits(dossier)


def _facts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    row = dossier.placement
    yield "学生", f"{row.student.name}　{row.student.student_number}"
    yield "学校与班级", f"{row.school.name}　{row.training_class or ''}"
    yield "时间", f"{row.starts_on} 至 {row.ends_on}（{row.get_state_display()}）"
    for stint in row.stints.select_related("host", "master").order_by("starts_on"):
        master = f"，导师 {stint.master.name}" if stint.master else ""
        yield "单位与岗位", f"{stint.host.name}　{stint.position}（{stint.starts_on} 起{master}）"
    yield "学校指导教师", row.tutor.name if row.tutor else "未安排"


def _grade(dossier: Dossier) -> Iterator[Block]:
    rows: list[list[Cell]] = [
        [part.label, f"{part.weight}%", _points(part.hundredths), part.source]
        for part in dossier.whole.parts
    ]
    rows.append(["总评", "100%", _points(dossier.whole.hundredths), ""])
    yield Table(["项目", "权重", "分数", "来源"], rows, widths=[2, 1, 1, 5])


def _points(hundredths: int | None) -> str:
    return "—" if hundredths is None else f"{hundredths // 100}.{hundredths % 100:02d}"


def _line(one: Entry, paths: Paths) -> list[Cell]:
    items = "；".join(str(item) for item in one.items.all())
    minutes = one.minutes if one.confirmed_minutes is None else one.confirmed_minutes
    by = f"{one.decided_by.name} " if one.decided_by else ""
    at = f"{day_of(one.decided_at)} " if one.decided_at else ""
    state = f"{one.get_state_display()} {by}{at}{one.remark}".strip()
    text = f"【{items}】{one.text}" if items else one.text
    return [str(one.day), hours(minutes), text, state, _links(one, paths)]


def _links(one: Entry, paths: Paths) -> list[Run]:
    runs: list[Run] = []
    for name, path in paths.get(one.pk, ()):
        runs += [*(["；"] if runs else []), Link(name, quote(path))]
    return runs


def _texts(entries: Sequence[Entry], paths: Paths) -> Iterator[Block]:
    if not entries:
        yield Paragraph("没有。")
    for number, one in enumerate(entries, 1):
        yield Heading(f"{number}. {one.title or one.get_kind_display()}（{one.day}）", 2)
        for text in one.text.splitlines():
            yield Paragraph(text)
        if one.pk in paths:
            yield Paragraph(["附件：", *_links(one, paths)])
        marked = one.state == EntryState.CONFIRMED and one.mark is not None
        said = f"批阅：{one.mark} 分　{one.comment}" if marked else "未批阅"
        yield Paragraph(said, align="right")


def _visits(dossier: Dossier) -> Iterator[Block]:
    visits = list(dossier.placement.visits.filter(visited_on__isnull=False).order_by("visited_on"))
    if visits:
        yield Heading("走访", 1)
        rows: list[list[Cell]] = [
            [str(v.visited_on), v.visitor, "在岗" if v.present else "不在岗", v.finding]
            for v in visits
        ]
        yield Table(["日期", "走访人", "在岗", "情况"], rows, widths=[2, 2, 1, 6])
