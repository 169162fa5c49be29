"""Names behind codes. `book()` once per request, then everything is a dictionary look-up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q, QuerySet

from chanjiao.reference.enums import Table
from chanjiao.reference.models import Code, Edition, MajorOccupation
from chanjiao.reference.reading import LINKS

_UNKNOWN = "未收录"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the tables say of one code. `retired_in` is empty while the code is in force."""

    name: str
    parent: str
    level: str
    retired_in: str


@dataclass(frozen=True)
class Book:
    """Every table in memory (a full installation has some 10,000 codes)."""

    tables: Mapping[str, Mapping[str, Entry]]
    links: frozenset[tuple[str, str]]

    def entry(self, table: Table, code: str) -> Entry | None:
        return self.tables.get(table, {}).get(code)

    def has(self, table: Table, code: str) -> bool:
        """Whether the code is in the table and in force."""
        entry = self.entry(table, code)
        return entry is not None and not entry.retired_in

    def name(self, table: Table, code: str) -> str:
        """The name, or the code itself marked as not held."""
        entry = self.entry(table, code)
        return entry.name if entry else f"{code}（{_UNKNOWN}）" if code else ""

    def label(self, table: Table, code: str) -> str:
        """数控技术(460103)."""
        entry = self.entry(table, code)
        return f"{entry.name}（{code}）" if entry else self.name(table, code)

    def path(self, table: Table, code: str) -> list[str]:
        """The names from the top of the table down to the code."""
        names: list[str] = []
        entry = self.entry(table, code)
        while entry and len(names) < 8:
            names.insert(0, entry.name)
            entry = self.entry(table, entry.parent)
        return names

    def leaves(self, table: Table) -> list[str]:
        """Codes in force that nothing is below of, in order."""
        entries = self.tables.get(table, {})
        parents = {entry.parent for entry in entries.values()}
        return sorted(c for c, e in entries.items() if c not in parents and not e.retired_in)

    @cached_property
    def _links_by_major(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for major, occupation in sorted(self.links):
            found[major].append(occupation)
        return {major: tuple(occupations) for major, occupations in found.items()}

    def prepares(self, major: str, occupation: str) -> bool:
        """Whether the tables link the major with the occupation or with its 小类."""
        wider = occupation[:7] + "-00"
        return (major, occupation) in self.links or (major, wider) in self.links


_last: tuple[tuple[tuple[str, str], ...], Book] | None = None


def book() -> Book:
    """The tables as they are now: one small query; read again only after a new edition."""
    global _last
    stamp = tuple(Edition.objects.order_by("pk").values_list("table", "digest"))
    if _last is None or _last[0] != stamp:
        _last = (stamp, _read(stamp))
    return _last[1]


def _read(stamp: tuple[tuple[str, str], ...]) -> Book:
    if not stamp:
        return Book({}, frozenset())
    tables: dict[str, dict[str, Entry]] = {table: {} for table in Table.values}
    fields = ("table", "code", "name", "parent", "level", "retired_in")
    for table, code, *rest in Code.objects.order_by("table", "code").values_list(*fields):
        tables[table][code] = Entry(*rest)
    links = MajorOccupation.objects.order_by("pk").values_list("major_code", "occupation_code")
    return Book(tables, frozenset(links) if any(t == LINKS for t, _ in stamp) else frozenset())


def name_of(table: Table, code: str) -> str:
    """One code's name; pages with many codes take `book()`."""
    return book().name(table, code)


def codes(table: Table, *, prefix: str = "", parent: str | None = None) -> QuerySet[Code]:
    """Codes in force, those that begin with `prefix`, those directly below `parent`."""
    found = Code.objects.filter(table=table, retired_in="", code__startswith=prefix)
    if parent is not None:
        found = found.filter(parent=parent)
    return found.order_by("code")


def search(table: Table, text: str, *, limit: int = 20) -> list[Code]:
    """Codes in force whose name holds the text, or that begin with it; shorter names first."""
    text = text.strip()
    if not text:
        return []
    found = Code.objects.filter(Q(name__icontains=text) | Q(code__istartswith=text))
    rows = found.filter(table=table, retired_in="").order_by("code")[: limit * 5]
    return sorted(rows, key=lambda c: (c.code != text.upper(), len(c.name), c.code))[:limit]


def nearest(table: Table, text: str, known: Book, *, limit: int = 3) -> list[str]:
    """Labels of codes that resemble a wrong one: same name, or the longest common beginning."""
    entries = known.tables.get(table, {})
    in_force = ((code, entry) for code, entry in entries.items() if not entry.retired_in)
    named = [code for code, entry in in_force if text and text in entry.name]
    if not named:
        named = _by_beginning(known.leaves(table), text)
    return [known.label(table, code) for code in sorted(named)[:limit]]


def _by_beginning(entries: Iterable[str], text: str) -> list[str]:
    for length in range(len(text) - 1, 2, -1):
        found = [
            code for code in entries if code.startswith(text[:length]) and len(code) >= len(text)
        ]
        if found:
            return found
    return []
