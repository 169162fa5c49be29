"""The kinds of records that exist so far: of the council, listings, rounds, agreements."""

from datetime import date
from typing import Any

from django.db.models import QuerySet

from chanjiao.agreements.models import Agreement
from chanjiao.agreements.queries import agreements_visible_to, current, in_force_on
from chanjiao.council.enums import HELD, DeliveryState, MotionState, Presence
from chanjiao.council.ledger import deliveries_visible_to
from chanjiao.council.models import Delivery, Meeting, Regulation
from chanjiao.council.queries import meetings_visible_to, regulations_visible_to
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


def _held_meetings(actor: Actor | None, on: date) -> QuerySet[Meeting]:
    return meetings_visible_to(actor).filter(state__in=HELD, closed_at__isnull=False)


def _meeting_content(row: Meeting) -> Content:
    """What was held and decided; that the minutes are signed later changes nothing of it."""
    there = row.attendances.filter(votes=True)
    motions = row.motions.filter(state=MotionState.DECIDED).order_by("place", "pk")
    return {
        "编号": row.number,
        "名称": row.title,
        "机构": row.body.name,
        "形式": row.get_form_display(),
        "时间": plain(row.starts_at.isoformat()),
        "地点": row.place,
        "主持人": row.chair,
        "应到": there.count(),
        "实到": there.filter(presence__in=[Presence.PRESENT, Presence.PROXY]).count(),
        "议案": [f"{motion.title}：{motion.sentence}" for motion in motions],
    }


def _regulations(actor: Actor | None, on: date) -> QuerySet[Regulation]:
    return regulations_visible_to(actor).filter(adopted_on__lte=on)


def _regulation_content(row: Regulation) -> Content:
    return {
        "名称": row.title,
        "种类": row.get_kind_display(),
        "生效日期": plain(row.adopted_on),
        "废止日期": plain(row.ended_on),
        "决议": row.resolution.number if row.resolution else "",
        "文件": row.file.digest if row.file else "",
    }


def _deliveries(actor: Actor | None, on: date) -> QuerySet[Delivery]:
    return deliveries_visible_to(actor).filter(state=DeliveryState.CONFIRMED)


def _delivery_content(row: Delivery) -> Content:
    """The quantity in the commitment's own unit; money and equipment in 分."""
    promise = row.commitment
    return {
        "承诺": f"{promise.number} {promise.title}",
        "单位": promise.unit.name,
        "种类": promise.get_kind_display(),
        "数量": f"{row.quantity.normalize():f} {'分' if promise.in_fen else promise.measure}",
        "兑现日期": plain(row.delivered_on),
        "说明": row.note,
        "文件": row.file.digest if row.file else "",
    }


def _of_council() -> tuple[RecordKind, ...]:
    return (
        RecordKind(
            "meeting", "会议", Meeting, _held_meetings, _meeting_content,
            lambda row, audience: f"/{audience}/council/meetings/{row.pk}/", ("number", "title"),
            consortium="body__consortium",
        ),
        RecordKind(
            "regulation", "制度", Regulation, _regulations, _regulation_content,
            lambda row, audience: f"/{audience}/council/regulations/", ("title",),
        ),
        RecordKind(
            "delivery", "承诺兑现", Delivery, _deliveries, _delivery_content,
            lambda row, audience: f"/{audience}/council/commitments/", ("commitment__title", "note"),
            consortium="commitment__consortium", unit="commitment__unit",
        ),
    )  # fmt: skip


def _agreements(actor: Actor | None, on: date) -> QuerySet[Agreement]:
    """Signed by all and not about one student: a person's agreement proves nothing to others."""
    return in_force_on(agreements_visible_to(actor), on).filter(student__isnull=True)


def _agreement_content(row: Agreement) -> Content:
    """What was signed: its newest version. An addendum is a record of its own."""
    version = current(row)
    said = version.facts if version else {}
    return {
        "编号": row.number,
        "名称": said.get("title", row.title),
        "种类": row.kind.name,
        "起草单位": row.unit.name,
        "期限": f"{said.get('starts_on', '')} 至 {said.get('ends_on', '') or '无固定期限'}",
        "签署完成": plain(row.in_force_at and row.in_force_at.isoformat()),
        "签署方": [f"{one['label']}：{one['called']}" for one in said.get("parties", [])],
        "版次": version.number if version else 0,
        "内容摘要": version.digest if version else "",
    }


def all_kinds() -> tuple[RecordKind, ...]:
    rounds = RecordKind(
        "round", "匹配轮次", Round, _published_rounds, _round_content,
        lambda row, audience: f"/{audience}/rounds/{row.pk}/", ("code", "title"),
    )  # fmt: skip
    agreements = RecordKind(
        "agreement", "协议", Agreement, _agreements, _agreement_content,
        lambda row, audience: f"/{audience}/agreements/{row.pk}/", ("number", "title"),
    )  # fmt: skip
    return (*_of_council(), rounds, agreements, *(_listing_kind(kind) for kind in KINDS))
