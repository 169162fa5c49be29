"""Who may do what in a round, when, and why not."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from chanjiao.kernel.clock import ZONE
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.matching.enums import ROUND_MOVES, RoundState, RunState
from chanjiao.matching.models import Choice, ChoiceSheet, Round, RoundPost, Run, Score
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor

LABELS: dict[str, str] = {state.value: str(state.label) for state in RoundState}
SECRETARIAT_ONLY = refuse("只有秘书处可以办理。")
SHOWN_TO_UNITS = frozenset(
    {RoundState.SCORING, RoundState.DECIDING, RoundState.ACCEPTED, RoundState.PUBLISHED}
)
_OWN_LIMITS = frozenset(
    {RoundState.DRAFT, RoundState.CHOOSING, RoundState.SCORING, RoundState.DECIDING}
)


def spoken_time(at: datetime) -> str:
    """2026-11-23 14:03, as rules and notices say it."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def may_create(actor: Actor | None, consortium: Consortium) -> Verdict:
    """Whether the person may make a round of this consortium."""
    if actor is not None and actor.acts_for(consortium.secretariat_id):
        return ALLOWED
    return SECRETARIAT_ONLY


def runs_round(actor: Actor | None, round_: Round) -> Verdict:
    """Whether the person is of the secretariat whose round it is."""
    return may_create(actor, round_.consortium)


def may_move_to(actor: Actor | None, round_: Round, target: RoundState) -> Verdict:
    """Whether the secretariat may move the round there at all, by ROUND_MOVES."""
    return all_of(runs_round(actor, round_), may_move(ROUND_MOVES, LABELS, round_.state, target))


def may_edit(actor: Actor | None, round_: Round) -> Verdict:
    """Rules, posts and cohorts may change in preparation only: students chose under them."""
    if round_.state != RoundState.DRAFT:
        return all_of(runs_round(actor, round_), refuse("填报已开始，规则、岗位和批次不能再改。"))
    return runs_round(actor, round_)


def may_limit(actor: Actor | None, round_: Round) -> Verdict:
    """The secretariat's own caps may change until a result is accepted."""
    if round_.state not in _OWN_LIMITS:
        return all_of(
            runs_round(actor, round_), refuse("结果已审定或本轮已结束，不能再改名额限制。")
        )
    return runs_round(actor, round_)


def may_open(actor: Actor | None, round_: Round, at: datetime) -> Verdict:
    """From preparation to choosing, while there is still time to choose."""
    if round_.state == RoundState.SCORING:
        return all_of(runs_round(actor, round_), refuse("请用“重新开放填报”，并给出新的截止时间。"))
    allowed = may_move_to(actor, round_, RoundState.CHOOSING)
    if allowed and at >= round_.closes_at:
        return refuse(f"填报截止时间 {spoken_time(round_.closes_at)} 已过，请先修改日期。")
    return allowed


def may_close_choosing(actor: Actor | None, round_: Round, at: datetime) -> Verdict:
    """To scoring, not before the deadline that students were promised."""
    if round_.state == RoundState.DECIDING:
        return all_of(runs_round(actor, round_), refuse("请用“退回企业评分”。"))
    allowed = may_move_to(actor, round_, RoundState.SCORING)
    if allowed and at < round_.closes_at:
        return refuse(f"填报截止时间 {spoken_time(round_.closes_at)} 未到，不能提前结束。")
    return allowed


def may_reopen_choosing(actor: Actor | None, round_: Round) -> Verdict:
    """From scoring back to choosing."""
    if round_.state == RoundState.DRAFT:
        return all_of(runs_round(actor, round_), refuse("本轮还没有开放过填报。"))
    return may_move_to(actor, round_, RoundState.CHOOSING)


def may_close_scoring(actor: Actor | None, round_: Round, at: datetime) -> Verdict:
    """To trial runs: at the due time, or as soon as every applicant is scored."""
    if round_.state == RoundState.ACCEPTED:
        return all_of(runs_round(actor, round_), refuse("请用“撤销审定”。"))
    allowed = may_move_to(actor, round_, RoundState.DECIDING)
    if allowed and at < round_.scores_due_at and unscored_choices(round_):
        return refuse(
            f"评分截止时间 {spoken_time(round_.scores_due_at)} 未到，且还有未评分的学生。"
        )
    return allowed


def unscored_choices(round_: Round) -> int:
    """How many applications have no score of the unit yet."""
    scored = Score.objects.filter(
        round_post=OuterRef("round_post"), student=OuterRef("sheet__student")
    )
    return Choice.objects.filter(sheet__round=round_).filter(~Exists(scored)).count()


def may_reopen_scoring(actor: Actor | None, round_: Round) -> Verdict:
    """From trial runs back to scoring."""
    if round_.state == RoundState.CHOOSING:
        return all_of(runs_round(actor, round_), refuse("填报还没有结束。"))
    return may_move_to(actor, round_, RoundState.SCORING)


