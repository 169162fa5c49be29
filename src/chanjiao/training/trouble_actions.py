"""Writing what went wrong: incidents, which close only with a finding, and complaints."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record
from chanjiao.training import safeguard_rules as rules
from chanjiao.training.enums import ComplaintState, IncidentState, Severity
from chanjiao.training.models import Complaint, Incident, IncidentNote, Placement
from chanjiao.training.placement_rows import held

# The clock of a report, by severity; a setting of the platform, not a figure of the law.
REPORT_WITHIN = {
    Severity.MINOR: timedelta(hours=24),
    Severity.SERIOUS: timedelta(hours=2),
    Severity.GRAVE: timedelta(hours=1),
}
ANSWER_WITHIN = timedelta(days=7)
HOST_ANSWERS_WITHIN = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    kind: str
    severity: str
    happened_at: datetime
    what: str


def report_incident(
    placement: Placement, facts: IncidentFacts, *, by: Actor, at: datetime
) -> Incident:
    """Told to school, host and, unless it is minor, the secretariat at once."""
    with transaction.atomic():
        row_of = held(placement)
        require(rules.may_report(by, row_of))
        if facts.happened_at > at:
            raise Invalid({"happened_at": ["发生时间不能晚于现在。"]})
        row = Incident(
            placement=row_of, kind=facts.kind, severity=facts.severity,
            happened_at=facts.happened_at, what=facts.what.strip(), reported_by=by.user,
            reported_at=at, report_due_at=facts.happened_at + REPORT_WITHIN[Severity(facts.severity)],
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        record("training.report_incident", row, by=by, at=at, data={"severity": row.severity})
        _tell_of_incident(row, at)
    return row


def _tell_of_incident(row: Incident, at: datetime) -> None:
    on, placement = day_of(at), row.placement
    text = f"实习事件（{row.get_severity_display()}）：{row.get_kind_display()}，请及时处理。"
    tell(people_of(placement.school, on), text, at=at, link=f"/member/incidents/{row.pk}/")
    for host in Unit.objects.filter(stints__placement=placement).distinct().order_by("pk"):
        tell(people_of(host, on), text, at=at, link=f"/member/incidents/{row.pk}/")
    if row.severity != Severity.MINOR:
        office = placement.consortium.secretariat
        tell(people_of(office, on), text, at=at, link=f"/desk/incidents/{row.pk}/")


def note_incident(incident: Incident, text: str, *, by: Actor, at: datetime) -> IncidentNote:
    """One more step of what was done."""
    with transaction.atomic():
        row = _incident(incident)
        require(rules.may_follow_up(by, row))
        note = IncidentNote(incident=row, at=at, by=by.user, text=text.strip())
        check_row(note)
        note.save(force_insert=True)
        record("training.note_incident", row, by=by, at=at, reason=note.text)
    return note


def close_incident(
    incident: Incident, *, finding: str, is_violation: bool, revision: int, by: Actor, at: datetime
) -> Incident:
    """With its finding, and whether it was a serious violation or an accident by fault."""
    with transaction.atomic():
        row = _incident(incident)
        require(rules.may_close_incident(by, row))
        if row.revision != revision:
            raise Conflict("这件事刚刚有新的处理情况，请核对后再结案。")
        if not finding.strip():
            raise Invalid({"finding": ["结案须写明结论。"]})
        row.state, row.finding, row.is_violation = (
            IncidentState.CLOSED,
            finding.strip(),
            is_violation,
        )
        row.closed_at = at
        _saved(row)
        data = {"violation": is_violation}
        record("training.close_incident", row, by=by, at=at, reason=row.finding, data=data)
    return row


def reopen_incident(incident: Incident, *, reason: str, by: Actor, at: datetime) -> Incident:
    with transaction.atomic():
        row = _incident(incident)
        require(rules.may_reopen_incident(by, row))
        if not reason.strip():
            raise Invalid({"reason": ["请写明重新打开的原因。"]})
        row.state, row.closed_at = IncidentState.OPEN, None
        _saved(row)
        record("training.reopen_incident", row, by=by, at=at, reason=reason)
    return row


# Complaints ------------------------------------------------------------------------------------
def complain(
    placement: Placement, host: Unit, *, kind: str, text: str, to_office: bool, by: Actor,
    at: datetime,
) -> Complaint:  # fmt: skip
    """A student's complaint, to the school or straight to the secretariat. The host is not told."""
    with transaction.atomic():
        row_of = held(placement)
        require(rules.may_complain(by, row_of))
        if not row_of.stints.filter(host=host).exists():
            raise Invalid({"host": ["请选择自己的实习单位。"]})
        row = Complaint(
            placement=row_of, host=host, kind=kind, text=text.strip(), to_office=to_office,
            made_at=at, due_on=day_of(at + ANSWER_WITHIN),
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        record("training.complain", row, by=by, at=at, data={"kind": kind, "office": to_office})
        _tell_handler(row, f"学生反映：{row.get_kind_display()}，请于 {row.due_on} 前答复。", at)
    return row


def _tell_handler(row: Complaint, text: str, at: datetime) -> None:
    placement = row.placement
    handler = placement.consortium.secretariat if row.to_office else placement.school
    link = f"/{'desk' if row.to_office else 'member'}/complaints/{row.pk}/"
    tell(people_of(handler, day_of(at)), text, at=at, link=link, due_on=row.due_on)


def ask_unit(
    complaint: Complaint, *, question: str, revision: int, by: Actor, at: datetime
) -> Complaint:
    """The question as the host will read it, worded so that it does not give the student away."""
    with transaction.atomic():
        row = _complaint(complaint)
        require(rules.may_handle(by, row, ComplaintState.ASKED))
        _need(row, revision)
        student = row.placement.student
        if not question.strip():
            raise Invalid({"question": ["请写明要核实的问题。"]})
        plain = "".join(question.split())
        if student.name in plain or student.student_number in plain:
            raise Invalid({"question": ["问题里出现了学生的姓名或学号，单位会看到，请改写。"]})
        row.question, row.state, row.answer = question.strip(), ComplaintState.ASKED, ""
        row.answer_due_on = day_of(at + HOST_ANSWERS_WITHIN)
        _saved_complaint(row)
        record("training.ask_unit", row, by=by, at=at, reason=row.question)
        text = f"请核实并答复一件实习反映：{row.get_kind_display()}。"
        tell(people_of(row.host, day_of(at)), text, at=at, link=f"/member/questions/{row.pk}/", due_on=row.answer_due_on)  # fmt: skip
    return row


def answer_question(
    complaint: Complaint, *, answer: str, revision: int, by: Actor, at: datetime
) -> Complaint:
    """The host's answer; it still does not know whose complaint it was."""
    with transaction.atomic():
        row = _complaint(complaint)
        require(rules.may_answer(by, row))
        _need(row, revision)
        if not answer.strip():
            raise Invalid({"answer": ["请写明答复。"]})
        row.answer, row.state = answer.strip(), ComplaintState.ANSWERED
        _saved_complaint(row)
        record("training.answer_question", row, by=by, at=at, reason=row.answer)
        _tell_handler(row, f"单位已答复：{row.get_kind_display()}，请核对后办结。", at)
    return row


def close_complaint(
    complaint: Complaint, *, outcome: str, revision: int, by: Actor, at: datetime
) -> Complaint:
    """The outcome, which the student reads."""
    with transaction.atomic():
        row = _complaint(complaint)
        require(rules.may_handle(by, row, ComplaintState.CLOSED))
        _need(row, revision)
        if not outcome.strip():
            raise Invalid({"outcome": ["办结须写明处理结果，学生会看到。"]})
        row.outcome, row.state, row.closed_at = outcome.strip(), ComplaintState.CLOSED, at
        _saved_complaint(row)
        record("training.close_complaint", row, by=by, at=at, reason=row.outcome)
        user = row.placement.student.user
        if user is not None:
            tell([user], "您反映的问题已有处理结果。", at=at, link="/student/complaints/")
    return row


# Rows ------------------------------------------------------------------------------------------
def _incident(incident: Incident) -> Incident:
    rows = Incident.objects.select_for_update(of=("self",))
    return rows.select_related("placement__consortium", "placement__school").get(pk=incident.pk)


def _saved(row: Incident) -> None:
    row.revision += 1
    check_row(row)
    row.save()


def _complaint(complaint: Complaint) -> Complaint:
    rows = Complaint.objects.select_for_update(of=("self",))
    return rows.select_related(
        "placement__consortium__secretariat",
        "placement__school",
        "placement__student__user",
        "host",
    ).get(pk=complaint.pk)


def _saved_complaint(row: Complaint) -> None:
    row.revision += 1
    check_row(row)
    row.save()


def _need(row: Complaint, revision: int) -> None:
    if row.revision != revision:
        raise Conflict("这件事刚刚已被他人办理，请核对最新内容。")
