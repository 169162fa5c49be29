"""The minutes as blocks of a Word file, written from the record: nothing in them is typed twice."""

from collections.abc import Iterator
from datetime import datetime

from chanjiao.council.bridge import standing_of
from chanjiao.council.enums import BY_SEAT, MotionState, Presence, ResolutionState, VoteWay
from chanjiao.council.models import Attendance, Meeting, Motion, Resolution
from chanjiao.council.queries import carried_over
from chanjiao.documents.blocks import Block, Bullets, Heading, Paragraph, Signatures, Table
from chanjiao.kernel.clock import ZONE


def minutes_blocks(meeting: Meeting) -> list[Block]:
    """Heading, attendance, what became of the last resolutions, motions, resolutions, signatures."""
    return [
        *_head(meeting),
        *_attendance(meeting),
        *_carried_over(meeting),
        *_motions(meeting),
        *_discussion(meeting),
        *_resolutions(meeting),
        Signatures(["主持人（签字）：", "记录人（签字）：", "年　　月　　日"]),
    ]


def notice_blocks(meeting: Meeting) -> list[Block]:
    """The notice: when, where, what about, who is called, and how to answer."""
    rule = meeting.rule
    blocks: list[Block] = [
        Paragraph(
            "各位" + ("成员单位" if meeting.body.is_assembly else "委员") + "：", indent=False
        ),
        Paragraph(f"现就召开{meeting.title}有关事项通知如下。"),
        Heading("一、时间与地点", 2),
        Bullets(_when_and_where(meeting)),
        Heading("二、议程", 2),
        Bullets(agenda_of(meeting), numbered=True),
        Heading("三、有关要求", 2),
    ]
    if meeting.is_written:
        ask = f"请于 {moment(meeting.replies_due_at)} 前在平台逐项表决；逾期视为未回复。"
    else:
        proxy = "；不能出席的可委托其他席位，并上传委托书" if rule and rule.proxy_allowed else ""
        ask = f"请在平台回复出席、请假{proxy}。"
    blocks.append(Paragraph(ask))
    if meeting.short_notice_reason:
        blocks.append(Paragraph(f"本次会议未满规定的通知天数，原因：{meeting.short_notice_reason}"))
    names = [f"{row.name}（{row.title}）" for row in roll(meeting)]
    blocks += [Heading("四、通知范围", 2), Paragraph("、".join(names) + "。")]
    office = meeting.body.consortium.secretariat.name
    blocks.append(Signatures([office, moment(meeting.notified_at, day=True)]))
    return blocks


def agenda_of(meeting: Meeting) -> list[str]:
    """The lines of the agenda: what became of the last resolutions, the motions, the rest."""
    lines = ["听取上次决议执行情况"] if carried_over(meeting) else []
    motions = meeting.motions.exclude(state=MotionState.WITHDRAWN).order_by("place", "pk")
    lines += [f"审议《{motion.title}》" for motion in motions]
    return lines + [line.strip() for line in meeting.agenda.splitlines() if line.strip()]


def roll(meeting: Meeting) -> list[Attendance]:
    rows = meeting.attendances.select_related("holder", "unit")
    return list(rows.order_by("place", "pk"))


