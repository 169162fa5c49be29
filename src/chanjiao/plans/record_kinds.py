"""The kinds of records that exist so far: listings of members and published rounds."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Match, Round, RoundPost
from chanjiao.matching.queries import visible_to as rounds_visible_to
from chanjiao.needs.enums import ON_SHOW
from chanjiao.needs.kinds import KINDS, ListingKind
from chanjiao.needs.models import Listing
from chanjiao.needs.queries import visible_to as listings_visible_to
from chanjiao.people.access import Actor
from chanjiao.plans.records import Content, RecordKind, plain


def _listing_kind(kind: ListingKind) -> RecordKind:
    def visible(actor: Actor | None, on: date) -> QuerySet[Any]:
        return listings_visible_to(kind.model, actor, on=on).filter(state__in=ON_SHOW)

    def content(row: Listing) -> Content:
        said = {kind.titles[name]: plain(getattr(row, name)) for name in kind.fields}
        return {"编号": row.number, "单位": row.unit.name, **said}

    def link(row: Listing, audience: str) -> str:
        return f"/{audience}/lists/{kind.slug}/{row.pk}/"

    return RecordKind(
        kind.slug, kind.noun, kind.model, visible, content, link, ("number", "title"), unit="unit"
    )


def _published_rounds(actor: Actor | None, on: date) -> QuerySet[Round]:
    return rounds_visible_to(actor).filter(state=RoundState.PUBLISHED)


def _round_content(row: Round) -> Content:
    matches = Match.objects.filter(run__round=row, run__state=RunState.ACCEPTED)
    return {
        "编号": row.code,
        "名称": row.title,
        "类型": row.get_kind_display(),
        "状态": row.get_state_display(),
        "公布时间": plain(row.published_at and row.published_at.isoformat()),
        "岗位": RoundPost.objects.filter(round=row).count(),
        "录取": matches.filter(round_post__isnull=False).count(),
        "抽签种子": row.seed,
    }


def all_kinds() -> tuple[RecordKind, ...]:
    rounds = RecordKind(
        "round", "匹配轮次", Round, _published_rounds, _round_content,
        lambda row, audience: f"/{audience}/rounds/{row.pk}/", ("code", "title"),
    )  # fmt: skip
    return (rounds, *(_listing_kind(kind) for kind in KINDS))
