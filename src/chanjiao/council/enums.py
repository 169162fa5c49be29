"""Kinds and states of the council: bodies, meetings, motions, resolutions, commitments."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class BodyKind(TextChoices):
    ASSEMBLY = "assembly", "成员大会"
    BOARD = "board", "理事会"
    OFFICE = "office", "秘书处"
    COMMITTEE = "committee", "专门委员会"
    EXPERTS = "experts", "专家委员会"


# Of these a consortium has one at a time; of committees it may have many.
SINGLE = frozenset({BodyKind.ASSEMBLY, BodyKind.BOARD, BodyKind.OFFICE})


class SeatTitle(TextChoices):
    CHAIR = "chair", "理事长"
    VICE_CHAIR = "vice_chair", "副理事长"
    DIRECTOR = "director", "理事"
    SECRETARY = "secretary", "秘书长"
    DEPUTY_SECRETARY = "deputy_secretary", "副秘书长"
    STAFF = "staff", "秘书处人员"
    HEAD = "head", "主任委员"
    DEPUTY_HEAD = "deputy_head", "副主任委员"
    COMMITTEE_MEMBER = "committee_member", "委员"
    EXPERT = "expert", "专家委员"


_COMMITTEE = (SeatTitle.HEAD, SeatTitle.DEPUTY_HEAD, SeatTitle.COMMITTEE_MEMBER)
# In the order of the seating list; the assembly's seats are its memberships.
TITLES: dict[str, tuple[SeatTitle, ...]] = {
    BodyKind.ASSEMBLY: (),
    BodyKind.BOARD: (SeatTitle.CHAIR, SeatTitle.VICE_CHAIR, SeatTitle.DIRECTOR),
    BodyKind.OFFICE: (SeatTitle.SECRETARY, SeatTitle.DEPUTY_SECRETARY, SeatTitle.STAFF),
    BodyKind.COMMITTEE: _COMMITTEE,
    BodyKind.EXPERTS: (SeatTitle.HEAD, SeatTitle.DEPUTY_HEAD, SeatTitle.EXPERT),
}
# Of these titles a body has one holder at a time.
SOLE = frozenset({SeatTitle.CHAIR, SeatTitle.SECRETARY, SeatTitle.HEAD})


class Base(TextChoices):
    """What a threshold is a fraction of."""

    ENTITLED = "entitled", "全体应到"
    PRESENT = "present", "实到"
    CAST = "cast", "所投票数"


class TieRule(TextChoices):
    FAILS = "fails", "不通过"
    CHAIR = "chair", "由主持人决定"


class MeetingForm(TextChoices):
    ONSITE = "onsite", "现场会议"
    ONLINE = "online", "视频会议"
    MIXED = "mixed", "现场与视频结合"
    WRITTEN = "written", "通讯表决"


class MeetingState(TextChoices):
    DRAFT = "draft", "筹备"
    NOTIFIED = "notified", "已通知"
    OPEN = "open", "进行中"
    CLOSED = "closed", "已闭会"
    MINUTED = "minuted", "纪要待签"
    ARCHIVED = "archived", "已归档"
    POSTPONED = "postponed", "已延期"
    CANCELLED = "cancelled", "已取消"


MEETING_MOVES: Moves = {
    MeetingState.DRAFT: frozenset({MeetingState.NOTIFIED, MeetingState.CANCELLED}),
    MeetingState.NOTIFIED: frozenset(
        {MeetingState.OPEN, MeetingState.POSTPONED, MeetingState.CANCELLED}
    ),
    MeetingState.OPEN: frozenset({MeetingState.CLOSED, MeetingState.POSTPONED}),
    MeetingState.CLOSED: frozenset({MeetingState.MINUTED}),
    MeetingState.MINUTED: frozenset({MeetingState.ARCHIVED}),
    MeetingState.ARCHIVED: frozenset(),
    MeetingState.POSTPONED: frozenset({MeetingState.NOTIFIED, MeetingState.CANCELLED}),
    MeetingState.CANCELLED: frozenset(),
}
# Still to be held; held, and the minutes not signed.
COMING = frozenset({MeetingState.NOTIFIED, MeetingState.OPEN})
UNSIGNED = frozenset({MeetingState.CLOSED, MeetingState.MINUTED})
HELD = frozenset({MeetingState.CLOSED, MeetingState.MINUTED, MeetingState.ARCHIVED})


class Reply(TextChoices):
    """What a seat answered to the notice."""

    NONE = "", "未回复"
    ATTEND = "attend", "出席"
    EXCUSED = "excused", "请假"
    PROXY = "proxy", "委托"


class Presence(TextChoices):
    UNKNOWN = "", "未签到"
    PRESENT = "present", "出席"
    PROXY = "proxy", "委托"
    EXCUSED = "excused", "请假"
    ABSENT = "absent", "缺席"


class MotionState(TextChoices):
    PENDING = "pending", "待表决"
    VOTING = "voting", "表决中"
    DECIDED = "decided", "已表决"
    WITHDRAWN = "withdrawn", "已撤回"


MOTION_MOVES: Moves = {
    MotionState.PENDING: frozenset({MotionState.VOTING, MotionState.WITHDRAWN}),
    MotionState.VOTING: frozenset({MotionState.DECIDED, MotionState.PENDING}),
    MotionState.DECIDED: frozenset(),
    MotionState.WITHDRAWN: frozenset(),
}


class VoteWay(TextChoices):
    ROLL_CALL = "roll_call", "逐席表决"
    HANDS = "hands", "举手计数"
    SECRET = "secret", "无记名投票"
    WRITTEN = "written", "书面表决"


BY_SEAT = frozenset({VoteWay.ROLL_CALL, VoteWay.WRITTEN})


class Choice(TextChoices):
    FOR = "for", "赞成"
    AGAINST = "against", "反对"
    ABSTAIN = "abstain", "弃权"


class ResolutionState(TextChoices):
    OPEN = "open", "待分派"
    UNDERWAY = "underway", "落实中"
    REPORTED = "reported", "已报办结"
    CARRIED_OUT = "carried_out", "已办结"
    NOT_PASSED = "not_passed", "未通过"


RESOLUTION_MOVES: Moves = {
    ResolutionState.OPEN: frozenset(
        {ResolutionState.UNDERWAY, ResolutionState.CARRIED_OUT, ResolutionState.NOT_PASSED}
    ),
    ResolutionState.UNDERWAY: frozenset(
        {ResolutionState.REPORTED, ResolutionState.CARRIED_OUT, ResolutionState.NOT_PASSED}
    ),
    ResolutionState.REPORTED: frozenset(
        {ResolutionState.UNDERWAY, ResolutionState.CARRIED_OUT, ResolutionState.NOT_PASSED}
    ),
    ResolutionState.CARRIED_OUT: frozenset({ResolutionState.UNDERWAY, ResolutionState.NOT_PASSED}),
    ResolutionState.NOT_PASSED: frozenset({ResolutionState.OPEN}),
}
OWED = frozenset({ResolutionState.UNDERWAY, ResolutionState.REPORTED})


class RegulationKind(TextChoices):
    """The rule set of indicator 10 (domain §2)."""

    CHARTER = "charter", "章程"
    PROCEDURE = "procedure", "议事规则"
    FINANCE = "finance", "财务"
    ASSESSMENT = "assessment", "成员考核"
    TRANSFER = "transfer", "成果转化"
    EXCHANGE = "exchange", "互聘"
    SHARING = "sharing", "基地共享"
    PUBLICATION = "publication", "信息发布"
    MAJORS = "majors", "专业动态调整"
    OTHER = "other", "其他"


class CommitmentKind(TextChoices):
    """What a member promised. Money and equipment are in 分."""

    MONEY = "money", "资金"
    POSTS = "posts", "岗位"
    MENTORS = "mentors", "导师"
    EQUIPMENT = "equipment", "设备"
    HOURS = "hours", "课时"


IN_FEN = frozenset({CommitmentKind.MONEY, CommitmentKind.EQUIPMENT})
UNITS: dict[str, str] = {
    CommitmentKind.MONEY: "元",
    CommitmentKind.POSTS: "个",
    CommitmentKind.MENTORS: "人",
    CommitmentKind.EQUIPMENT: "元",
    CommitmentKind.HOURS: "小时",
}


class DeliveryState(TextChoices):
    RECORDED = "recorded", "待确认"
    RETURNED = "returned", "已退回"
    CONFIRMED = "confirmed", "已确认"


DELIVERY_MOVES: Moves = {
    DeliveryState.RECORDED: frozenset({DeliveryState.CONFIRMED, DeliveryState.RETURNED}),
    DeliveryState.RETURNED: frozenset({DeliveryState.RECORDED}),
    DeliveryState.CONFIRMED: frozenset({DeliveryState.RETURNED}),
}