def may_run(actor: Actor | None, round_: Round) -> Verdict:
    """A trial run, as often as wanted, between scoring and acceptance."""
    if round_.state != RoundState.DECIDING:
        return all_of(runs_round(actor, round_), refuse("只有“试算与审定”阶段可以试算。"))
    return runs_round(actor, round_)


def may_accept(actor: Actor | None, run: Run) -> Verdict:
    """Whether this run may become the result."""
    if run.state == RunState.ACCEPTED:
        return all_of(runs_round(actor, run.round), refuse("这次试算已被采纳，不必重复。"))
    if run.state != RunState.DONE:
        return all_of(runs_round(actor, run.round), refuse("这次试算没有完成，不能采纳。"))
    return may_move_to(actor, run.round, RoundState.ACCEPTED)


def may_undo(actor: Actor | None, round_: Round) -> Verdict:
    """Back from accepted to trial runs, while nothing is published."""
    if round_.state == RoundState.PUBLISHED:
        return all_of(runs_round(actor, round_), refuse("结果已公布，不能撤销审定。"))
    if round_.state == RoundState.SCORING:
        return all_of(runs_round(actor, round_), refuse("请用“结束评分”。"))
    return may_move_to(actor, round_, RoundState.DECIDING)


def may_publish(actor: Actor | None, round_: Round) -> Verdict:
    """From accepted to published."""
    return may_move_to(actor, round_, RoundState.PUBLISHED)


def may_cancel(actor: Actor | None, round_: Round) -> Verdict:
    """Until a result is accepted; after that the acceptance has to be undone first."""
    if round_.state == RoundState.ACCEPTED:
        return all_of(runs_round(actor, round_), refuse("结果已审定，请先撤销审定。"))
    return may_move_to(actor, round_, RoundState.CANCELLED)


def in_window(round_: Round, at: datetime) -> Verdict:
    """Whether choices may be saved at this moment: [opens_at, closes_at)."""
    if round_.state != RoundState.CHOOSING:
        return refuse(f"本轮当前为“{LABELS[round_.state]}”，不能填报志愿。")
    if at < round_.opens_at:
        return refuse(f"志愿填报于 {spoken_time(round_.opens_at)} 开始。")
    if at >= round_.closes_at:
        return refuse(f"志愿填报已于 {spoken_time(round_.closes_at)} 截止，未保存的改动不再接受。")
    return ALLOWED


def takes_part(round_: Round, student: Student) -> Verdict:
    """Whether the student's cohort is in the round."""
    if round_.cohorts.filter(cohort_id=student.cohort_id).exists():
        return ALLOWED
    return refuse("该生所在批次不参加本轮。")


def may_choose(actor: Actor | None, round_: Round, student: Student, at: datetime) -> Verdict:
    """A student's own list, in time."""
    if actor is None or student.user_id != actor.pk:
        return refuse("只能填报自己的志愿。")
    return all_of(takes_part(round_, student), in_window(round_, at))


def may_record_choices(
    actor: Actor | None, round_: Round, student: Student, at: datetime
) -> Verdict:
    """The school may enter a paper list, but never over one the student saved."""
    if actor is None or not actor.acts_for(student.school_id):
        return refuse("只能为本校学生代录志愿。")
    allowed = all_of(takes_part(round_, student), in_window(round_, at))
    if allowed and student.user_id is not None:
        own = ChoiceSheet.objects.filter(round=round_, student=student, saved_by_id=student.user_id)
        if own.exists():
            return refuse(f"{student.name} 已自行填报，学校不能代改。")
    return allowed


def may_see_applicants(actor: Actor | None, round_post: RoundPost) -> Verdict:
    """The post's unit, from scoring on; the secretariat likewise."""
    if actor is None:
        return refuse("请先登录。")
    if not actor.acts_for(round_post.post.unit_id) and not runs_round(actor, round_post.round):
        return refuse("只能查看本单位岗位的报名学生。")
    if round_post.round.state not in SHOWN_TO_UNITS:
        return refuse("填报结束后才能查看报名学生。")
    return ALLOWED


def may_score(actor: Actor | None, round_post: RoundPost, at: datetime) -> Verdict:
    """The post's own unit, in the scoring state, before the due time."""
    if actor is None or not actor.acts_for(round_post.post.unit_id):
        return refuse("只能为本单位的岗位评分。")
    if round_post.round.state != RoundState.SCORING:
        return refuse(f"本轮当前为“{LABELS[round_post.round.state]}”，不能评分。")
    if at >= round_post.round.scores_due_at:
        return refuse(f"评分已于 {spoken_time(round_post.round.scores_due_at)} 截止。")
    return ALLOWED


def may_download_bundle(actor: Actor | None, run: Run) -> Verdict:
    """The secretariat any finished run; everybody the accepted one once it is published."""
    if run.bundle_id is None:
        return refuse("这次试算还没有结果文件。")
    if run.round.state == RoundState.PUBLISHED and run.state == RunState.ACCEPTED:
        return ALLOWED
    return runs_round(actor, run.round)
