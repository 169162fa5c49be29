"""The year of the council: seats, meetings with notice, proxies and votes, resolutions carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from io import BytesIO

from chanjiao.council import actions
from chanjiao.council.attendance_actions import (
    PresenceFacts,
    record_attendance,
    reply_to_notice,
)
from chanjiao.council.bridge import may_vote_now
from chanjiao.council.enums import (
    BodyKind,
    Choice,
    MeetingForm,
    Presence,
    RegulationKind,
    Reply,
    SeatTitle,
    VoteWay,
)
from chanjiao.council.meeting_actions import (
    MeetingFacts,
    close_meeting,
    create_meeting,
    note_discussion,
    open_meeting,
    send_notice,
)
from chanjiao.council.minutes_actions import archive_minutes, make_minutes
from chanjiao.council.models import Attendance, Body, Meeting, Motion
from chanjiao.council.papers import Upload
from chanjiao.council.resolution_actions import (
    assign_resolution,
    mark_carried_out,
    report_resolution,
)
from chanjiao.council.voting_actions import (
    MotionFacts,
    add_motion,
    cast_vote,
    decide_motion,
    enter_votes,
    put_to_vote,
)
from chanjiao.demo.cast import Cast
from chanjiao.demo.catalogue import rows
from chanjiao.demo.pupils import person_name
from chanjiao.demo.year_files import picture
from chanjiao.kernel.clock import ZONE, day_of

_BODIES = (
    (BodyKind.ASSEMBLY, "成员大会", "审议章程、年度工作报告和重大事项"),
    (BodyKind.BOARD, "理事会", "执行成员大会决议，审议制度和年度任务"),
    (BodyKind.OFFICE, "秘书处", "日常工作"),
    (BodyKind.COMMITTEE, "人才培养专门委员会", "订单培养、学徒制和课程建设"),
    (BodyKind.EXPERTS, "专家委员会", "技术攻关和项目评议"),
)
_TITLES = {
    "lead": SeatTitle.VICE_CHAIR, "vice_chair": SeatTitle.VICE_CHAIR, "director": SeatTitle.DIRECTOR,
}  # fmt: skip
_CHAIR = "guanweihui"
_SECRETARY = "秦书远"


@dataclass(frozen=True, slots=True)
class Ballot:
    """A motion, and what becomes of it: `short` are the votes it is below what it needs.

    A motion that passes is carried out by `owner` within so many days; `regulation` is the kind
    of rule set that it adopts.
    """

    title: str
    text: str
    owner: str = ""
    days: int = 60
    kind: str = "ordinary"
    short: int = 0
    regulation: str = ""


@dataclass(frozen=True, slots=True)
class Sitting:
    """One meeting of a year."""

    body: BodyKind
    title: str
    month: int
    day: int
    ballots: tuple[Ballot, ...]
    back: int = 1  # years before the one in progress
    written: bool = False
    discussion: str = ""


SITTINGS = (
    Sitting(BodyKind.ASSEMBLY, "成员大会年度会议", 1, 11, (
        Ballot("关于联合体工作要点的议案", "审议通过首个年度的工作要点。", _CHAIR, 60),
        Ballot("关于秘书处组成的议案", "由管委会牵头组建秘书处。", _CHAIR, 45),
    ), back=2, discussion="与会成员就工作机制和首批任务作了发言。"),
    Sitting(BodyKind.ASSEMBLY, "成员大会年度会议", 1, 9, (
        Ballot("关于年度建设任务计划的议案", "审议通过年度建设任务计划，分解到各成员单位。", _CHAIR, 45),
        Ballot("关于修改章程的议案", "增加成员退出和席位调整条款。", _CHAIR, 90, "charter",
               regulation=RegulationKind.CHARTER),
    ), discussion="与会成员围绕任务分解、经费投入和订单培养规模作了发言。"),
    Sitting(BodyKind.BOARD, "理事会第一次会议", 3, 20, (
        Ballot("关于理事会议事规则的议案", "通过《理事会议事规则》。", _CHAIR, 30,
               regulation=RegulationKind.PROCEDURE),
        Ballot("关于财务管理办法的议案", "通过《财务管理办法》。", _CHAIR, 30,
               regulation=RegulationKind.FINANCE),
        Ballot("关于共建新能源产业学院的议案", "由金州新能源职院与储源电池牵头共建。", "jzxny", 180),
    ), discussion="理事就产业学院的场地和设备投入提出意见，由牵头单位完善方案。"),
    Sitting(BodyKind.BOARD, "理事会通讯表决", 5, 22, (
        Ballot("关于教师与工程师互聘办法的议案", "通过《教师与工程师互聘办法》。", "dlzyjsxy", 40,
               regulation=RegulationKind.EXCHANGE),
    ), written=True),
    Sitting(BodyKind.BOARD, "理事会第二次会议", 7, 3, (
        Ballot("关于成员单位考核办法的议案", "通过《成员单位考核办法》。", _CHAIR, 60,
               regulation=RegulationKind.ASSESSMENT),
        Ballot("关于科技成果转化管理办法的议案", "通过《科技成果转化管理办法》。", "skyjy", 75,
               regulation=RegulationKind.TRANSFER),
        Ballot("关于统一收取平台服务费的议案", "自下半年起按职工人数收取平台服务费。", short=1),
    ), discussion="部分理事认为收费依据不足，建议先行调研。"),
    Sitting(BodyKind.ASSEMBLY, "成员大会年度会议", 1, 16, (
        Ballot("关于年度工作报告的议案", "审议上一年度工作报告。", _CHAIR, 45),
        Ballot("关于年度建设任务计划的议案", "审议通过年度建设任务计划，分解到各成员单位。", _CHAIR, 45),
    ), back=0, discussion="与会成员听取上一年度工作报告，讨论本年度任务。"),
    Sitting(BodyKind.BOARD, "理事会第一次会议", 5, 21, (
        Ballot("关于实训基地共享办法的议案", "通过《实训基地共享办法》。", "dlzyjsxy", 90,
               regulation=RegulationKind.SHARING),
        Ballot("关于启动国家级实训基地申报的议案", "由大连职院牵头编制申报书。", "dlzyjsxy", 150),
        Ballot("关于扩大订单培养规模的议案", "新增订单培养四百人，分解到牵头企业。", "jichuang", 400),
    ), back=0, discussion="理事讨论了共享收费和安全责任。"),
)  # fmt: skip
_COMING_DAYS = 9


def found_council(cast: Cast) -> None:
    """Bodies and seats, from the days of the founding; meetings are booked on their days."""
    season = cast.season
    for kind, name, charge in _BODIES:
        actions.create_body(
            cast.consortium, kind=kind, name=name, charge=charge, established_on=date(2023, 9, 20),
            by=cast.secretary, at=season.tick(),
        )  # fmt: skip
    _fill_board(cast)
    _fill_others(cast)
    for sitting in SITTINGS:
        season.book(_day(cast, sitting) - timedelta(days=14), partial(_call, cast, sitting))
        season.book(_day(cast, sitting), partial(_hold, cast, sitting))


def _year(cast: Cast, sitting: Sitting) -> int:
    return cast.season.plan_year - sitting.back


def _day(cast: Cast, sitting: Sitting) -> date:
    return date(_year(cast, sitting), sitting.month, sitting.day)


def _body(cast: Cast, kind: str) -> Body:
    return Body.objects.get(consortium=cast.consortium, kind=kind)


def _seat(cast: Cast, kind: BodyKind, key: str, title: SeatTitle) -> None:
    actions.fill_seat(
        _body(cast, kind), unit=cast.units.get(key), holder=person_name(f"seat {kind}", key),
        title=title, starts_on=date(2023, 10, 1),
        ends_on=date(cast.season.plan_year + 2, 10, 1), by=cast.secretary, at=cast.season.tick(),
    )  # fmt: skip


def _fill_board(cast: Cast) -> None:
    for row in rows("units"):
        if row["role"] in _TITLES:
            title = SeatTitle.CHAIR if row["key"] == _CHAIR else _TITLES[row["role"]]
            _seat(cast, BodyKind.BOARD, row["key"], title)


def _fill_others(cast: Cast) -> None:
    _seat(cast, BodyKind.OFFICE, "", SeatTitle.SECRETARY)
    _seat(cast, BodyKind.COMMITTEE, "dlzyjsxy", SeatTitle.HEAD)
    for key in ("jichuang", "haigong", "jzxny", "liwan", "zbzydx"):
        _seat(cast, BodyKind.COMMITTEE, key, SeatTitle.COMMITTEE_MEMBER)
    _seat(cast, BodyKind.EXPERTS, "skyjy", SeatTitle.HEAD)
    for key in ("cbhgs", "bhlgxy", "cncls"):
        _seat(cast, BodyKind.EXPERTS, key, SeatTitle.EXPERT)


# A meeting -----------------------------------------------------------------------------------
def _call(cast: Cast, sitting: Sitting) -> None:
    """Prepared and called two weeks before; seats answer the notice."""
    meeting = _prepare(cast, sitting, _day(cast, sitting))
    meeting = send_notice(meeting, by=cast.secretary, at=cast.season.tick(600))
    if not sitting.written:
        _answer(cast, meeting)


def _prepare(cast: Cast, sitting: Sitting, day: date) -> Meeting:
    starts = datetime.combine(day, time(9, 30), ZONE)
    form = MeetingForm.WRITTEN if sitting.written else MeetingForm.ONSITE
    facts = MeetingFacts(
        title=f"{_year(cast, sitting)} 年{sitting.title}", form=form, starts_at=starts,
        chair=person_name(f"seat {BodyKind.BOARD}", _CHAIR), recorder=_SECRETARY,
        place="" if sitting.written else "金普新区产教融合中心一号会议室",
        replies_due_at=starts + timedelta(days=5) if sitting.written else None,
    )  # fmt: skip
    meeting = create_meeting(
        _body(cast, sitting.body), facts, by=cast.secretary, at=cast.season.tick()
    )
    for ballot in sitting.ballots:
        motion = MotionFacts(ballot.title, ballot.text, ballot.kind, VoteWay.ROLL_CALL, "秘书处")
        add_motion(meeting, motion, by=cast.secretary, at=cast.season.tick())
    return meeting


def _answer(cast: Cast, meeting: Meeting) -> None:
    """Every ninth is excused, every seventh is represented by the seat before, with a paper."""
    seats = list(meeting.attendances.select_related("meeting", "unit").order_by("place"))
    for place, row in enumerate(seats):
        if place % 9 == 8:
            _reply(cast, row, Reply.EXCUSED)
        elif place % 7 == 3:
            _reply(cast, row, Reply.PROXY, holder=seats[place - 1])
        else:
            _reply(cast, row, Reply.ATTEND)


def _reply(cast: Cast, row: Attendance, reply: Reply, holder: Attendance | None = None) -> None:
    assert row.unit_id is not None
    paper = (
        Upload(BytesIO(picture(f"proxy {row.pk}", "PDF")), "委托书（示例）.pdf") if holder else None
    )
    reply_to_notice(
        row, reply=reply, holder=holder.pk if holder else None, authorisation=paper,
        by=cast.actor(cast.key_of(row.unit_id)), at=cast.season.tick(),
    )  # fmt: skip


def _hold(cast: Cast, sitting: Sitting) -> None:
    """From the opening to the signed minutes; what was resolved is given to somebody."""
    season = cast.season
    season.go((_day(cast, sitting) - season.today).days, 9, 30)
    title = f"{_year(cast, sitting)} 年{sitting.title}"
    meeting = Meeting.objects.get(title=title, body__consortium=cast.consortium)
    meeting = open_meeting(meeting, by=cast.secretary, at=season.tick())
    if not sitting.written:
        present = {
            row.pk: PresenceFacts(Presence.PRESENT, row.name)
            for row in meeting.attendances.filter(presence=Presence.UNKNOWN)
        }
        record_attendance(meeting, present, by=cast.secretary, at=season.tick())
    for motion, ballot in zip(
        list(meeting.motions.order_by("place")), sitting.ballots, strict=True
    ):
        _vote(cast, motion, ballot)
    _finish(cast, meeting, sitting)
    for motion, ballot in zip(
        list(meeting.motions.order_by("place")), sitting.ballots, strict=True
    ):
        _follow(cast, motion, ballot)


def _vote(cast: Cast, motion: Motion, ballot: Ballot) -> None:
    """All for it but a few; one that falls short has one vote less than it needs."""
    if motion.way != VoteWay.WRITTEN:
        motion = put_to_vote(motion, by=cast.secretary, at=cast.season.tick())
    seats = may_vote_now(motion)
    choices = _choices(len(seats), ballot)
    if motion.way == VoteWay.WRITTEN:
        for seat, choice in zip(seats, choices, strict=True):
            by = cast.actor(cast.key_of(seat.unit_id or 0))
            cast_vote(motion, seat, choice, by=by, at=cast.season.tick(900))
    else:
        given = {seat.pk: choice for seat, choice in zip(seats, choices, strict=True)}
        enter_votes(motion, given, by=cast.secretary, at=cast.season.tick(180))
    motion.refresh_from_db()
    decide_motion(motion, by=cast.secretary, at=cast.season.tick())


def _choices(seats: int, ballot: Ballot) -> Sequence[str]:
    needed = seats // 2 + 1
    in_favour = needed - ballot.short if ballot.short else seats - 2
    rest = [Choice.AGAINST, Choice.ABSTAIN] * seats
    return [*[Choice.FOR] * in_favour, *rest][:seats]


def _finish(cast: Cast, meeting: Meeting, sitting: Sitting) -> None:
    season = cast.season
    meeting.refresh_from_db()
    if sitting.discussion:
        meeting = note_discussion(
            meeting, sitting.discussion, revision=meeting.revision, by=cast.secretary,
            at=season.tick(600),
        )  # fmt: skip
    meeting = close_meeting(meeting, by=cast.secretary, at=season.tick(600))
    meeting = make_minutes(meeting, by=cast.secretary, at=season.tick(3_600))
    scan = Upload(BytesIO(picture(f"minutes {meeting.pk}", "PDF")), "签字纪要（示例）.pdf")
    archive_minutes(
        meeting, scan, revision=meeting.revision, by=cast.secretary, at=season.tick(7_200)
    )


# What follows --------------------------------------------------------------------------------
def _follow(cast: Cast, motion: Motion, ballot: Ballot) -> None:
    """Passed: somebody carries it out and reports; a rule set comes into force."""
    motion.refresh_from_db()
    if not motion.passed:
        return
    resolution, day = motion.resolution, day_of(motion.meeting.starts_at)
    if ballot.regulation:
        actions.adopt_regulation(
            cast.consortium, kind=ballot.regulation, title=_regulation(ballot), adopted_on=day,
            resolution=resolution, by=cast.secretary, at=cast.season.tick(),
        )  # fmt: skip
    due = day + timedelta(days=ballot.days)
    assign_resolution(
        resolution, unit=cast.units[ballot.owner], person=cast.users[ballot.owner], due_on=due,
        todo=ballot.text, revision=resolution.revision, by=cast.secretary, at=cast.season.tick(),
    )  # fmt: skip
    cast.season.book(due - timedelta(days=10), partial(_carry_out, cast, motion.pk, ballot))


def _regulation(ballot: Ballot) -> str:
    if "《" in ballot.text:
        return ballot.text.split("《")[1].split("》")[0]
    return "联合体章程"


def _carry_out(cast: Cast, motion_pk: int, ballot: Ballot) -> None:
    """Reported as done by its unit, seen as done by the secretariat a day later."""
    resolution = Motion.objects.get(pk=motion_pk).resolution
    report_resolution(
        resolution, text=f"{ballot.text}已落实，材料已存档。", done=True, by=cast.actor(ballot.owner),
        at=cast.season.tick(1_200),
    )  # fmt: skip
    mark_carried_out(
        resolution, on=day_of(cast.season.tick(0)), by=cast.secretary, at=cast.season.tick(7_200)
    )


def call_next_board(cast: Cast) -> None:
    """One meeting is still to come: called, and not all have answered."""
    sitting = Sitting(BodyKind.BOARD, "理事会第二次会议", 1, 1, (
        Ballot("关于年度工作报告的议案", "审议年度工作报告和年度任务完成情况。"),
        Ballot("关于下一年度任务安排的议案", "审议下一年度任务安排。"),
    ), back=0)  # fmt: skip
    meeting = _prepare(cast, sitting, cast.season.today + timedelta(days=_COMING_DAYS))
    meeting = send_notice(meeting, by=cast.secretary, at=cast.season.tick(600))
    seats = meeting.attendances.select_related("meeting", "unit").order_by("place")
    for row in seats[:12]:
        _reply(cast, row, Reply.ATTEND)
