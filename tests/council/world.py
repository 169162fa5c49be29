"""A consortium with an assembly, a board and a meeting, for the tests of the council."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO

from chanjiao.council import actions, attendance_actions, meeting_actions, voting_actions
from chanjiao.council.attendance_actions import PresenceFacts
from chanjiao.council.enums import BodyKind, MeetingForm, Presence, SeatTitle, VoteWay
from chanjiao.council.meeting_actions import MeetingFacts
from chanjiao.council.models import Body, Meeting, Motion
from chanjiao.council.papers import Upload
from chanjiao.council.voting_actions import MotionFacts
from chanjiao.kernel.clock import ZONE
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import AT, acting, make_unit

FOUNDED = date(2025, 3, 1)
TERM_ENDS = date(2029, 3, 1)
STARTS_AT = datetime(2026, 12, 10, 9, 30, tzinfo=ZONE)
ON_THE_DAY = STARTS_AT + timedelta(minutes=5)
FACTS = MeetingFacts(
    "第一次会议", MeetingForm.ONSITE, STARTS_AT, "王理事长", "园区会议室", "李记录"
)
WRITTEN = MeetingFacts(
    "书面表决", MeetingForm.WRITTEN, STARTS_AT, "王理事长",
    replies_due_at=STARTS_AT + timedelta(days=5),
)  # fmt: skip
PDF = b"%PDF-1.7 signed"


def paper(content: bytes = PDF, name: str = "委托书.pdf") -> Upload:
    return Upload(BytesIO(content), name)


@dataclass
class World:
    consortium: Consortium
    secretary: Actor
    units: list[Unit]
    people: list[Actor]
    assembly: Body
    board: Body

    @property
    def by(self) -> dict:
        return {"by": self.secretary, "at": AT}


def make_world(members: int = 3) -> World:
    consortium = make_consortium()
    by = secretary(consortium)
    units = [make_unit(name=f"示例成员{consortium.pk}之{n}") for n in range(1, members + 1)]
    people = []
    for unit in units:
        make_member(consortium, unit)
        people.append(acting(unit))
    kinds = (BodyKind.ASSEMBLY, BodyKind.BOARD)
    assembly, board = (
        actions.create_body(
            consortium, kind=kind, name=str(kind.label), established_on=FOUNDED, by=by, at=AT
        )
        for kind in kinds
    )
    for number, unit in enumerate(units, 1):
        actions.fill_seat(
            board, unit=unit, holder=f"理事{number}", starts_on=FOUNDED, ends_on=TERM_ENDS,
            title=SeatTitle.CHAIR if number == 1 else SeatTitle.DIRECTOR, by=by, at=AT,
        )  # fmt: skip
    return World(consortium, by, units, people, assembly, board)


def motion(
    world: World, meeting: Meeting, kind: str = "ordinary", way: str = VoteWay.ROLL_CALL,
    title: str = "年度计划",
) -> Motion:  # fmt: skip
    facts = MotionFacts(title, "审议年度计划。", kind, way)
    return voting_actions.add_motion(meeting, facts, **world.by)


def notified(world: World, body: Body | None = None, facts: MeetingFacts = FACTS) -> Meeting:
    meeting = meeting_actions.create_meeting(body or world.board, facts, **world.by)
    motion(world, meeting)
    return meeting_actions.send_notice(meeting, **world.by)


def opened(world: World, body: Body | None = None, facts: MeetingFacts = FACTS) -> Meeting:
    return meeting_actions.open_meeting(
        notified(world, body, facts), by=world.secretary, at=ON_THE_DAY
    )


def attended(world: World, meeting: Meeting, present: int = 99) -> Meeting:
    """The first `present` seats are there, the others are excused."""
    facts = {
        row.pk: PresenceFacts(Presence.PRESENT if place < present else Presence.EXCUSED)
        for place, row in enumerate(meeting.attendances.order_by("place"))
    }
    attendance_actions.record_attendance(meeting, facts, by=world.secretary, at=ON_THE_DAY)
    return meeting


def voting(world: World, present: int = 99) -> Motion:
    meeting = attended(world, opened(world), present)
    return voting_actions.put_to_vote(meeting.motions.get(), by=world.secretary, at=ON_THE_DAY)


def decided(world: World, choices: tuple[str, ...] = ("for", "for", "against")) -> Motion:
    row = voting(world)
    seats = row.meeting.attendances.order_by("place")
    votes = dict(zip([seat.pk for seat in seats], choices, strict=False))
    voting_actions.enter_votes(row, votes, by=world.secretary, at=ON_THE_DAY)
    return voting_actions.decide_motion(row, by=world.secretary, at=ON_THE_DAY)


def closed(world: World) -> Meeting:
    row = decided(world)
    return meeting_actions.close_meeting(row.meeting, by=world.secretary, at=ON_THE_DAY)
