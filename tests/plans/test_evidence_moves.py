"""Every move of evidence × every person; what each move leaves behind."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.notices.models import Notice
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_check_actions as checks
from chanjiao.plans.enums import (
    EVIDENCE_MOVES,
    EvidenceKind,
    EvidenceState,
    FlagState,
    PlanState,
    TaskState,
)
from chanjiao.plans.evidence_kinds import FIELDS, RULES
from chanjiao.plans.models import Evidence, EvidenceUse, Plan, Task
from chanjiao.trail.models import Entry
from tests.people.world import AT, TODAY
from tests.plans.evidence_world import (
    DUE,
    VALUES,
    accepted,
    asked,
    filled,
    in_state,
    make_plan,
    make_task,
    make_world,
    own_person,
    submitted,
)

pytestmark = pytest.mark.django_db
S = EvidenceState

# How each target is reached, and by whom; a state with several ways names the one from it.
WAYS = {
    "submit": (S.SUBMITTED, "own", lambda row, by: actions.submit_evidence(row, by=by, at=AT)),
    "take_back": (S.WANTED, "own", lambda row, by: actions.take_back(row, by=by, at=AT)),
    "withdraw": (S.WITHDRAWN, "own", lambda row, by: actions.withdraw_evidence(row, by=by, at=AT)),
    "accept": (S.ACCEPTED, "office", lambda row, by: checks.accept_evidence(row, by=by, at=AT)),
    "return": (
        S.RETURNED, "office",
        lambda row, by: checks.return_evidence(row, {"": "看不清"}, by=by, at=AT),
    ),
    "drop": (
        S.NOT_NEEDED, "office", lambda row, by: actions.drop_evidence(row, "改期", by=by, at=AT)
    ),
    "want": (S.WANTED, "office", lambda row, by: actions.want_again(row, DUE, by=by, at=AT)),
}  # fmt: skip
# Both lead to WANTED, each from its own state only.
ONLY_FROM = {"take_back": S.SUBMITTED, "want": S.NOT_NEEDED}
PEOPLE = ("teacher", "recruiter", "office", "second", "outsider", "far_office", "nobody")


def allowed(way: str, state: EvidenceState, who: str) -> bool:
    target, whose, _ = WAYS[way]
    if way in ONLY_FROM and state != ONLY_FROM[way]:
        return False
    right = who == "teacher" if whose == "own" else who in {"office", "second"}
    return right and target in EVIDENCE_MOVES[state]


@pytest.mark.parametrize("way", WAYS)
def test_every_state_and_every_person(way):
    world = make_world()
    row = filled(world, asked(world))
    Evidence.objects.filter(pk=row.pk).update(asked_at=None)  # so that it may be withdrawn
    wrong = []
    for state, who in product(S, PEOPLE):
        in_state(row, state, world)
        actor = None if who == "nobody" else getattr(world, who)
        before = Entry.objects.count()
        try:
            with transaction.atomic():
                WAYS[way][2](row, actor)
                done = Entry.objects.count() == before + 1
                row.refresh_from_db()
                assert row.state == WAYS[way][0]
                raise _UndoneError
        except _UndoneError:
            pass
        except Refused:
            done = False
            row.refresh_from_db()
            assert row.state == state
        if done != allowed(way, state, who):
            wrong.append((state, who, done))
    assert not wrong


class _UndoneError(Exception):
    pass


def test_every_move_has_its_way():
    reached = {
        (s, WAYS[w][0])
        for w, s in product(WAYS, S)
        if allowed(w, s, "teacher") or allowed(w, s, "office")
    }
    assert reached == {(s, t) for s, targets in EVIDENCE_MOVES.items() for t in targets}


def test_asked_handed_in_returned_handed_in_accepted(django_capture_on_commit_callbacks):
    world = make_world()
    with django_capture_on_commit_callbacks(execute=True):
        row = asked(world)
    assert (row.code, row.state, row.due_on) == ("2-1-1-1", S.WANTED, DUE)
    assert Notice.objects.get(user=world.teacher.user).due_on == DUE
    assert EvidenceUse.objects.get(evidence=row).task == world.tasks[0]
    row = submitted(world, row)
    assert len(row.digest) == 64 and row.submitted_by == world.teacher.user
    row = checks.return_evidence(
        row, {"dated_on": "日期与照片不符", "": "补全景"}, by=world.office, at=AT
    )
    assert row.answer_due_on == TODAY + timedelta(days=7) and row.due_on == DUE
    later = AT + timedelta(days=1)
    row = actions.submit_evidence(row, by=world.teacher, at=later)
    assert row.returned_reasons == {} and row.first_submitted_at == AT
    row = checks.accept_evidence(row, by=world.second, at=later)
    told = [(one.number, one.outcome) for one in row.submissions.order_by("number")]
    assert told == [(1, S.RETURNED), (2, S.ACCEPTED)]
    first = row.submissions.get(number=1)
    assert first.reasons == {"dated_on": "日期与照片不符", "": "补全景"}
    assert first.content["files"][0]["sha256"] == row.digest


def test_who_handed_in_cannot_accept():
    """Not even when the secretariat itself owes the evidence."""
    world = make_world()
    own = make_task(world.plan, "1-1-1", world.consortium.secretariat)
    row = actions.offer_evidence(own, EvidenceKind.OTHER, "工作总结", by=world.office, at=AT)
    row = actions.update_evidence(row, {"note": "年度总结"}, revision=1, by=world.office, at=AT)
    from io import BytesIO

    from chanjiao.files.uploads import Upload
    from chanjiao.plans.evidence_files import add_files
    from tests.plans.evidence_world import pdf

    add_files(row, [Upload(BytesIO(pdf()), "总结.pdf", 30)], by=world.office, at=AT)
    row = actions.submit_evidence(row, by=world.office, at=AT)
    with pytest.raises(Refused, match="提交人不能验收"):
        checks.accept_evidence(row, by=world.office, at=AT)
    assert checks.accept_evidence(row, by=world.second, at=AT).state == S.ACCEPTED


@pytest.mark.parametrize(
    "change",
    [
        {"submitted_by": None},
        {"submitted_at": None},
        {"accepted_by": None},
        {"accepted_at": None},
        {"digest": "", "link": ""},
        {"number": 0},
        {"record_label": "round"},
        {"state": S.NOT_NEEDED, "closed_reason": ""},
    ],
)
def test_the_database_refuses(change):
    world = make_world()
    row = in_state(asked(world), S.ACCEPTED, world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).update(**change)


def test_the_database_refuses_the_same_person_twice():
    world = make_world()
    row = in_state(asked(world), S.ACCEPTED, world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evidence.objects.filter(pk=row.pk).update(accepted_by=row.submitted_by)


@pytest.mark.parametrize("kind", EvidenceKind.values)
def test_each_kind_says_what_it_needs(kind):
    """Every field the kind needs is missed alone, and nothing else is."""
    world = make_world()
    row = filled(world, asked(world, kind=kind))
    for name in RULES[kind].needs:
        value = getattr(row, name)
        setattr(row, name, None if name in {"dated_on", "amount_fen", "people"} else "")
        row.save(update_fields=[name])
        with pytest.raises(Invalid) as refusal:
            actions.submit_evidence(row, by=world.teacher, at=AT)
        assert set(refusal.value.problems) == {name}
        setattr(row, name, value)
        row.save(update_fields=[name])
    assert actions.submit_evidence(row, by=world.teacher, at=AT).state == S.SUBMITTED


def test_every_kind_of_the_enum_has_its_rule():
    assert set(RULES) == set(EvidenceKind.values)
    assert all(set(rule.needs) | set(rule.asks) <= set(FIELDS) for rule in RULES.values())


def test_without_a_file_only_news_may_come():
    world = make_world()
    for kind in EvidenceKind.values:
        row = asked(world, kind=kind)
        values = {name: VALUES[name] for name in RULES[kind].fields}
        row = actions.update_evidence(row, values, revision=1, by=world.teacher, at=AT)
        if kind == EvidenceKind.NEWS:
            assert actions.submit_evidence(row, by=world.teacher, at=AT).digest == ""
            continue
        with pytest.raises(Invalid) as refusal:
            actions.submit_evidence(row, by=world.teacher, at=AT)
        assert set(refusal.value.problems) == {"files"}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("photo", "dated_on", TODAY + timedelta(days=1)),
        ("invoice", "amount_fen", 0),
        ("roster", "people", 0),
    ],
)
def test_unlikely_values_are_refused(kind, name, value):
    world = make_world()
    row = filled(world, asked(world, kind=kind))
    Evidence.objects.filter(pk=row.pk).update(**{name: value})
    with pytest.raises(Invalid) as refusal:
        actions.submit_evidence(row, by=world.teacher, at=AT)
    assert set(refusal.value.problems) == {name}


def test_reasons_are_for_fields_that_exist():
    world = make_world()
    row = submitted(world, asked(world))
    with pytest.raises(Invalid):
        checks.return_evidence(row, {"": "  "}, by=world.office, at=AT)
    with pytest.raises(Refused, match="amount_fen"):
        checks.return_evidence(row, {"amount_fen": "不符"}, by=world.office, at=AT)


def test_a_stale_page_does_not_accept():
    world = make_world()
    row = submitted(world, asked(world))
    with pytest.raises(Conflict):
        checks.accept_evidence(row, by=world.office, at=AT, revision=row.revision - 1)
    assert checks.accept_evidence(row, by=world.office, at=AT, revision=row.revision)


def test_an_asked_piece_is_not_withdrawn_by_its_unit():
    world = make_world()
    with pytest.raises(Refused, match="秘书处要求"):
        actions.withdraw_evidence(asked(world), by=world.teacher, at=AT)


def test_an_offered_piece_may_change_its_name_an_asked_one_not():
    world = make_world()
    offered = actions.offer_evidence(world.tasks[0], "photo", "旧名", by=world.teacher, at=AT)
    wanted = asked(world)
    for row, expected in ((offered, "新名"), (wanted, "揭牌活动照片")):
        done = actions.update_evidence(row, {"title": "新名"}, revision=1, by=world.teacher, at=AT)
        assert done.title == expected


def test_many_at_once_is_all_or_none():
    world = make_world()
    good, bad = submitted(world, asked(world)), asked(world)
    with pytest.raises(Refused, match=bad.code):
        checks.accept_many([good, bad], by=world.office, at=AT)
    good.refresh_from_db()
    assert good.state == S.SUBMITTED
    other = submitted(world, bad)
    assert len(checks.accept_many([good, other], by=world.office, at=AT)) == 2


def test_many_go_back_for_one_reason(django_capture_on_commit_callbacks):
    world = make_world()
    rows = [submitted(world, asked(world)) for _ in range(3)]
    with django_capture_on_commit_callbacks(execute=True):
        checks.return_many(rows, "照片不清楚", by=world.office, at=AT)
    assert Notice.objects.filter(user=world.teacher.user, text__contains="3 份").count() == 1


def test_asking_under_many_tasks_numbers_each():
    world = make_world()
    wishes = [
        actions.Wish(task, kind, f"{kind} 一份", DUE)
        for task in world.tasks
        for kind in ("photo", "minutes")
    ]
    made = actions.ask_evidence(world.plan, wishes, by=world.office, at=AT)
    assert sorted(row.code for row in made) == [
        "2-1-1-1", "2-1-1-2", "2-1-2-1", "2-1-2-2", "2-2-1-1", "2-2-1-2",
    ]  # fmt: skip
    assert {row.unit for row in made} == {world.school, world.firm}


def test_last_years_list_is_asked_for_once():
    world = make_world()
    for task in world.tasks:
        asked(world, task)
    dropped = asked(world)
    actions.drop_evidence(dropped, "不办了", by=world.office, at=AT)
    new = make_plan(world.consortium, 2027)
    make_task(new, "2-1-1", world.school)
    make_task(new, "2-2-1", world.firm)
    made, homeless = actions.repeat_evidence(world.plan, new, by=world.office, at=AT)
    assert [row.code for row in made] == ["2-1-1-1", "2-2-1-1"] and homeless == 1
    assert {row.due_on for row in made} == {DUE.replace(year=2027)}
    assert actions.repeat_evidence(world.plan, new, by=world.office, at=AT)[0] == []
    with pytest.raises(Refused):
        actions.repeat_evidence(world.plan, new, by=world.teacher, at=AT)


def test_a_wish_for_another_plan_is_refused():
    world = make_world()
    other: Plan = make_plan(world.consortium, 2027)
    wish = actions.Wish(world.tasks[0], "photo", "照片", DUE)
    with pytest.raises(Refused):
        actions.ask_evidence(other, [wish], by=world.office, at=AT)


def test_what_is_taken_back_was_not_in_time():
    world = make_world()
    row = submitted(world, asked(world))
    row = actions.take_back(row, by=world.teacher, at=AT)
    assert row.first_submitted_at is None
    later = AT + timedelta(days=30)
    row = actions.submit_evidence(row, by=world.teacher, at=later)
    assert row.first_submitted_at == later


def test_rescheduling_moves_what_is_owed():
    world = make_world()
    row, sent = asked(world), submitted(world, asked(world))
    day = DUE + timedelta(days=5)
    assert actions.reschedule([row], day, by=world.office, at=AT)[0].due_on == day
    with pytest.raises(Refused, match=sent.code):
        actions.reschedule([row, sent], day, by=world.office, at=AT)
    with pytest.raises(Refused):
        actions.reschedule([row], day, by=own_person(world, row), at=AT)


def test_one_piece_serves_several(monkeypatch):
    world = make_world()
    row = accepted(world, asked(world))
    checks.add_use(row, world.tasks[2], "", by=world.office, at=AT)
    checks.add_use(row, None, "14", by=world.office, at=AT)
    before = Entry.objects.count()
    checks.add_use(row, None, "14", by=world.office, at=AT)  # twice is once
    assert Entry.objects.count() == before
    assert row.uses.count() == 3
    with pytest.raises(Refused, match="所属的任务"):
        checks.remove_use(row.uses.get(task=world.tasks[0]), by=world.office, at=AT)
    checks.remove_use(row.uses.get(indicator="14"), by=world.office, at=AT)
    assert row.uses.count() == 2
    for both in ((None, ""), (world.tasks[1], "14")):
        with pytest.raises(Invalid):
            checks.add_use(row, *both, by=world.office, at=AT)
    with pytest.raises(Refused):
        checks.add_use(row, world.tasks[1], "", by=world.teacher, at=AT)


def test_a_reference_becomes_a_use_when_accepted():
    world = make_world()
    row, other = submitted(world, asked(world)), asked(world, world.tasks[1])
    other = actions.refer_to_evidence(other, row, by=world.teacher, at=AT)
    other = actions.submit_evidence(other, by=world.teacher, at=AT)
    assert other.flag == "" and other.digest == row.digest
    with pytest.raises(Refused, match="尚未验收"):
        checks.accept_evidence(other, by=world.office, at=AT)
    checks.accept_evidence(row, by=world.office, at=AT)
    other = checks.accept_evidence(other, by=world.office, at=AT)
    assert set(row.uses.values_list("task", flat=True)) == {t.pk for t in world.tasks[:2]}
    checks.return_evidence(other, {"": "不相关"}, by=world.office, at=AT)
    assert set(row.uses.values_list("task", flat=True)) == {world.tasks[0].pk}


def test_what_refers_to_a_piece_goes_back_with_it():
    world = make_world()
    row, other = accepted(world, asked(world)), asked(world, world.tasks[1])
    other = actions.refer_to_evidence(other, row, by=world.teacher, at=AT)
    other = actions.submit_evidence(other, by=world.teacher, at=AT)
    checks.accept_evidence(other, by=world.office, at=AT)
    checks.return_evidence(row, {"": "日期有误"}, by=world.office, at=AT)
    other.refresh_from_db()
    assert other.state == S.RETURNED and row.code in other.returned_reasons[""]
    assert set(row.uses.values_list("task", flat=True)) == {world.tasks[0].pk}


def test_only_ones_own_is_referred_to():
    world = make_world()
    theirs = submitted(world, asked(world, world.tasks[2]))
    with pytest.raises(Refused, match="只能引用本单位"):
        actions.refer_to_evidence(asked(world), theirs, by=world.teacher, at=AT)


def test_flag_states_are_labelled():
    assert [state.label for state in FlagState] == ["待判定", "已排除", "确认重复"]


def test_an_archived_plan_is_left_alone():
    world = make_world()
    row, offered = submitted(world, asked(world)), asked(world)
    Plan.objects.filter(pk=world.plan.pk).update(state=PlanState.CLOSED)
    world.tasks[0].refresh_from_db()
    wish = actions.Wish(world.tasks[0], "photo", "照片", DUE)
    plan = Plan.objects.get(pk=world.plan.pk)
    for act in (
        lambda: checks.accept_evidence(row, by=world.office, at=AT),
        lambda: actions.take_back(row, by=world.teacher, at=AT),
        lambda: actions.submit_evidence(offered, by=world.teacher, at=AT),
        lambda: actions.ask_evidence(plan, [wish], by=world.office, at=AT),
        lambda: actions.offer_evidence(
            Task.objects.get(pk=world.tasks[0].pk), "photo", "照片", by=world.teacher, at=AT
        ),
    ):
        with pytest.raises(Refused, match="已归档"):
            act()


@pytest.mark.parametrize("state", [TaskState.DRAFT, TaskState.CANCELLED])
def test_a_task_that_is_not_given_out_or_cancelled_has_no_evidence(state):
    world = make_world()
    Task.objects.filter(pk=world.tasks[0].pk).update(state=state, state_reason="调整")
    task = Task.objects.get(pk=world.tasks[0].pk)
    with pytest.raises(Refused, match="任务"):
        asked(world, task)
    with pytest.raises(Refused, match="任务"):
        actions.offer_evidence(task, "photo", "照片", by=world.teacher, at=AT)
