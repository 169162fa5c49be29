"""Reading notices: everybody sees their own."""

from django.db.models import QuerySet

from chanjiao.notices.models import Notice
from chanjiao.people.access import Actor


def visible_to(actor: Actor) -> QuerySet[Notice]:
    """The person's own notices, newest first."""
    return Notice.objects.filter(user=actor.user)


def unread(actor: Actor) -> QuerySet[Notice]:
    return visible_to(actor).filter(read_at__isnull=True)


def unread_count(actor: Actor) -> int:
    """How many notices the person has not read, counted up to 99."""
    return unread(actor).order_by()[:99].count()
