"""The names a template may use: declared once, checked, documented and filled from here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

NameKind = Literal["text", "rows", "chart"]


@dataclass(frozen=True, slots=True)
class Name:
    """One name. `rows` are walked with a loop and have fields; a `chart` stands alone in a tag."""

    key: str
    meaning: str
    kind: NameKind = "text"
    fields: "tuple[Name, ...]" = ()

    def field(self, key: str) -> "Name | None":
        return next((one for one in self.fields if one.key == key), None)


def rows(key: str, meaning: str, *fields: Name) -> Name:
    """A name with one entry for each row."""
    return Name(key, meaning, "rows", fields)


def walk(names: Sequence[Name], depth: int = 0) -> Iterator[tuple[int, Name]]:
    """Every name and field with its depth, in order."""
    for name in names:
        yield depth, name
        yield from walk(name.fields, depth + 1)


def narrowed(names: Sequence[Name], context: Mapping[str, Any]) -> dict[str, Any]:
    """Of a context only what these names name, fields of rows likewise."""
    return {
        name.key: [narrowed(name.fields, row) for row in context[name.key]]
        if name.kind == "rows"
        else context[name.key]
        for name in names
    }
