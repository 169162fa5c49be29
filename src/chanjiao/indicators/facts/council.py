"""Bodies, regulations, meetings held, resolutions, and what members promised and delivered.

A delivery counts once the secretariat has confirmed it. Whether a meeting had its quorum is judged
by the rule the meeting was called under.
"""

from collections.abc import Iterator

from django.db.models import Count, Q

from chanjiao.council.enums import HELD, BodyKind, DeliveryState, MeetingForm, Presence
from chanjiao.council.models import (
    Attendance,
    Body,
    Commitment,
    Delivery,
    Meeting,
    Regulation,
    Resolution,
    Seat,
)
from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.kernel.clock import day_of
from chanjiao.members.models import Membership

_THERE = [Presence.PRESENT, Presence.PROXY]


def regulation_rows(scope: Scope) -> Iterator[Row]:
    """Every regulation adopted by then."""
    rows = Regulation.objects.filter(consortium=scope.consortium, adopted_on__lt=scope.until)
    for pk, kind, title, adopted, ended in rows.order_by("pk").values_list(
        "pk", "kind", "title", "adopted_on", "ended_on"
    ):
        yield f"R{pk}", kind, title, adopted, scope.until_end(ended)


def body_rows(scope: Scope) -> Iterator[Row]:
    """Bodies that stood at the end, with the seats held; of an assembly, the members."""
    held = Q(starts_on__lt=scope.until) & (Q(ends_on__isnull=True) | Q(ends_on__gte=scope.until))
    seats = dict(
        Seat.objects.filter(held, body__consortium=scope.consortium)
        .order_by("body")
        .values_list("body")
        .annotate(n=Count("pk"))
    )
    present = Q(joined_on__lt=scope.until) & (Q(left_on__isnull=True) | Q(left_on__gte=scope.until))
    members = Membership.objects.filter(present, consortium=scope.consortium).count()
    rows = Body.objects.filter(
        Q(dissolved_on__isnull=True) | Q(dissolved_on__gte=scope.until),
        consortium=scope.consortium, established_on__lt=scope.until,
    )  # fmt: skip
    for pk, kind, name in rows.order_by("pk").values_list("pk", "kind", "name"):
        yield f"B{pk}", kind, name, members if kind == BodyKind.ASSEMBLY else seats.get(pk, 0)


def meeting_rows(scope: Scope) -> Iterator[Row]:
    """Meetings that were held, on the day they began."""
    attended = _attendance(scope)
    rows = Meeting.objects.filter(
        body__consortium=scope.consortium, state__in=HELD, starts_at__lt=scope.end
    )
    for pk, body, title, form, starts, over, under in rows.order_by("pk").values_list(
        "pk", "body", "title", "form", "starts_at", "rule__quorum_numerator",
        "rule__quorum_denominator",
    ):  # fmt: skip
        entitled, present, proxies = attended.get(pk, (0, 0, 0))
        quorate = bool(entitled) and present * under >= entitled * over
        yield (
            f"M{pk}", f"B{body}", title, day_of(starts), form == MeetingForm.WRITTEN, entitled,
            present, proxies, quorate,
        )  # fmt: skip


def _attendance(scope: Scope) -> dict[int, tuple[int, int, int]]:
    """Of those entitled to vote: how many there are, were there, and were there by proxy."""
    rows = Attendance.objects.filter(meeting__body__consortium=scope.consortium, votes=True)
    found = (
        rows.order_by("meeting")
        .values_list("meeting")
        .annotate(
            entitled=Count("pk"),
            present=Count("pk", filter=Q(presence__in=_THERE)),
            proxies=Count("pk", filter=Q(presence=Presence.PROXY)),
        )
    )
    return {meeting: (entitled, present, proxies) for meeting, entitled, present, proxies in found}


def resolution_rows(scope: Scope) -> Iterator[Row]:
    """What was put to the vote at meetings held."""
    rows = Resolution.objects.filter(
        motion__meeting__body__consortium=scope.consortium, motion__meeting__state__in=HELD,
        motion__meeting__starts_at__lt=scope.end,
    )  # fmt: skip
    for pk, meeting, title, passed, ayes, noes, abstained, due, done in rows.order_by(
        "pk"
    ).values_list(
        "pk", "motion__meeting", "title", "passed", "motion__votes_for", "motion__votes_against",
        "motion__votes_abstained", "due_on", "carried_out_on",
    ):  # fmt: skip
        yield (
            f"J{pk}", f"M{meeting}", title, passed, ayes or 0, noes or 0, abstained or 0, due,
            scope.until_end(done),
        )  # fmt: skip


def commitment_rows(scope: Scope) -> Iterator[Row]:
    """Promises made by then."""
    rows = Commitment.objects.filter(consortium=scope.consortium, promised_on__lt=scope.until)
    for number, unit, kind, promised, on, due in rows.order_by("pk").values_list(
        "number", "unit", "kind", "promised", "promised_on", "due_on"
    ):
        if unit in scope.codes:
            yield number, scope.unit(unit), kind, promised, on, due


def delivery_rows(scope: Scope) -> Iterator[Row]:
    """Deliveries made by then and confirmed."""
    rows = Delivery.objects.filter(
        commitment__consortium=scope.consortium, commitment__promised_on__lt=scope.until,
        delivered_on__lt=scope.until, state=DeliveryState.CONFIRMED,
    )  # fmt: skip
    for pk, number, unit, kind, quantity, on in rows.order_by("pk").values_list(
        "pk", "commitment__number", "commitment__unit", "commitment__kind", "quantity",
        "delivered_on",
    ):  # fmt: skip
        if unit in scope.codes:
            yield f"D{pk}", number, scope.unit(unit), kind, quantity, on
