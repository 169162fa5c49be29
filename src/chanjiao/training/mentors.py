"""Mentors' load, hours and what expires; `check_load` is asked wherever a learner gets a mentor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from chanjiao.agreements.enums import AgreementState
from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse
from chanjiao.people.access import Actor
from chanjiao.training.enums import ALIVE, STANDING, MentorKind
from chanjiao.training.models import Entry, Mentor, MentorWork, Placement, Stint, TeacherStay
from chanjiao.training.queries import mentors_visible_to

SOON = timedelta(days=60)
Period = tuple[date, date]
Span = tuple[int, date, date]  # a placement (or a number of one's own), from, to


# Load ------------------------------------------------------------------------------------------
def check_load(
    mentor: Mentor,
    period: Period,
    *,
    apart_from: Placement | None = None,
    besides: Sequence[Span] = (),
) -> Verdict:
    """Whether one more learner fits the mentor on every day of a half-open period.

    `apart_from`: the placement that is being changed, which does not count against itself.
    `besides`: learners who are to come with this one, such as those of the same sheet. Call it with the mentor's row locked (`lock_mentor`) and save behind it, so that two do not both fit.
    """
    day, learners = max(_loads(mentor, period, apart_from, besides), key=lambda found: found[1])
    if learners < mentor.at_most:
        return ALLOWED
    return refuse(
        f"{mentor.name}{day} 已指导 {learners} 名学生，达到上限 {mentor.at_most} 人；"
        "请另选导师，或由其单位调整带徒上限。"
    )


def check_mentor(
    mentor: Mentor,
    period: Period,
    *,
    apart_from: Placement | None = None,
    besides: Sequence[Span] = (),
) -> Verdict:
    """`check_load`, and whether the mentor is appointed all the while."""
    starts, ends = period
    if mentor.starts_on > starts or (mentor.ends_on is not None and mentor.ends_on < ends):
        until = mentor.ends_on or "今"
        return refuse(f"{mentor.name}的聘任自 {mentor.starts_on} 至 {until}，不能覆盖整个期间。")
    return check_load(mentor, period, apart_from=apart_from, besides=besides)


def lock_mentor(mentor: Mentor) -> Mentor:
    """The mentor's row, held to the end of the transaction."""
    return Mentor.objects.select_for_update(of=("self",)).select_related("unit").get(pk=mentor.pk)


def _loads(
    mentor: Mentor, period: Period, apart_from: Placement | None, besides: Sequence[Span]
) -> Iterator[tuple[date, int]]:
    """(day, learners) on the first day and wherever the load can rise."""
    starts, ends = period
    spans = [
        (pk, max(since, starts), until)
        for pk, since, until in (*_spans(mentor), *besides)
        if since < ends and starts < until and (apart_from is None or pk != apart_from.pk)
    ]
    for day in sorted({starts, *(since for _, since, _ in spans)}):
        yield day, len({pk for pk, since, until in spans if since <= day < until})


def _spans(mentor: Mentor) -> list[Span]:
    """(placement, from, to) of everybody the mentor guides or is to guide."""
    if mentor.kind == MentorKind.SCHOOL:
        rows = Placement.objects.filter(tutor=mentor, state__in=ALIVE).order_by("pk")
        return list(rows.values_list("pk", "starts_on", "ends_on"))
    led = Q(master=mentor) | Q(second_master=mentor)
    stints = Stint.objects.filter(led, placement__state__in=ALIVE).order_by("pk")
    return list(stints.values_list("placement", "starts_on", "ends_on"))


# The register with its figures -------------------------------------------------------------------
def with_load(rows: QuerySet[Mentor], *, on: date) -> QuerySet[Mentor]:
    """Each mentor with `learners` on a day, and the minutes of `work_minutes` and `led_minutes`
    in the calendar year of that day."""
    year = Q(day__year=on.year)
    work = MentorWork.objects.filter(year, mentor=OuterRef("pk"))
    led = Entry.objects.filter(year, decided_by=OuterRef("pk"), state__in=STANDING)
    return rows.annotate(
        learners=_count(_stints_on(on)) + _count(_tutored_on(on)),
        work_minutes=_total(work, "minutes"),
        led_minutes=_total(led, "confirmed_minutes"),
    )


