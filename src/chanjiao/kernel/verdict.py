"""A permission is a value: allowed or not, and the reason a person reads on the disabled button."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done. `reason` is Chinese, empty when allowed."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


def refuse(reason: str) -> Verdict:
    """A refusal with the reason shown to the person."""
    return Verdict(False, reason)


def all_of(*verdicts: Verdict) -> Verdict:
    """The first refusal, else allowed."""
    return next((verdict for verdict in verdicts if not verdict), ALLOWED)


class Refused(Exception):
    """An action was asked for that the rules do not allow. Carries the Chinese reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(Refused):
    """Somebody else changed the row first; nothing was written."""


class Invalid(Refused):
    """Values that cannot be accepted, by field. `problems` maps a field to its messages."""

    def __init__(self, problems: dict[str, list[str]]) -> None:
        super().__init__("；".join(m for messages in problems.values() for m in messages))
        self.problems = problems


def require(verdict: Verdict) -> None:
    """Raise `Refused` unless allowed."""
    if not verdict:
        raise Refused(verdict.reason)
