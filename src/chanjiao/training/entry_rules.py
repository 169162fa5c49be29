"""Who may do what with records of learning, grades and links, and why not."""

from datetime import date, datetime, timedelta

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.training.enums import (
    ENTRY_MOVES,
    STANDING,
    TOOK_PLACE,
    EntryKind,
    EntryState,
    GradePart,
    MentorKind,
    PlacementState,
)
from chanjiao.training.models import Entry, Mentor, Placement, Stint

WRITE_AFTER = timedelta(days=30)  # a student still writes the summary after the last day
_OWN = refuse("只有学生本人可以办理。")
_SCHOOL = refuse("只有学生所在学校可以办理。")
_LABELS = dict(EntryState.choices)
SUBJECT = Mentor._meta.label_lower


# The student -------------------------------------------------------------------------------------
def may_write(actor: Actor | None, placement: Placement, *, on: date) -> Verdict:
    """New records: by the student, from the first day until thirty days after the last."""
    if not _is_own(actor, placement):
        return _OWN
    if placement.state not in TOOK_PLACE:
        return refuse(f"实习{placement.get_state_display()}，上岗后才能写记录。")
    last = placement.stopped_on or placement.ends_on
    if placement.state != PlacementState.RUNNING and on > last + WRITE_AFTER:
        return refuse(f"实习已于 {last} 结束超过 {WRITE_AFTER.days} 天，记录不再变更。")
    return ALLOWED


def may_change(actor: Actor | None, entry: Entry, *, on: date) -> Verdict:
    """Until it is decided; what waits for the mentor may still be mended."""
    if entry.state in STANDING:
        return refuse(f"记录{_LABELS[entry.state]}，不能再修改。")
    return may_write(actor, entry.placement, on=on)


def may_submit(actor: Actor | None, entry: Entry, *, on: date) -> Verdict:
    moves = may_move(ENTRY_MOVES, _LABELS, entry.state, EntryState.SUBMITTED)
    return all_of(may_write(actor, entry.placement, on=on), moves)


def may_take_back(actor: Actor | None, entry: Entry, *, on: date) -> Verdict:
    moves = may_move(ENTRY_MOVES, _LABELS, entry.state, EntryState.DRAFT)
    return all_of(may_write(actor, entry.placement, on=on), moves)


def may_delete(actor: Actor | None, entry: Entry, *, on: date) -> Verdict:
    """A draft that nobody else has seen."""
    if entry.state != EntryState.DRAFT or entry.submitted_at is not None:
        return refuse("只能删除从未提交过的草稿。")
    return may_write(actor, entry.placement, on=on)


def may_evaluate_base(actor: Actor | None, placement: Placement, *, on: date) -> Verdict:
    """Once, in the last two weeks or after the end."""
    if not _is_own(actor, placement):
        return _OWN
    if placement.state not in TOOK_PLACE:
        return refuse("上岗后才能评价。")
    opens = placement.ends_on - timedelta(days=14)
    if placement.state == PlacementState.RUNNING and on < opens:
        return refuse(f"{opens} 起可以评价。")
    return ALLOWED


# The mentor, by link -----------------------------------------------------------------------------
def is_of(link: Link, mentor_id: int | None, *, at: datetime) -> bool:
    """Whether a link is this mentor's and alive."""
    mine = link.purpose == Purpose.MENTOR and link.subject == SUBJECT
    return mine and link.subject_id == mentor_id and not link.revoked_at and link.expires_at > at


def may_decide(link: Link, entry: Entry, target: str, *, at: datetime) -> Verdict:
    """A master of the record's stint, on work that waits."""
    stint = entry.stint
    masters = (stint.master_id, stint.second_master_id) if stint else ()
    if entry.kind != EntryKind.WORK or not any(is_of(link, one, at=at) for one in masters):
        return refuse("这条记录不由您确认。")
    if entry.state == EntryState.DRAFT:
        return refuse("学生已撤回这条记录。")
    return may_move(ENTRY_MOVES, _LABELS, entry.state, target)


def may_grade_by_link(link: Link, placement: Placement, *, at: datetime) -> Verdict:
    """The part of the enterprise, by a master of one of the stints."""
    if placement.state not in TOOK_PLACE:
        return refuse("实习尚未开始。")
    stints = Stint.objects.filter(placement=placement).values_list("master", "second_master")
    if any(is_of(link, one, at=at) for pair in stints for one in pair):
        return ALLOWED
    return refuse("这名学生的成绩不由您评定。")


def may_give_link(actor: Actor | None, mentor: Mentor) -> Verdict:
    """The mentor's own unit, or a school whose students are with the mentor."""
    if mentor.kind != MentorKind.ENTERPRISE:
        return refuse("学校指导教师请登录办理。")
    if actor is None:
        return _SCHOOL
    if actor.acts_for(mentor.unit_id):
        return ALLOWED
    stints = [*mentor.stints.values_list("placement__school", flat=True)]
    stints += mentor.second_stints.values_list("placement__school", flat=True)
    if any(actor.acts_for(school) for school in stints):
        return ALLOWED
    return refuse("只有导师所在单位或其学生所在学校可以发放。")


# The school --------------------------------------------------------------------------------------
def may_mark(actor: Actor | None, entry: Entry) -> Verdict:
    """Journals and summaries that were handed in; a mark may be mended."""
    if not _is_school(actor, entry.placement):
        return _SCHOOL
    if entry.kind == EntryKind.WORK:
        return refuse("学习记录由企业导师确认，教师可以写评语。")
    if entry.state == EntryState.CONFIRMED:
        return ALLOWED
    return may_move(ENTRY_MOVES, _LABELS, entry.state, EntryState.CONFIRMED)


def may_return(actor: Actor | None, entry: Entry) -> Verdict:
    """Journals and summaries, to be written again."""
    if not _is_school(actor, entry.placement):
        return _SCHOOL
    if entry.kind == EntryKind.WORK:
        return refuse("学习记录由企业导师确认，教师可以写评语。")
    return may_move(ENTRY_MOVES, _LABELS, entry.state, EntryState.REJECTED)


def may_comment(actor: Actor | None, entry: Entry) -> Verdict:
    """Whatever was handed in."""
    if not _is_school(actor, entry.placement):
        return _SCHOOL
    return refuse("记录尚未提交。") if entry.state == EntryState.DRAFT else ALLOWED


def may_grade(actor: Actor | None, placement: Placement, part: str) -> Verdict:
    """The school gives its own part, and enters the enterprise's from a signed form; the host's
    staff gives the enterprise's. The other two parts are computed."""
    if part not in {GradePart.ENTERPRISE, GradePart.SCHOOL}:
        return refuse("这一项由系统计算，不能填写。")
    if placement.state not in TOOK_PLACE:
        return refuse("实习尚未开始。")
    if _is_school(actor, placement):
        return ALLOWED
    hosts = placement.stints.order_by().values_list("host", flat=True)
    hosted = actor is not None and any(actor.acts_for(host) for host in hosts)
    return ALLOWED if hosted and part == GradePart.ENTERPRISE else _SCHOOL


def may_archive(actor: Actor | None, placement: Placement) -> Verdict:
    return ALLOWED if _is_school(actor, placement) else _SCHOOL


def _is_own(actor: Actor | None, placement: Placement) -> bool:
    return actor is not None and placement.student.user_id == actor.pk


def _is_school(actor: Actor | None, placement: Placement) -> bool:
    return actor is not None and actor.acts_for(placement.school_id)
