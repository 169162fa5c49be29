"""Telling people things, after the action that caused it has been committed."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from chanjiao.notices.models import Notice
from chanjiao.people.models import User


def tell(
    users: Iterable[User], text: str, *, at: datetime, link: str = "", due_on: date | None = None
) -> None:
    """One notice for each user, written when the surrounding transaction commits."""
    rows = [Notice(user=u, at=at, text=text[:300], link=link, due_on=due_on) for u in users]
    if rows:
        transaction.on_commit(lambda: Notice.objects.bulk_create(rows) and None)


def mark_read(notices: Iterable[Notice], *, at: datetime) -> None:
    """A person's own reading; no decision, so no trail row."""
    Notice.objects.filter(pk__in=[n.pk for n in notices], read_at__isnull=True).update(read_at=at)
