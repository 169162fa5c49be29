"""States and kinds of dual training."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


# Programmes ------------------------------------------------------------------------------------
class ProgrammeKind(TextChoices):
    ORDER = "order", "订单班"
    APPRENTICE = "apprentice", "学徒制"
    FIELD_ENGINEER = "field", "现场工程师"
    COLLEGE = "college", "产业学院"
    BRIDGE = "bridge", "中高贯通"


class ProgrammeState(TextChoices):
    PREPARING = "preparing", "筹备"
    RUNNING = "running", "培养中"
    ENDED = "ended", "已结业"
    CANCELLED = "cancelled", "已取消"


PROGRAMME_MOVES: Moves = {
    ProgrammeState.PREPARING: frozenset({ProgrammeState.RUNNING, ProgrammeState.CANCELLED}),
    ProgrammeState.RUNNING: frozenset({ProgrammeState.ENDED, ProgrammeState.CANCELLED}),
    ProgrammeState.ENDED: frozenset(),
    ProgrammeState.CANCELLED: frozenset(),
}


class Site(TextChoices):
    """Where hours are taught; all but the first count as an enterprise site."""

    SCHOOL = "school", "学校"
    FACTORY_IN_SCHOOL = "factory", "校中厂"
    SCHOOL_IN_FACTORY = "classroom", "厂中校"
    ENTERPRISE = "enterprise", "企业现场"


ENTERPRISE_SITES = frozenset({Site.FACTORY_IN_SCHOOL, Site.SCHOOL_IN_FACTORY, Site.ENTERPRISE})


class Teacher(TextChoices):
    SCHOOL = "school", "学校教师"
    ENTERPRISE = "enterprise", "企业导师"
    BOTH = "both", "校企共同"


# People who guide ------------------------------------------------------------------------------
class MentorKind(TextChoices):
    ENTERPRISE = "enterprise", "企业导师"
    SCHOOL = "school", "学校指导教师"


# Placements ------------------------------------------------------------------------------------
class PlacementKind(TextChoices):
    """The two kinds of 教职成〔2021〕4号, and an apprentice's work at the enterprise."""

    OBSERVE = "observe", "认识实习"
    POST = "post", "岗位实习"


class PlacementState(TextChoices):
    PLANNED = "planned", "拟安排"
    RUNNING = "running", "实习中"
    ENDED = "ended", "已结束"
    STOPPED = "stopped", "提前终止"
    CANCELLED = "cancelled", "未成行"


PLACEMENT_MOVES: Moves = {
    PlacementState.PLANNED: frozenset({PlacementState.RUNNING, PlacementState.CANCELLED}),
    PlacementState.RUNNING: frozenset({PlacementState.ENDED, PlacementState.STOPPED}),
    PlacementState.ENDED: frozenset(),
    PlacementState.STOPPED: frozenset(),
    PlacementState.CANCELLED: frozenset(),
}
ALIVE = frozenset({PlacementState.PLANNED, PlacementState.RUNNING})
TOOK_PLACE = frozenset({PlacementState.RUNNING, PlacementState.ENDED, PlacementState.STOPPED})


class Intensity(TextChoices):
    """GB 3869: a post of class III or above is closed to students."""

    FIRST = "1", "Ⅰ级"
    SECOND = "2", "Ⅱ级"
    THIRD = "3", "Ⅲ级"
    FOURTH = "4", "Ⅳ级"


class PayWay(TextChoices):
    BANK = "bank", "银行转账到本人"
    CASH = "cash", "现金付给本人"
    OTHER = "other", "由他人代领"
    KIND = "kind", "实物或代金券"


class SafetyKind(TextChoices):
    TRAINING = "training", "安全培训"
    TEST = "test", "安全考核"


# Records of learning ---------------------------------------------------------------------------
class EntryKind(TextChoices):
    WORK = "work", "学习记录"
    JOURNAL = "journal", "实习周记"
    SUMMARY = "summary", "实习总结"


class EntryState(TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待确认"
    CONFIRMED = "confirmed", "已确认"
    CORRECTED = "corrected", "更正后确认"
    REJECTED = "rejected", "退回"


ENTRY_MOVES: Moves = {
    EntryState.DRAFT: frozenset({EntryState.SUBMITTED}),
    EntryState.SUBMITTED: frozenset(
        {EntryState.CONFIRMED, EntryState.CORRECTED, EntryState.REJECTED, EntryState.DRAFT}
    ),
    EntryState.REJECTED: frozenset({EntryState.SUBMITTED}),
    EntryState.CONFIRMED: frozenset(),
    EntryState.CORRECTED: frozenset(),
}
STANDING = frozenset({EntryState.CONFIRMED, EntryState.CORRECTED})


# What may go wrong -----------------------------------------------------------------------------
class IncidentKind(TextChoices):
    INJURY = "injury", "人身伤害"
    ILLNESS = "illness", "疾病"
    SAFETY = "safety", "安全隐患"
    RIGHTS = "rights", "权益受侵害"
    OTHER = "other", "其他"


class Severity(TextChoices):
    MINOR = "minor", "一般"
    SERIOUS = "serious", "严重"
    GRAVE = "grave", "重大"


class IncidentState(TextChoices):
    OPEN = "open", "处理中"
    CLOSED = "closed", "已结案"


INCIDENT_MOVES: Moves = {
    IncidentState.OPEN: frozenset({IncidentState.CLOSED}),
    IncidentState.CLOSED: frozenset({IncidentState.OPEN}),
}


class ComplaintKind(TextChoices):
    PAY = "pay", "报酬"
    HOURS = "hours", "加班与夜班"
    FEES = "fees", "收费或押金"
    SAFETY = "safety", "安全"
    WORK = "work", "岗位与专业不符"
    TREATMENT = "treatment", "不当对待"
    OTHER = "other", "其他"


class ComplaintState(TextChoices):
    OPEN = "open", "待处理"
    ASKED = "asked", "已问单位"
    ANSWERED = "answered", "单位已答复"
    CLOSED = "closed", "已办结"


COMPLAINT_MOVES: Moves = {
    ComplaintState.OPEN: frozenset({ComplaintState.ASKED, ComplaintState.CLOSED}),
    ComplaintState.ASKED: frozenset({ComplaintState.ANSWERED, ComplaintState.CLOSED}),
    ComplaintState.ANSWERED: frozenset({ComplaintState.ASKED, ComplaintState.CLOSED}),
    ComplaintState.CLOSED: frozenset(),
}


class VisitState(TextChoices):
    DRAWN = "drawn", "待走访"
    DONE = "done", "已走访"
    MISSED = "missed", "未完成"


VISIT_MOVES: Moves = {
    VisitState.DRAWN: frozenset({VisitState.DONE, VisitState.MISSED}),
    VisitState.DONE: frozenset(),
    VisitState.MISSED: frozenset(),
}


# Results ---------------------------------------------------------------------------------------
class GradePart(TextChoices):
    """Parts of an internship's grade; a class sets their weights in percent."""

    ENTERPRISE = "enterprise", "企业评价"
    SCHOOL = "school", "学校评价"
    ENTRIES = "entries", "学习记录"
    SUMMARY = "summary", "实习总结"


class Destination(TextChoices):
    EMPLOYED = "employed", "就业"
    STUDY = "study", "升学"
    SERVICE = "service", "参军"
    SELF = "self", "创业"
    SEEKING = "seeking", "待就业"
    UNKNOWN = "unknown", "未联系上"


class Where(TextChoices):
    PARK = "park", "园区内"
    CITY = "city", "本市其他"
    PROVINCE = "province", "本省其他"
    ELSEWHERE = "elsewhere", "外省"
