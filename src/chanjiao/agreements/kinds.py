"""Kinds of agreement as values: those the project ships, and those a consortium made its own."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from chanjiao.agreements.enums import FieldType, PartySide, SigningOrder
from chanjiao.agreements.models import Kind
from chanjiao.files.models import StoredFile
from chanjiao.kernel.verdict import Refused
from chanjiao.members.models import Consortium

ADDENDUM = "addendum"
NEW_END = "新的终止日期"  # the addendum's field that moves the end of what it supplements


@dataclass(frozen=True, slots=True)
class Role:
    """One who signs. The text calls it by `name` (甲方); `label` says who that is (学校)."""

    code: str
    name: str
    label: str
    side: str
    required: bool = True

    @property
    def title(self) -> str:
        """As lists and signature pages call it: 甲方（学校）."""
        return self.name if self.name == self.label else f"{self.name}（{self.label}）"


@dataclass(frozen=True, slots=True)
class Field:
    """One value to be filled in; the text calls it by `name`."""

    name: str
    type: str = FieldType.TEXT
    required: bool = True
    choices: tuple[str, ...] = ()
    help: str = ""


@dataclass(frozen=True, slots=True)
class KindFacts:
    """A kind as forms, rules and texts need it. `version` 0 is the shipped one before its first use."""

    code: str
    name: str
    order: str
    roles: tuple[Role, ...]
    fields: tuple[Field, ...]
    body: str
    source: str = ""
    version: int = 0
    template: StoredFile | None = None

    @property
    def about_student(self) -> bool:
        return any(role.side in {PartySide.STUDENT, PartySide.GUARDIAN} for role in self.roles)

    @property
    def is_addendum(self) -> bool:
        return self.code == ADDENDUM

    def plain(self) -> dict[str, Any]:
        """The columns of a `Kind`."""
        return {
            "code": self.code, "name": self.name, "order": self.order, "body": self.body,
            "source": self.source, "roles": [asdict(role) for role in self.roles],
            "fields": [asdict(one) | {"choices": list(one.choices)} for one in self.fields],
        }  # fmt: skip


class NoSuchKind(Refused):
    """The consortium has no kind of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"没有代号为“{code}”的协议种类，或已停用。请另选一种。")


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, KindFacts]:
    """The kinds of `data/kinds.toml`, in its order, by code."""
    text = (files("chanjiao.agreements") / "data" / "kinds.toml").read_text(encoding="utf-8")
    made = [_read(raw) for raw in tomllib.loads(text)["kind"]]
    return {kind.code: kind for kind in made}


def _read(raw: Mapping[str, Any]) -> KindFacts:
    return KindFacts(
        code=raw["code"], name=raw["name"], order=SigningOrder(raw["order"]).value,
        roles=roles_of(raw["roles"]), fields=fields_of(raw["fields"]),
        body=raw["body"].strip(), source=raw["source"],
    )  # fmt: skip


def roles_of(raw: list[dict[str, Any]]) -> tuple[Role, ...]:
    return tuple(Role(**one) for one in raw)


def fields_of(raw: list[dict[str, Any]]) -> tuple[Field, ...]:
    return tuple(Field(**{**one, "choices": tuple(one.get("choices", ()))}) for one in raw)


def facts_of(row: Kind) -> KindFacts:
    """A kept kind as values."""
    return KindFacts(
        code=row.code, name=row.name, order=row.order, roles=roles_of(row.roles),
        fields=fields_of(row.fields), body=row.body, source=row.source, version=row.version,
        template=row.template,
    )  # fmt: skip


def is_shipped(kind: KindFacts) -> bool:
    """Whether the kind says what the project ships, so that pages call it a model text."""
    original = shipped().get(kind.code)
    return original is not None and kind.template is None and original.plain() == kind.plain()


def offered(consortium: Consortium) -> list[KindFacts]:
    """What may be drafted: the newest version of each kind, shipped ones where there is none."""
    newest: dict[str, Kind] = {}
    rows = Kind.objects.filter(consortium=consortium).select_related("template")
    for row in rows.order_by("code", "version"):
        newest[row.code] = row
    found = [
        facts_of(newest.pop(code)) if code in newest else kind
        for code, kind in shipped().items()
        if code not in newest or newest[code].retired_on is None
    ]
    own = [facts_of(row) for code, row in newest.items() if code not in shipped()]
    live = [kind for kind in own if newest[kind.code].retired_on is None]
    return [*found, *live]


def kind_called(consortium: Consortium, code: str) -> KindFacts:
    """The kind in use under a code; `NoSuchKind` when there is none."""
    found = next((kind for kind in offered(consortium) if kind.code == code), None)
    if found is None:
        raise NoSuchKind(code)
    return found
