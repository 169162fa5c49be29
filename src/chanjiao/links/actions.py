"""Giving out, replacing and ending secret addresses. Who may is the caller's rule."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Model

from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.trail.actions import record

LASTS = timedelta(days=30)


def issue_link(
    subject: Model, *, purpose: str, unit: Unit, holder: str, by: Actor | None, at: datetime,
    contact: str = "", lasts: timedelta = LASTS,
) -> Link:  # fmt: skip
    """A link for one person; an earlier one of the same person for the same thing dies with it."""
    with transaction.atomic():
        label = subject._meta.label_lower
        same = Link.objects.select_for_update().filter(
            purpose=purpose, subject=label, subject_id=subject.pk, holder=holder,
            revoked_at__isnull=True,
        )  # fmt: skip
        same.update(revoked_at=at)
        link = Link.objects.create(
            purpose=purpose, subject=label, subject_id=subject.pk, unit=unit, holder=holder,
            contact=contact.strip(), nonce=secrets.token_hex(16), issued_by=by.user if by else None,
            issued_at=at, expires_at=at + lasts,
        )  # fmt: skip
        data = {"purpose": purpose, "subject": label, "id": subject.pk, "holder": holder}
        record("link.issue", link, by=by, at=at, data=data)
    return link


def revoke_links(
    subject: Model, *, purpose: str, by: Actor | None, at: datetime, reason: str = ""
) -> int:
    """Every living link to a row dies; how many did."""
    with transaction.atomic():
        rows = Link.objects.select_for_update().filter(
            purpose=purpose, subject=subject._meta.label_lower, subject_id=subject.pk,
            revoked_at__isnull=True,
        )  # fmt: skip
        alive = list(rows.order_by("pk"))
        for link in alive:
            link.revoked_at = at
            link.save(update_fields=["revoked_at"])
            record("link.revoke", link, by=by, at=at, reason=reason)
    return len(alive)


def spend_link(link: Link, *, at: datetime) -> None:
    """What the link was for is done; part of the action that did it, which has its own row."""
    Link.objects.filter(pk=link.pk, spent_at__isnull=True).update(spent_at=at)
    record("link.spend", link, by=None, at=at)
