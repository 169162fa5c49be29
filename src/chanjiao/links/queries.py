"""Opening a link by its address."""

from datetime import datetime

from django.core.signing import BadSignature, Signer

from chanjiao.kernel.verdict import Refused
from chanjiao.links.models import Link

_signer = Signer(salt="chanjiao.link")


class LinkGone(Refused):
    """The address opens nothing any more, or never did; the reason says what to do."""


def token_of(link: Link) -> str:
    """The secret part of the address, as often as its issuer asks for it."""
    return _signer.sign_object([link.pk, link.nonce])


def open_link(token: str, purpose: str, *, at: datetime) -> Link:
    """The living link of this address; `LinkGone` when forged, replaced, revoked or expired.

    A spent link is returned: its page says what was done with it.
    """
    try:
        pk, nonce = _signer.unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        raise LinkGone(
            "这个链接不完整或不正确，请从收到的消息里重新打开，或向发出的人再要一次。"
        ) from None
    link = Link.objects.select_related("unit").filter(pk=pk, purpose=purpose).first()
    if link is None or link.nonce != nonce or link.revoked_at is not None:
        raise LinkGone("这个链接已经作废，请向发出的人要一个新的。")
    if link.expires_at <= at:
        raise LinkGone(f"这个链接已于 {link.expires_at:%Y-%m-%d} 到期，请向发出的人要一个新的。")
    return link


def living_links(purpose: str, subject: str, ids: list[int]) -> dict[int, Link]:
    """The living link of each of these rows, by row number; one query."""
    rows = Link.objects.filter(
        purpose=purpose, subject=subject, subject_id__in=ids, revoked_at__isnull=True
    )
    return {link.subject_id: link for link in rows.order_by("pk")}
