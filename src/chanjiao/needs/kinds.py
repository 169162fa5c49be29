"""The six lists as one table: which model, how it is called and numbered, who may have it."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Field

from chanjiao.needs.models import (
    Cohort,
    CoreProduct,
    Listing,
    Post,
    Station,
    Team,
    TechnologyNeed,
)
from chanjiao.people.enums import SCHOOLS, UnitKind

_MEMBERS = frozenset(UnitKind) - {UnitKind.OFFICE}
_MAKERS = frozenset({UnitKind.ENTERPRISE, UnitKind.INSTITUTE})


@dataclass(frozen=True)
class ListingKind:
    """One list. `content` are the fields a person fills in, in the order of the sheet.

    `slug` stands in addresses and names the Excel layout; `stem` begins the names of its pages
    (post_list, post_detail…); `wants` says demand or offer.
    """

    slug: str
    stem: str
    prefix: str
    label: str
    noun: str
    model: type[Listing]
    content: tuple[str, ...]
    sides: frozenset[UnitKind]
    wants: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that may be given when a row is made: content, quarter, name, remark."""
        return ("quarter", "title", *self.content, "note")

    @cached_property
    def titles(self) -> dict[str, str]:
        """The Chinese name of each field."""
        return {name: str(self.field(name).verbose_name) for name in self.fields}

    def field(self, name: str) -> "Field[object, object]":
        return self.model._meta.get_field(name)  # type: ignore[return-value]

    def open_to(self, unit_kind: str) -> bool:
        """Whether units of this kind have such a list."""
        return unit_kind in self.sides


POSTS = ListingKind(
    "posts", "post", "RC", "人才需求清单", "人才需求", Post,
    (
        "kind", "occupation_code", "major_codes", "headcount", "minimum", "division_code", "place",
        "shift", "wage_fen", "lowest_wage_fen", "peer_wage_fen", "same_post_staff", "hazards",
        "starts_on", "ends_on",
    ),
    _MEMBERS, wants=True,
)  # fmt: skip
TECHNOLOGY = ListingKind(
    "technology", "technology", "JS", "技术需求清单", "技术需求", TechnologyNeed,
    ("industry_code", "problem", "acceptance", "budget_fen", "wanted_by", "confidentiality"),
    _MEMBERS, wants=True,
)  # fmt: skip
PRODUCTS = ListingKind(
    "products", "product", "CP", "核心产品清单", "核心产品", CoreProduct,
    (
        "industry_code", "chain_link", "model", "yearly_output", "yearly_sales_fen",
        "key_technology",
    ),
    _MAKERS, wants=False,
)  # fmt: skip
COHORTS = ListingKind(
    "cohorts", "cohort", "XS", "学生批次清单", "学生批次", Cohort,
    ("major_code", "entry_year", "years", "size", "kind", "available_from", "available_to"),
    SCHOOLS, wants=False,
)  # fmt: skip
TEAMS = ListingKind(
    "teams", "team", "TD", "服务团队清单", "服务团队", Team,
    ("field", "leader", "size", "service"),
    SCHOOLS | _MAKERS, wants=False,
)  # fmt: skip
STATIONS = ListingKind(
    "stations", "station", "GW", "实训工位清单", "实训工位", Station,
    ("workshop", "equipment", "quantity", "occupation_codes", "value_fen"),
    SCHOOLS | _MAKERS, wants=False,
)  # fmt: skip

KINDS = (POSTS, TECHNOLOGY, PRODUCTS, COHORTS, TEAMS, STATIONS)
BY_SLUG = {kind.slug: kind for kind in KINDS}
_BY_MODEL = {kind.model: kind for kind in KINDS}


def kind_of(row: Listing | type[Listing]) -> ListingKind:
    """The list a row, or a model, belongs to."""
    return _BY_MODEL[row if isinstance(row, type) else type(row)]
