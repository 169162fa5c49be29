"""Public ids of students: without the installation's key nobody can tell who is who."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

SHORTEST, LONGEST = 10, 16


class PseudonymsCollide(Exception):
    """Two students have the same 80 bits: never seen, and nothing is published if it happens."""


def pseudonyms(secret: str, round_code: str, students: Iterable[int]) -> dict[int, str]:
    """A public id for each student's primary key: 10 base32 characters, more if two were equal.

    HMAC-SHA256 of the key under a secret of the round's own, so that ids of two rounds cannot be
    joined. The same students always get the same ids.
    """
    key = hmac.new(secret.encode(), f"chanjiao-round:{round_code}".encode(), hashlib.sha256)
    full = {pk: _digest(key.digest(), pk) for pk in students}
    for length in range(SHORTEST, LONGEST + 1):
        found = {pk: text[:length] for pk, text in full.items()}
        if len(set(found.values())) == len(found):
            return found
    raise PseudonymsCollide(round_code)


def _digest(key: bytes, pk: int) -> str:
    return base64.b32encode(hmac.new(key, str(pk).encode(), hashlib.sha256).digest()).decode()
