"""Who reads the trail (docs/decisions/0005-roles.md)."""

from typing import Protocol

from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse


class Asker(Protocol):
    """The part of an actor that the trail, below people, needs to know."""

    @property
    def is_auditor(self) -> bool: ...


def may_read_trail(asker: Asker | None) -> Verdict:
    """The audit administrator, and nobody else: the record may hold any package's content."""
    if asker is not None and asker.is_auditor:
        return ALLOWED
    return refuse("留痕全文只有审计管理员可以查阅。")