def _stints_on(on: date) -> QuerySet[Stint]:
    led = Q(master=OuterRef("pk")) | Q(second_master=OuterRef("pk"))
    return Stint.objects.filter(led, placement__state__in=ALIVE, starts_on__lte=on, ends_on__gt=on)


def _tutored_on(on: date) -> QuerySet[Placement]:
    return Placement.objects.filter(
        tutor=OuterRef("pk"), state__in=ALIVE, starts_on__lte=on, ends_on__gt=on
    )


def _count(rows: QuerySet[Stint] | QuerySet[Placement]) -> Coalesce:
    counted = rows.order_by().annotate(one=Value(1)).values("one").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


def _total(rows: QuerySet[MentorWork] | QuerySet[Entry], field: str) -> Coalesce:
    summed = rows.order_by().annotate(one=Value(1)).values("one").annotate(total=Sum(field))
    return Coalesce(Subquery(summed.values("total"), output_field=IntegerField()), 0)


def register_visible_to(actor: Actor | None) -> QuerySet[Mentor]:
    """The register with what its list shows."""
    return mentors_visible_to(actor).select_related("unit", "agreement")


def work_visible_to(actor: Actor | None) -> QuerySet[MentorWork]:
    """Hours of the mentors one sees, and those taught at one's own school."""
    rows = MentorWork.objects.select_related("mentor__unit", "school")
    if actor is None:
        return rows.none()
    seen = mentors_visible_to(actor).values("pk")
    return rows.filter(Q(mentor__in=seen) | Q(school__in=actor.units))


def stays_visible_to(actor: Actor | None) -> QuerySet[TeacherStay]:
    """Stays of one's own teachers, those at one's own unit, all for the office."""
    rows = TeacherStay.objects.select_related("mentor__unit", "host", "proof")
    if actor is None:
        return rows.none()
    office = Q(mentor__consortium__secretariat__in=actor.units)
    return rows.filter(Q(mentor__unit__in=actor.units) | Q(host__in=actor.units) | office)


def dual_on(day: date) -> Q:
    """Mentors certified as 双师型 on a day; the certificate holds through its last day."""
    return ~Q(dual_level="") & (Q(dual_until__isnull=True) | Q(dual_until__gte=day))


# What expires ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Alert:
    """Something of a mentor that is over, or soon will be."""

    mentor: Mentor
    text: str
    is_over: bool


def alerts(rows: QuerySet[Mentor], *, on: date) -> list[Alert]:
    """Appointments, agreements and 双师型 certificates that expire within sixty days or have just
    expired; mentors with learners but without an agreement in force."""
    ahead, behind = on + SOON, on - SOON
    recent = Q(ends_on__range=(behind, ahead)) | Q(dual_until__range=(behind, ahead))
    agreed = Q(agreement__ends_on__range=(behind, ahead))
    guiding = Q(kind=MentorKind.ENTERPRISE, learners__gt=0)
    unbound = guiding & (Q(agreement__isnull=True) | ~Q(agreement__state=AgreementState.IN_FORCE))
    found = with_load(rows.select_related("unit", "agreement"), on=on).filter(
        recent | agreed | unbound
    )
    made = [
        alert for row in found.order_by("unit__name", "name", "pk") for alert in _alerts(row, on)
    ]
    return sorted(made, key=lambda alert: not alert.is_over)


def _alerts(row: Mentor, on: date) -> Iterator[Alert]:
    ends = [("聘任", row.ends_on, 0), ("双师型认定", row.dual_until, 1)]
    agreement = row.agreement
    if agreement is not None and agreement.state == AgreementState.IN_FORCE:
        ends.append(("聘任协议", agreement.ends_on, 0))
    for what, day, last in ends:
        if day is not None and on - SOON <= day <= on + SOON:
            over = day + timedelta(days=last) <= on
            yield Alert(row, f"{what}{'已于' if over else '将于'} {day} 到期", over)
    bound = agreement is not None and agreement.state == AgreementState.IN_FORCE
    if row.kind == MentorKind.ENTERPRISE and row.learners and not bound:  # type: ignore[attr-defined]
        yield Alert(row, "正在带徒，没有生效的聘任协议", True)
