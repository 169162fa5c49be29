"""How a package offers a list as a sheet: one Binding each, registered in AppConfig.ready()."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chanjiao.kernel.verdict import Verdict
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.foreign import Arrangement
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.problems import Fault


@dataclass(frozen=True, slots=True)
class Committed:
    """What an import did, in rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


class May(Protocol):
    """Whether the user may import and export this list in the scope (a consortium, a round…)."""

    def __call__(self, user: Any, scope: Any) -> Verdict: ...


class Load(Protocol):
    """Read once what checks, commit and export need: codes of units, rows that exist…"""

    def __call__(self, *, user: Any, scope: Any, at: datetime) -> Any: ...


class Fit(Protocol):
    """The layout for a context: drop-downs of this consortium's units and the like."""

    def __call__(self, layout: Layout, context: Any) -> Layout: ...


class CheckRows(Protocol):
    """Checks against the database, over all rows at once; each Fault carries its row's number."""

    def __call__(self, rows: Sequence[CheckedRow], context: Any) -> Iterable[Fault]: ...


class Commit(Protocol):
    """Write the rows in one transaction, through the package's own actions."""

    def __call__(
        self, rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any
    ) -> Committed: ...


class ExportRows(Protocol):
    """The rows as values by column key, in the order of the list."""

    def __call__(self, context: Any) -> Iterable[Mapping[str, object]]: ...


class Arrange(Protocol):
    """The customer's own layout this import is in, as a context knows it; None for ours."""

    def __call__(self, context: Any) -> Arrangement | None: ...


class NoteAbsent(Protocol):
    """Told the keys of columns the file does not have: an update leaves those values alone."""

    def __call__(self, context: Any, keys: frozenset[str]) -> None: ...


class Told(Protocol):
    """What the check wants said above its report: sentences, after `check_rows`."""

    def __call__(self, context: Any) -> Iterable[str]: ...


def _ours(context: Any) -> Arrangement | None:
    return None


def _no_matter(context: Any, keys: frozenset[str]) -> None:
    """Every column left out is read as empty."""


def _nothing_to_say(context: Any) -> Iterable[str]:
    return ()


def _as_declared(layout: Layout, context: Any) -> Layout:
    return layout


def _nothing_to_check(rows: Sequence[CheckedRow], context: Any) -> Iterable[Fault]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A layout with what the package does with it."""

    layout: Layout
    may: May
    load: Load
    commit: Commit
    export_rows: ExportRows
    check_rows: CheckRows = _nothing_to_check
    fit: Fit = _as_declared
    arrange: Arrange = _ours
    note_absent: NoteAbsent = _no_matter
    told: Told = _nothing_to_say


class UnknownSheet(LookupError):
    """No package has registered this layout."""


class SheetTaken(ValueError):
    """Two packages registered layouts with the same key."""


_BINDINGS: dict[str, Binding] = {}


def register(binding: Binding) -> None:
    """Make a list known by its layout's key; raises SheetTaken if another list has the key."""
    known = _BINDINGS.setdefault(binding.layout.key, binding)
    if known is not binding:
        raise SheetTaken(binding.layout.key)


def get(key: str) -> Binding:
    """The binding of a layout's key, or UnknownSheet."""
    try:
        return _BINDINGS[key]
    except KeyError:
        raise UnknownSheet(key) from None


def every() -> tuple[Binding, ...]:
    """All bindings by key."""
    return tuple(_BINDINGS[key] for key in sorted(_BINDINGS))
