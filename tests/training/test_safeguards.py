"""Pay, masters, incidents and complaints: who may do what in which state, and what nobody learns."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.notices.models import Notice
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import get
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.writing import export
from chanjiao.trail.models import Entry
from chanjiao.training import trouble_actions as actions
from chanjiao.training.enums import (
    COMPLAINT_MOVES,
    INCIDENT_MOVES,
    ComplaintState,
    IncidentState,
    PlacementState,
)
from chanjiao.training.figures import by_host, by_school, held_back, pay_broken, troubles
from chanjiao.training.gate import judge
from chanjiao.training.hosted import loads_for, rooms_of, stints_hosted, wanted_of_host
from chanjiao.training.hosted_actions import assign_masters
from chanjiao.training.models import (
    Complaint,
    Incident,
    Insurance,
    PayProof,
    Placement,
    SafetyRecord,
    Stint,
)
from chanjiao.training.pay_standing import WORDS, months_of
from chanjiao.training.placement_actions import cancel_placement
from chanjiao.training.placement_preparing import declare
from chanjiao.training.safeguard_actions import PayFacts, answer_pay, record_pay
from chanjiao.training.safeguard_queries import (
    complaints_visible_to,
    few_at_host,
    incidents_visible_to,
    questions_to,
)
from tests.matching.world import make_student, make_world
from tests.training.care_world import (
    DECEMBER,
    LATER,
    asked,
    complained,
    master,
    paid,
    reported,
    stint_of,
)
from tests.training.world import AT, CLEAN, ENDS, STARTS, plan, prepare, running

pytestmark = pytest.mark.django_db
ROLES = ["school", "other", "host", "office", "student"]


@pytest.fixture
def world(db):
    return make_world()


def people(world):
    return {
        "school": world.teachers[0], "other": world.teachers[1], "host": world.recruiters[0],
        "office": world.secretary, "student": world.actor(0),
    }  # fmt: skip


def told(actor) -> list[str]:
    return list(Notice.objects.filter(user=actor.pk).order_by("pk").values_list("text", flat=True))


# Pay -------------------------------------------------------------------------------------------
def test_a_correction_asks_the_student_again(world, django_capture_on_commit_callbacks):
    placement = running(world)
    with django_capture_on_commit_callbacks(execute=True):
        proof = paid(world, placement)
    assert "请确认是否收到" in told(world.actor(0))[-1]
    answered = answer_pay(proof, objection="", revision=proof.revision, by=world.actor(0), at=LATER)
    assert answered.confirmed_at == LATER
    corrected = paid(world, placement, fen=380_000)
    assert corrected.pk == proof.pk and corrected.confirmed_at is None
    with pytest.raises(Conflict):
        answer_pay(corrected, objection="", revision=proof.revision, by=world.actor(0), at=LATER)
    corrected.refresh_from_db()
    assert corrected.confirmed_at is None


def test_an_objection_reaches_school_and_host_and_a_correction_lifts_it(
    world, django_capture_on_commit_callbacks
):
    proof = paid(world, running(world))
    with django_capture_on_commit_callbacks(execute=True):
        answer_pay(proof, objection="只收到 3000 元", revision=1, by=world.actor(0), at=LATER)
    assert all(
        "只收到 3000 元" in told(who)[-1] for who in (world.teachers[0], world.recruiters[0])
    )
    assert paid(world, proof.placement).objection == ""


@pytest.mark.parametrize("role", ROLES)
def test_who_records_pay_and_who_answers(world, role):
    placement = running(world)
    by = people(world)[role]
    facts = PayFacts(DECEMBER, 400_000, "bank", date(2027, 1, 10))
    if role in {"school", "host"}:
        assert record_pay(stint_of(placement), facts, by=by, at=LATER).amount_fen == 400_000
    else:
        with pytest.raises(Refused):
            record_pay(stint_of(placement), facts, by=by, at=LATER)
    proof = paid(world, placement)
    if role == "student":
        answer_pay(proof, objection="", revision=proof.revision, by=by, at=LATER)
    else:
        with pytest.raises(Refused):
            answer_pay(proof, objection="", revision=proof.revision, by=by, at=LATER)
    proof.refresh_from_db()
    assert (proof.confirmed_at is not None) == (role == "student")


@pytest.mark.parametrize(
    ("fen", "way", "word"),
    [
        (400_000, "bank", "待学生确认"),
        (290_000, "bank", "低于标准"),
        (390_000, "bank", "未足额"),
        (400_000, "kind", "不是货币"),
        (400_000, "other", "他人代领"),
        (None, "", "缺发"),
    ],
)
def test_a_month_bears_the_gravest_word_of_the_red_lines(world, fen, way, word):
    placement = running(world)
    if fen is not None:
        paid(world, placement, fen=fen, way=way)
    on = date(2027, 2, 15)  # December must have been paid before February
    found = months_of([stint_of(placement)], on=on)[stint_of(placement).pk]
    assert found[DECEMBER].word == word
    assert (found[DECEMBER].proof is None) == (fen is None)


def test_pay_many_by_excel_as_exported(world):
    first, second = running(world, 0), running(world, 2)
    paid(world, first)
    answer_pay(PayProof.objects.get(), objection="", revision=1, by=world.actor(0), at=LATER)
    binding = get("pay")
    scope = {
        "consortium": world.consortium.pk, "unit": world.firms[0].pk, "month": "2026-12",
    }  # fmt: skip
    host = world.recruiters[0]
    assert binding.may(host, scope) and not binding.may(world.recruiters[1], scope)
    desk = binding.load(user=host, scope=scope, at=LATER)
    book = BytesIO()
    assert export(binding.layout, _filled(binding.export_rows(desk), second), book) == 2
    checked = check_file(book.getvalue(), binding.layout, name="工资.xlsx")
    checked.add(binding.check_rows(checked.rows, desk))
    assert checked.clean, checked.problems
    done = binding.commit(checked.good_rows(), by=host, at=LATER, context=desk)
    assert (done.created, done.updated, done.unchanged) == (1, 0, 1)
    assert PayProof.objects.get(placement=first).confirmed_at == LATER, "what was confirmed stays"
    assert PayProof.objects.get(placement=second).amount_fen == 350_000


def _filled(rows, placement):
    for row in rows:
        if row["number"] == placement.number:
            row |= {"amount": 350_000, "way": "bank", "paid_on": date(2027, 1, 9)}
        yield row


def test_a_sheet_with_another_name_or_half_a_row_is_refused_row_by_row(world):
    placement = running(world)
    binding = get("pay")
    scope = {"consortium": world.consortium.pk, "unit": world.firms[0].pk, "month": "2026-12"}
    desk = binding.load(user=world.recruiters[0], scope=scope, at=LATER)
    (row,) = binding.export_rows(desk)
    rows = [
        row | {"name": "别人", "amount": 1, "way": "bank", "paid_on": date(2027, 1, 9)},
        row | {"number": "SX-0", "amount": 1, "way": "bank", "paid_on": date(2027, 1, 9)},
        row | {"amount": 1, "starts_on": row["starts_on"], "paid_on": date(2027, 2, 9)},
    ]
    rows[2]["number"] = placement.number
    book = BytesIO()
    export(binding.layout, rows, book)
    checked = check_file(book.getvalue(), binding.layout, name="工资.xlsx")
    checked.add(binding.check_rows(checked.rows, desk))
    codes = {p.code for p in checked.problems}
    assert codes == {"wrong_name", "unknown_number", "required", "future", "repeated"}


def test_safety_many_by_excel_changes_only_what_is_new(world):
    placement = running(world)
    binding = get("safety")
    scope = {"consortium": world.consortium.pk, "unit": world.firms[0].pk}
    host = world.recruiters[0]
    desk = binding.load(user=host, scope=scope, at=LATER)
    lines = list(binding.export_rows(desk))
    assert [line["kind"] for line in lines] == ["training", "test"]
    lines.append(lines[0] | {"day": date(2027, 1, 5), "minutes": 60})
    book = BytesIO()
    export(binding.layout, lines, book)
    checked = check_file(book.getvalue(), binding.layout, name="安全.xlsx")
    checked.add(binding.check_rows(checked.rows, desk))
    assert checked.clean, checked.problems
    done = binding.commit(checked.good_rows(), by=host, at=LATER, context=desk)
    assert (done.created, done.updated, done.unchanged) == (1, 0, 2)
    added = SafetyRecord.objects.get(placement=placement, day=date(2027, 1, 5))
    assert added.host == world.firms[0]


# The host --------------------------------------------------------------------------------------
def test_a_host_sees_its_own_stints_and_no_cancelled_ones(world):
    placement, gone = running(world), plan(world, 1)
    cancel_placement(gone, reason="参军", by=world.teachers[1], at=AT)
    seen = lambda actor, host: list(  # noqa: E731
        stints_hosted(actor, host, world.consortium, on=STARTS).order_by("pk")
    )
    host = world.firms[0]
    assert seen(world.recruiters[0], host) == [stint_of(placement)]
    for stranger in (world.teachers[0], world.recruiters[1], world.secretary, None):
        assert seen(stranger, host) == []


def test_what_the_gate_wants_of_the_unit_only(world):
    placement = plan(world, day_minutes=600)
    found = wanted_of_host([stint_of(placement)], on=STARTS)[stint_of(placement).pk]
    assert {one.rule for one in found} >= {"hours", "training", "test"}
    assert {one.mender for one in found} == {"实习单位"}
    assert "documents_held" not in {one.rule for one in found}, "the school declares it"
    declare([placement], replace(CLEAN, papers_held=True), by=world.teachers[0], at=AT)
    found = wanted_of_host([stint_of(placement)], on=STARTS)[stint_of(placement).pk]
    assert "documents_held" in {one.rule for one in found}


def test_caps_are_of_those_there_and_those_planned(world):
    running(world)
    plan(world, 1)
    whole, kind = rooms_of(world.firms[0], on=STARTS)
    assert (whole.staff, whole.running, whole.planned) == (100, 1, 1)
    assert whole.cap and (whole.cap.allowed, whole.cap.room) == (10, 8)
    assert kind.cap and (kind.staff, kind.cap.allowed, kind.cap.room) == (50, 10, 8)
    world.firms[1].staff_count = None
    (empty,) = rooms_of(world.firms[1], on=STARTS)
    assert empty.cap is None and empty.running == 0


def test_masters_are_of_the_host_in_office_and_not_overburdened(world):
    first, second = running(world), plan(world, 1)
    host = world.firms[0]
    wang, li = master(world, host, at_most=1), master(world, host, "李师傅")
    stint = stint_of(first)
    by = world.recruiters[0]
    done = assign_masters(stint, wang, li, revision=stint.revision, by=by, at=AT)
    assert (done.master, done.second_master) == (wang, li)
    other = stint_of(second)
    assert [(load.mentor, load.others) for load in loads_for(other)] == [(li, 1), (wang, 1)]
    with pytest.raises(Invalid) as full:
        assign_masters(other, wang, None, revision=other.revision, by=by, at=AT)
    assert "带徒上限" in str(full.value)
    stranger = master(world, world.firms[1], "外厂师傅")
    for wrong, second_one in ((stranger, None), (li, li)):
        with pytest.raises(Invalid):
            assign_masters(other, wrong, second_one, revision=other.revision, by=by, at=AT)
    with pytest.raises(Conflict):
        assign_masters(other, li, None, revision=other.revision + 1, by=by, at=AT)
    for who in (world.recruiters[1], world.teachers[0], world.secretary):
        with pytest.raises(Refused):
            assign_masters(other, li, None, revision=other.revision, by=who, at=AT)
    assert Stint.objects.get(pk=other.pk).master is None


# Incidents -------------------------------------------------------------------------------------
CLOSING = {
    IncidentState.CLOSED: lambda row, by: actions.close_incident(
        row, finding="已查明", is_violation=False, revision=row.revision, by=by, at=LATER
    ),
    IncidentState.OPEN: lambda row, by: actions.reopen_incident(
        row, reason="有新情况", by=by, at=LATER
    ),
}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("target", sorted(CLOSING))
@pytest.mark.parametrize("state", IncidentState.values)
def test_incidents_by_state_target_and_role(world, state, target, role):
    row = reported(world, running(world))
    if state == IncidentState.CLOSED:
        row = CLOSING[IncidentState.CLOSED](row, world.teachers[0])
    before = Entry.objects.count()
    if role == "school" and target in INCIDENT_MOVES[state]:
        CLOSING[target](row, people(world)[role])
        assert Incident.objects.get(pk=row.pk).state == target
        assert Entry.objects.count() == before + 1
    else:
        with pytest.raises(Refused):
            CLOSING[target](row, people(world)[role])
        assert Incident.objects.get(pk=row.pk).state == state
        assert Entry.objects.count() == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("severity", ["minor", "grave"])
def test_who_sees_follows_up_and_reports(world, role, severity):
    placement = running(world)
    row, by = reported(world, placement, severity), people(world)[role]
    sees = incidents_visible_to(by).filter(pk=row.pk).exists()
    assert sees == (
        role in {"school", "host", "student"} or (role, severity) == ("office", "grave")
    )
    if role in {"school", "host"}:
        assert actions.note_incident(row, "已送医", by=by, at=LATER).by == by.user
    else:
        with pytest.raises(Refused):
            actions.note_incident(row, "已送医", by=by, at=LATER)
    facts = actions.IncidentFacts("safety", "minor", LATER, "防护罩缺失")
    if role in {"school", "host", "student"}:
        actions.report_incident(placement, facts, by=by, at=LATER)
    else:
        with pytest.raises(Refused):
            actions.report_incident(placement, facts, by=by, at=LATER)


def test_an_incident_closes_only_with_a_finding_and_what_was_seen(world):
    row = reported(world, running(world))
    with pytest.raises(Invalid):
        actions.close_incident(row, finding=" ", is_violation=False, revision=1, by=world.teachers[0], at=LATER)  # fmt: skip
    with pytest.raises(Conflict):
        actions.close_incident(row, finding="查明", is_violation=False, revision=9, by=world.teachers[0], at=LATER)  # fmt: skip
    with pytest.raises(Invalid):
        late = actions.IncidentFacts("injury", "minor", LATER + timedelta(minutes=1), "未来")
        actions.report_incident(row.placement, late, by=world.teachers[0], at=LATER)


# Complaints ------------------------------------------------------------------------------------
MOVING = {
    ComplaintState.ASKED: lambda row, by: actions.ask_unit(
        row, question="是否安排夜班？", revision=row.revision, by=by, at=LATER
    ),
    ComplaintState.ANSWERED: lambda row, by: actions.answer_question(
        row, answer="已停止", revision=row.revision, by=by, at=LATER
    ),
    ComplaintState.CLOSED: lambda row, by: actions.close_complaint(
        row, outcome="单位已整改", revision=row.revision, by=by, at=LATER
    ),
}


@pytest.mark.parametrize("to_office", [False, True])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("target", sorted(MOVING))
@pytest.mark.parametrize("state", ComplaintState.values)
def test_complaints_by_state_target_role_and_handler(world, state, target, role, to_office):
    row = complained(world, running(world), to_office=to_office)
    Complaint.objects.filter(pk=row.pk).update(state=state, question="问", outcome="结果")
    handler = "office" if to_office else "school"
    may = "host" if target == ComplaintState.ANSWERED else handler
    row.refresh_from_db()
    before = Entry.objects.count()
    if role == may and target in COMPLAINT_MOVES[state]:
        MOVING[target](row, people(world)[role])
        assert Complaint.objects.get(pk=row.pk).state == target
        assert Entry.objects.count() == before + 1
    else:
        with pytest.raises(Refused):
            MOVING[target](row, people(world)[role])
        assert Complaint.objects.get(pk=row.pk).state == state
        assert Entry.objects.count() == before


@pytest.mark.parametrize("to_office", [False, True])
def test_a_complaint_is_seen_by_its_handler_and_the_student_only(world, to_office):
    row = complained(world, running(world), to_office=to_office)
    seen = {r for r, by in people(world).items() if complaints_visible_to(by).filter(pk=row.pk)}
    assert seen == {"student", "office" if to_office else "school"}
    assert not complaints_visible_to(None).exists()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "student"])
def test_nobody_complains_for_a_student(world, role):
    placement = running(world)
    with pytest.raises(Refused):
        actions.complain(
            placement, world.firms[0], kind="pay", text="替她反映", to_office=False,
            by=people(world)[role], at=LATER,
        )  # fmt: skip
    with pytest.raises(Invalid):
        actions.complain(
            placement, world.firms[1], kind="pay", text="别家", to_office=False, by=world.actor(0),
            at=LATER,
        )  # fmt: skip


def test_what_the_host_is_told_says_neither_who_nor_when(world, django_capture_on_commit_callbacks):
    placement = running(world)
    written = LATER - timedelta(days=5)
    with django_capture_on_commit_callbacks(execute=True):
        row = complained(world, placement, at=written)
    assert not [text for text in told(world.recruiters[0]) if "反映" in text], (
        "not before it is asked"
    )
    student = placement.student
    for leak in (student.name, " ".join(student.name), student.student_number):
        with pytest.raises(Invalid):
            actions.ask_unit(row, question=f"{leak} 加班吗？", revision=row.revision, by=world.teachers[0], at=LATER)  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        MOVING[ComplaintState.ASKED](row, world.teachers[0])
    notice = Notice.objects.filter(user=world.recruiters[0].pk).latest("pk")
    assert notice.due_on == date(2027, 1, 23) != row.due_on
    assert notice.link == f"/member/questions/{row.pk}/" and student.name not in notice.text
    question = questions_to(world.recruiters[0], world.consortium).get()
    hidden = {"text", "made_at", "due_on", "placement_id"}
    assert hidden <= question.get_deferred_fields()
    assert not questions_to(world.recruiters[1], world.consortium).exists()
    assert not questions_to(world.teachers[0], world.consortium).exists()


def test_the_handler_hears_of_the_answer_and_is_warned_where_few_are_there(
    world, django_capture_on_commit_callbacks
):
    row = asked(world, running(world))
    assert few_at_host(row, on=LATER.date()) == 1
    with django_capture_on_commit_callbacks(execute=True):
        MOVING[ComplaintState.ANSWERED](row, world.recruiters[0])
    assert "单位已答复" in told(world.teachers[0])[-1]
    for i in (3, 4):
        world.students.append(make_student(world.cohorts[0], i))
        running(world, i)
    assert few_at_host(row, on=LATER.date()) == 0


# Figures ---------------------------------------------------------------------------------------
def test_the_secretariats_figures_are_the_gates_own(world):
    placement = running(world)
    plan(world, 1)
    paid(world, placement, fen=100_000)
    reported(world, placement)
    complained(world, placement, at=LATER - timedelta(days=9))
    on = LATER.date()
    assert [one.by_state for one in by_school(world.consortium)] == [
        {PlacementState.RUNNING: 1}, {PlacementState.PLANNED: 1}
    ]  # fmt: skip
    (host,) = by_host(world.consortium, on=on)
    assert (host.running, host.planned) == (1, 1)
    assert {one.rule: one.placements for one in held_back(world.consortium, on=on)}[
        "agreement"
    ] == 1
    assert {one.rule for one in pay_broken(world.consortium, on=on)} == {
        "wage_month", "pay_full", "pay_missing"  # of November
    }  # fmt: skip
    trouble = troubles(world.consortium, on=on)
    assert trouble.incidents["serious", "open"] == 1 and trouble.incidents["grave", "open"] == 0
    assert (trouble.complaints_open, trouble.complaints_overdue) == (1, 1)


def test_figures_of_a_consortium_without_students(world):
    on = LATER.date()
    assert by_school(world.consortium) == [] and by_host(world.consortium, on=on) == []
    assert held_back(world.consortium, on=on) == [] and pay_broken(world.consortium, on=on) == []


@pytest.mark.parametrize("profile", ["全国", "河南"])
@pytest.mark.parametrize("only", [set(WORDS), {"cap_unit"}, {"insurance", "hours_worked"}, set()])
def test_some_rules_asked_alone_find_what_all_find_of_them(world, profile, only):
    first, second = running(world, 0), running(world, 1)
    paid(world, first, fen=200_000, way="other")
    Stint.objects.filter(placement=second).update(same_post_staff=None, peer_wage_fen=None)
    Unit.objects.filter(pk=world.firms[0].pk).update(staff_count=10)
    Insurance.objects.update(ends_on=ENDS - timedelta(days=9))
    Placement.objects.update(profile=profile)
    rows = list(Placement.objects.select_related("student__cohort", "school").order_by("pk"))
    for some in (rows, rows[1:]):
        every = judge(some, on=LATER.date())
        some_only = judge(some, on=LATER.date(), only=only)
        wanted = {
            pk: [one for one in judged.findings if one.rule in only] for pk, judged in every.items()
        }
        assert {pk: list(one.findings) for pk, one in some_only.items()} == wanted
        assert any(wanted.values()) == bool(only)


def test_months_of_many_cost_the_same_queries(world, django_assert_num_queries):
    make_student(world.cohorts[0], 9)
    made = [running(world, 0), running(world, 1), running(world, 2)]
    rows = Stint.objects.select_related("placement__student__cohort", "placement__school", "host")
    for some in (made[:1], made):
        found = list(rows.filter(placement__in=some).order_by("pk"))
        with django_assert_num_queries(9):
            months_of(found, on=LATER.date())


def test_masters_of_a_prepared_placement_change_nothing_else(world):
    placement = prepare(world, plan(world))
    stint, one = stint_of(placement), master(world, world.firms[0])
    assign_masters(stint, one, None, revision=stint.revision, by=world.recruiters[0], at=AT)
    after = Placement.objects.get(pk=placement.pk)
    assert (after.revision, after.state) == (placement.revision, PlacementState.PLANNED)