def moment(at: datetime | None, *, day: bool = False) -> str:
    """2026年11月25日 09:30 in Asia/Shanghai."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    text = f"{local.year}年{local.month}月{local.day}日"
    return text if day else f"{text} {local:%H:%M}"


def _when_and_where(meeting: Meeting) -> list[str]:
    lines = [f"时间：{moment(meeting.starts_at)}"]
    if meeting.replies_due_at:
        lines.append(f"截止：{moment(meeting.replies_due_at)}")
    lines.append(f"形式：{meeting.get_form_display()}")
    if meeting.place:
        lines.append(f"地点：{meeting.place}")
    return [*lines, f"主持：{meeting.chair}"]


def _head(meeting: Meeting) -> Iterator[Block]:
    lines = _when_and_where(meeting)
    if meeting.recorder:
        lines.append(f"记录：{meeting.recorder}")
    yield Bullets(lines)
    if meeting.short_notice_reason:
        yield Paragraph(f"会议未满规定的通知天数，原因：{meeting.short_notice_reason}")


def _attendance(meeting: Meeting) -> Iterator[Block]:
    yield Heading("一、出席情况", 2)
    if meeting.rule is not None:
        yield Paragraph(f"{standing_of(meeting, meeting.rule).sentence}。")
    rows = [
        (row.place, row.name, row.title, _presence(meeting, row), row.attendee or None)
        for row in roll(meeting)
    ]
    yield Table(
        ["序号", "单位或席位", "职务", "出席", "到会人"], rows, widths=[1, 5, 2, 4, 2]
    )  # fmt: skip


def _presence(meeting: Meeting, row: Attendance) -> str:
    if meeting.is_written:
        return "已回复" if row.cast.exists() else "未回复"
    words = str(Presence(row.presence).label)
    if row.presence == Presence.PROXY and row.holder is not None:
        words = f"委托{row.holder.name}"
    return words if row.votes else f"{words}（列席）"


def _carried_over(meeting: Meeting) -> Iterator[Block]:
    rows = carried_over(meeting)
    if not rows:
        return
    yield Heading("二、上次决议执行情况", 2)
    table = [
        (row.number, row.title, row.unit.called if row.unit else "", str(row.due_on or ""), progress(row))
        for row in rows
    ]  # fmt: skip
    yield Table(["编号", "决议", "责任单位", "期限", "执行情况"], table, widths=[3, 4, 3, 2, 4])


def progress(row: Resolution) -> str:
    """One line: its state, the day it was done, what was last reported."""
    words = str(ResolutionState(row.state).label)
    if row.carried_out_on:
        words = f"{words}（{row.carried_out_on}）"
    last = next(iter(row.reports.all()), None)
    return f"{words}。{last.text}" if last else words


def _motions(meeting: Meeting) -> Iterator[Block]:
    yield Heading("三、议案与表决", 2)
    found = list(meeting.motions.order_by("place", "pk"))
    if not found:
        yield Paragraph("本次会议没有付诸表决的议案。")
    for number, motion in enumerate(found, 1):
        yield Heading(f"议案 {number}　{motion.title}", 3)
        if motion.mover:
            yield Paragraph(f"提出人：{motion.mover}")
        yield Paragraph(motion.text)
        yield from _voted(motion)


def _voted(motion: Motion) -> Iterator[Block]:
    if motion.state != MotionState.DECIDED:
        yield Paragraph(f"{motion.get_state_display()}。")
        return
    avoiding = motion.avoidances.select_related("attendance").order_by("attendance__place")
    for one in avoiding:
        yield Paragraph(f"回避：{one.attendance.name}（{one.reason}）。")
    figures = (
        motion.entitled, motion.present, motion.votes_for, motion.votes_against,
        motion.votes_abstained,
    )  # fmt: skip
    came = "回复" if motion.way == VoteWay.WRITTEN else "实到"
    yield Table(["应到", came, "赞成", "反对", "弃权"], [figures])
    yield Paragraph(f"表决方式：{motion.get_way_display()}。{motion.quorum_sentence}。")
    yield Paragraph(f"表决结果：{motion.sentence}。")
    if motion.way in BY_SEAT:
        votes = motion.votes.select_related("attendance").order_by("attendance__place")
        rows = [(v.attendance.name, v.get_choice_display(), v.opinion) for v in votes]
        yield Table(["席位", "表决", "意见"], rows, widths=[4, 1, 4])


def _discussion(meeting: Meeting) -> Iterator[Block]:
    paragraphs = [line.strip() for line in meeting.discussion.splitlines() if line.strip()]
    if paragraphs:
        yield Heading("四、讨论情况", 2)
        for text in paragraphs:
            yield Paragraph(text)


def _resolutions(meeting: Meeting) -> Iterator[Block]:
    found = Resolution.objects.filter(motion__meeting=meeting, passed=True)
    rows = [
        (
            row.number, row.title, row.unit.called if row.unit else "（待分派）",
            row.person.name if row.person else "", str(row.due_on or ""), row.todo,
        )
        for row in found.select_related("unit", "person").order_by("motion__place", "pk")
    ]  # fmt: skip
    yield Heading("五、决议事项", 2)
    if not rows:
        yield Paragraph("本次会议没有通过的决议。")
        return
    headings = ["编号", "决议", "责任单位", "责任人", "办结期限", "落实要求"]
    yield Table(headings, rows, widths=[3, 4, 3, 2, 2, 4])
