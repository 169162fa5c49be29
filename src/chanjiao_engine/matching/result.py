"""What solving gives: the match, and the certificate from which everything about it can be shown."""

import hashlib
import json
from dataclasses import dataclass, field, replace

from ._jit import I32, I64, raw_bytes

ENGINE_VERSION = "matching-1"
CERTIFICATE_FORMAT = 1
CLOSED = -1  # in `Certificate.cause`: the post did not open
BARRED_BASE = -2  # in `Certificate.cause`: BARRED_BASE - bar, the pair is ineligible


class ParamsError(ValueError):
    """A parameter has a value the engine does not know."""


@dataclass(frozen=True)
class Params:
    """How to solve. `closing_rule`: which post closes first when lower quotas are not met.

    `largest_shortfall`: of the posts with fewer admitted than their minimum, the one that lacks
    most; then the one with fewest admitted; then the smallest id. One at a time, then all anew.
    """

    closing_rule: str = "largest_shortfall"

    def __post_init__(self) -> None:
        if self.closing_rule != "largest_shortfall":
            raise ParamsError(f"unknown closing rule {self.closing_rule!r}")


@dataclass(frozen=True)
class Closing:
    """A post that did not open: how many it would have had when it was its turn to close."""

    post: int
    admitted: int
    minimum: int


@dataclass(frozen=True)
class Statistics:
    """Figures of a match. `rank_counts[r]`: students who got their (r+1)-th choice."""

    students: int
    choices: int
    eligible: int
    matched: int
    rank_sum: int
    rank_counts: tuple[int, ...]

    @property
    def first_choice(self) -> int:
        """Students with their first choice."""
        return self.rank_counts[0] if self.rank_counts else 0


@dataclass(frozen=True, eq=False)
class Certificate:
    """Why nobody can have a better place, in figures anyone can check without solving.

    Per quota node [k]: `filled` int64; `last_student` int32 (-1: nobody), `last_score` int64 and
    `last_lottery` int32 of the lowest contract held.
    `cause` int32, students by index and each one's choices by rank, only those preferred to the
    outcome: the smallest full node on the contract's way, or `CLOSED`, or `BARRED_BASE - bar`.
    `cause_ptr` int64 [n+1]. `seal`: SHA-256 over all of the above and the match.
    """

    digest: str
    seed: int
    filled: I64
    last_student: I32
    last_score: I64
    last_lottery: I32
    cause_ptr: I64
    cause: I32
    closings: tuple[Closing, ...]
    params: Params = field(default_factory=Params)
    engine: str = ENGINE_VERSION
    format: int = CERTIFICATE_FORMAT
    lottery_rule: str = "sha256-v1"
    seal: str = ""


@dataclass(frozen=True, eq=False)
class Result:
    """A match. `match` int32 [n]: post or -1. `rank` int32 [n]: 1-based place in the own list or 0."""

    match: I32
    rank: I32
    certificate: Certificate
    statistics: Statistics


def seal_of(match: I32, certificate: Certificate) -> str:
    """SHA-256 in hex over the match and every field of the certificate but the seal itself."""
    c = certificate
    head = {
        "format": c.format, "engine": c.engine, "digest": c.digest, "seed": c.seed,
        "lottery": c.lottery_rule, "params": c.params.closing_rule,
        "closings": [[x.post, x.admitted, x.minimum] for x in c.closings],
    }  # fmt: skip
    state = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    for values in (
        match, c.filled, c.last_student, c.last_score, c.last_lottery, c.cause_ptr, c.cause,
    ):  # fmt: skip
        payload = raw_bytes(values, "<i8")
        state.update(f"\n{len(payload)}\n".encode())
        state.update(payload)
    return state.hexdigest()


def sealed(match: I32, certificate: Certificate) -> Certificate:
    """The certificate with its seal set."""
    return replace(certificate, seal=seal_of(match, certificate))
