"""Signing in the demonstration: those with an account sign in, the others by their links."""

from __future__ import annotations

from collections.abc import Iterable

from chanjiao.agreements.enums import PartySide
from chanjiao.agreements.models import Agreement, Party
from chanjiao.agreements.queries import current, links_of
from chanjiao.agreements.signing import sign_agreement, sign_by_link
from chanjiao.demo.cast import Cast
from chanjiao.kernel.clock import day_of
from chanjiao.links.models import Link
from chanjiao.people.access import actor_of


def sign_all(
    cast: Cast, agreements: Iterable[Agreement], *, but: frozenset[str] = frozenset()
) -> None:
    """Every party signs, in its order; roles in `but` leave it for a visitor to see waiting."""
    for agreement in agreements:
        version = current(agreement)
        assert version is not None
        parties = agreement.parties.select_related("unit", "student__user").order_by("position")
        links = links_of(parties)
        for party in parties:
            if party.role not in but:
                _sign(cast, party, links, version.digest)


def _sign(cast: Cast, party: Party, links: dict[int, Link], digest: str) -> None:
    at = cast.season.tick(20)
    link = links.get(party.pk)
    if link is not None:
        sign_by_link(link, digest=digest, name=link.holder, at=at)
        return
    if party.side == PartySide.UNIT:
        assert party.unit_id is not None
        by = cast.actor(cast.key_of(party.unit_id))
    else:
        assert party.student is not None and party.student.user is not None
        by = actor_of(party.student.user, day_of(at))
    sign_agreement(party, digest=digest, by=by, at=at)
