"""Reading imports."""

from django.db.models import QuerySet

from chanjiao.people.access import Actor
from chanjiao.sheets.models import Import


def visible_to(actor: Actor | None) -> QuerySet[Import]:
    """What was uploaded for a unit the person acts for, newest first."""
    rows = Import.objects.select_related("file", "by", "unit", "job", "returned")
    return rows.filter(unit__in=actor.units) if actor else rows.none()
