"""The consortium and its memberships."""

from collections.abc import Iterator
from datetime import timedelta

from chanjiao.indicators.facts.scope import Row, Scope
from chanjiao.members.models import Membership
from chanjiao.members.queries import side_of
from chanjiao.people.access import in_force_on
from chanjiao.people.models import Appointment


def consortium_rows(scope: Scope) -> Iterator[Row]:
    """One row. Name, park and industries are today's: their past is not kept."""
    one = scope.consortium
    last_day = scope.until - timedelta(days=1)
    staff = Appointment.objects.filter(in_force_on(last_day), unit=one.secretariat_id)
    yield (
        one.code, one.name, one.park, one.division_code, "、".join(one.industries),
        len(one.industries), one.founded_on, staff.values("user").distinct().count(),
    )  # fmt: skip


def member_rows(scope: Scope) -> Iterator[Row]:
    """Every membership that had begun; one that ended later is still open here.

    Role, staff and industries are today's: their past is not kept.
    """
    rows = Membership.objects.filter(consortium=scope.consortium, joined_on__lt=scope.until)
    found = rows.order_by("pk").values_list(
        "unit", "unit__name", "unit__kind", "role", "unit__division_code", "industries",
        "unit__staff_count", "joined_on", "left_on",
    )  # fmt: skip
    for unit, name, kind, role, division, industries, staff, joined, left in found:
        if left == joined:
            continue  # entered and taken back on the same day: never a member
        yield (
            scope.unit(unit), name, side_of(kind), kind, role, division, "、".join(industries),
            staff, joined, scope.until_end(left),
        )  # fmt: skip
