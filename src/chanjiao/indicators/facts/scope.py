"""For whom and for when facts are read, and how persons and units are named in them."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit

Row = tuple[Any, ...]
OFFICE = "OFFICE"
PERSON_BYTES = 10  # 80 bits: 16 letters, and no two of 10⁷ persons alike


@dataclass(frozen=True)
class Scope:
    """Facts of a consortium, as they stood when the last day before `until` was over.

    `key` makes the pseudonyms of persons; it never leaves the process.
    """

    consortium: Consortium
    since: date
    until: date
    key: bytes

    @cached_property
    def end(self) -> datetime:
        """The first moment that no longer belongs to the period."""
        return datetime.combine(self.until, time(), ZONE)

    def person(self, pk: int) -> str:
        """A person's name in these facts: without the key nobody can tell who it is."""
        return self.name("student", pk)

    def mentor(self, pk: int) -> str:
        """A mentor's name in these facts."""
        return self.name("mentor", pk)

    def name(self, kind: str, pk: int) -> str:
        """The pseudonym of a row of a kind."""
        return pseudonym(self.key, f"{kind}:{pk}".encode())

    @cached_property
    def codes(self) -> dict[int, str]:
        """The credit code of every unit that was a member by the end, by primary key.

        Rows of other units are no facts of the consortium: who joins later brings them later.
        """
        rows = Unit.objects.filter(
            memberships__consortium=self.consortium, memberships__joined_on__lt=self.until
        )
        return {pk: code or f"U{pk}" for pk, code in rows.values_list("pk", "credit_code")}

    def unit(self, pk: int) -> str:
        """A member's credit code; the secretariat, which has none, is OFFICE."""
        return OFFICE if pk == self.consortium.secretariat_id else self.codes.get(pk) or f"U{pk}"

    def day(self, moment: datetime | None) -> date | None:
        """The day of a moment within the facts; None for one after them."""
        return day_of(moment) if moment is not None and moment < self.end else None

    def until_end(self, day: date | None) -> date | None:
        """A day within the facts; None for a later one."""
        return day if day is not None and day < self.until else None


def key_for(secret: str, *names: object) -> bytes:
    """A key for the pseudonyms of one set of facts; other names give other pseudonyms."""
    text = "chanjiao-facts:" + ":".join(str(name) for name in names)
    return hmac.digest(secret.encode(), text.encode(), hashlib.sha256)


def pseudonym(key: bytes, name: bytes) -> str:
    """A name under a key: the same for the same, and nothing to be told from it without the key."""
    return base64.b32encode(hmac.digest(key, name, "sha256")[:PERSON_BYTES]).decode()
