"""What desk, member and student pages of agreements share: rows, lists, steps, the detail page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.safestring import SafeString

from chanjiao.agreements import queries, rules
from chanjiao.agreements.enums import AgreementState, SignatureState
from chanjiao.agreements.kinds import KindFacts, facts_of, is_shipped, offered
from chanjiao.agreements.models import Agreement, Party, Signature, Version
from chanjiao.agreements.people import accounts_of, holder_of
from chanjiao.agreements.text import read_paragraphs
from chanjiao.documents.pdf import converter
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Verdict
from chanjiao.links.models import Link
from chanjiao.links.queries import token_of
from chanjiao.people.access import Actor
from chanjiao.trail.queries import about
from chanjiao.trail.words import word
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.filters import ChoiceFilter, Params
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import BulkAction, ListAction, ListPage
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.qr import drawn

TONES = {
    "draft": "idle", "signing": "wait", "objected": "bad", "in_force": "good", "ended": "idle",
    "abandoned": "idle", "waiting": "wait", "signed": "good", "refused": "bad", "void": "idle",
}  # fmt: skip
MODEL_TEXT = "示范文本，使用前请法务核对"


def here(request: PageRequest) -> Actor:
    """The person as the unit they stand for on this page, and no other."""
    roles = request.actor.roles
    return Actor(request.actor.user, {pk: r for pk, r in roles.items() if pk == request.unit.pk})


def rows_of(request: PageRequest) -> QuerySet[Agreement]:
    rows = queries.agreements_visible_to(here(request))
    return rows.filter(consortium=request.consortium)


def row_of(request: PageRequest, pk: int) -> Agreement:
    return get_object_or_404(rows_of(request).select_related("supplements", "renews"), pk=pk)


def address(request: PageRequest, name: str, *args: Any) -> str:
    return reverse(f"{request.audience}:agreement_{name}", args=args)


def crumbs(request: PageRequest, *rows: Agreement) -> list[tuple[str, str]]:
    return [
        ("我的协议" if request.audience == "student" else "协议", address(request, "list")),
        *((str(row), address(request, "detail", row.pk)) for row in rows),
    ]


# Lists -------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFilter(ChoiceFilter):
    """What is to be done about an agreement today."""

    on: date

    def narrow(self, rows: QuerySet[Any], params: Params, asker: Any) -> QuerySet[Any]:
        value = params.get(self.key, "")
        if not value:
            return rows
        if value == "mine":
            mine = queries.waiting_for(asker).order_by().values("version__agreement")
            return rows.filter(pk__in=mine)
        if value == "overdue":
            return queries.overdue(rows, on=self.on)
        if value == "expiring":
            return queries.expiring(rows, on=self.on)
        if value == "over":
            return rows.filter(state=AgreementState.IN_FORCE, ends_on__lt=self.on)
        return rows.none()


_STANDINGS = (
    ("mine", "待我方签署"), ("overdue", "逾期未签"), ("expiring", "60 天内到期"), ("over", "已过终止日期"),
)  # fmt: skip


def _with(row: Any) -> str:
    return "、".join(_short(party) for party in row.listed)


def _short(party: Party) -> str:
    return party.unit.called if party.unit else party.called


def _blockers(row: Any) -> str:
    return "、".join(f"{p.label} {_short(p)}" for p in queries.blockers(row))


def list_page(request: PageRequest) -> ListPage:
    """The list says who is waited for, and since when."""
    kinds = [(kind.code, kind.name) for kind in offered(request.consortium)]
    audience = request.audience
    return ListPage(
        key=f"{audience}.agreements",
        title="协议",
        columns=(
            ListColumn("title", "名称", sort="title"),
            ListColumn("number", "编号", kind="code", sort="number"),
            ListColumn("kind", "种类", "kind.name", sort="kind__name"),
            ListColumn("parties", "签署方", _with),
            ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
            ListColumn("blocking", "在等谁签", _blockers),
            ListColumn("since", "等待自", queries.blocked_since, kind="date"),
            ListColumn("sign_by", "签署期限", kind="date", sort="sign_by"),
            ListColumn("ends_on", "终止日期", kind="date", sort="ends_on"),
        ),
        search=("title", "number", "student__name"),
        filters=(
            StandingFilter(key="standing", title="待办", choices=_STANDINGS, on=day_of(request.at)),
            ChoiceFilter(key="state", title="状态", choices=AgreementState.choices),
            ChoiceFilter(key="kind", title="种类", field="kind__code", choices=kinds),
        ),
        actions=_list_actions(audience, school=request.unit.is_school),
        bulk=(
            BulkAction("送签所选草稿", f"{audience}:agreement_send_many"),
            BulkAction("签署所选", f"{audience}:agreement_sign_many"),
            BulkAction("催签所选", f"{audience}:agreement_remind_many", "向未签署的各方发送提醒？"),
        ),
        link=f"{audience}:agreement_detail",
        empty="还没有协议。请点“起草协议”，选一种示范文本填写。",
    )  # fmt: skip


def _list_actions(audience: str, *, school: bool) -> tuple[ListAction, ...]:
    if audience == "desk":
        return (ListAction("协议种类", "desk:agreement_kind_list"),)
    return (ListAction("批量起草", f"{audience}:agreement_batch"),) if school else ()


# One agreement -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature on the page: where it stands, since when, the link for who has no account."""

    row: Signature
    at_turn: bool
    has_account: bool
    link: Link | None
    address: str
    may_link: Verdict

    @property
    def code(self) -> SafeString:
        """The address as a picture to be scanned."""
        return drawn(self.address)

    @property
    def tone(self) -> str:
        return TONES[self.row.state]

    @property
    def who(self) -> str:
        return holder_of(self.row.party) or "该单位办理人员"


def signature_lines(
    request: PageRequest, agreement: Agreement, version: Version | None
) -> list[SignatureLine]:
    """Every signature of a version; links only for those who may give them out."""
    signatures = queries.signatures_on(version)
    turn = {row.pk for row in queries.blocking(agreement)}
    links = queries.links_of([row.party for row in signatures])
    lines = []
    for row in signatures:
        known = bool(accounts_of(row.party, day_of(request.at)))
        may = rules.may_issue_link(here(request), row, has_account=known)
        link = links.get(row.party_id) if may else None
        shown = link if link and link.spent_at is None and link.expires_at > request.at else None
        url = ""
        if shown is not None:
            url = request.build_absolute_uri(reverse("portal:sign", args=[token_of(shown)]))
        lines.append(SignatureLine(row, row.pk in turn, known, shown, url, may))
    return lines


def own_signature(request: PageRequest, version: Version | None) -> Signature | None:
    """The signature this person can stand for on a version."""
    actor = here(request)
    found = [row for row in queries.signatures_on(version) if rules.is_party(actor, row.party)]
    return found[0] if found else None


def steps(request: PageRequest, agreement: Agreement, version: Version | None) -> list[Button]:
    """What may be done now, each with its reason where not; what can never be is left out."""
    actor, one = here(request), agreement
    own = actor.acts_for(one.unit_id)
    found: list[Button] = []

    def lead(label: str, name: str, verdict: Verdict, tone: str = "outline-primary") -> None:
        url = address(request, name, one.pk)
        found.append(Button(label, url, verdict, tone=tone, leads=True))

    mine = own_signature(request, version)
    if mine is not None and mine.state == SignatureState.WAITING:
        lead("阅读并签署", "sign", rules.may_sign(actor, mine), "primary")
    if not own:
        return found
    if one.state == AgreementState.DRAFT:
        lead("修改", "edit", rules.may_change(actor, one))
        lead("送签", "send", rules.may_send(actor, one), "primary")
    if one.state in {AgreementState.SIGNING, AgreementState.OBJECTED}:
        lead("撤回修改", "back", rules.may_take_back(actor, one))
    if one.state == AgreementState.IN_FORCE:
        lead("签补充协议", "supplement", rules.may_supplement(actor, one))
        lead("提前终止", "end", rules.may_end(actor, one))
    if one.state in {AgreementState.IN_FORCE, AgreementState.ENDED} and one.ends_on:
        lead("续签", "renew", rules.may_renew(actor, one))
    if one.state in {AgreementState.DRAFT, AgreementState.SIGNING, AgreementState.OBJECTED}:
        lead("作废", "abandon", rules.may_abandon(actor, one), "outline-danger")
    return found


def detail(request: PageRequest, agreement: Agreement) -> dict[str, Any]:
    """The page of one agreement."""
    version = queries.current(agreement)
    actor = here(request)
    kind = facts_of(agreement.kind)
    lines = signature_lines(request, agreement, version)
    own = actor.acts_for(agreement.unit_id)
    return {
        "title": agreement.title,
        "crumbs": crumbs(request),
        "agreement": agreement,
        "version": version,
        "versions": list(agreement.versions.select_related("made_by").order_by("-number")),
        "paragraphs": read_paragraphs(version.text) if version else [],
        "lines": lines,
        "waiting": [line for line in lines if line.at_turn],
        "buttons": steps(request, agreement, version),
        "may_remind": rules.may_remind(actor, agreement),
        "paper": [line for line in lines if rules.may_file_paper(actor, line.row)],
        "addenda": list(queries.addenda_of(agreement)),
        "renewal": Agreement.objects.filter(renews=agreement).first(),
        "own": own,
        "pdf": bool(converter()),
        "parties": queries.parties_of(agreement),
        "model_text": MODEL_TEXT if is_shipped(kind) and own else "",
        "state_tone": TONES[agreement.state],
        "over": _is_over(agreement, day_of(request.at)),
        "history": history(agreement),
    }  # fmt: skip


def _is_over(agreement: Agreement, on: date) -> bool:
    past = agreement.ends_on is not None and agreement.ends_on < on
    return past and agreement.state == AgreementState.IN_FORCE


def history(agreement: Agreement) -> list[tuple[Any, str, str, str]]:
    """When, who, what and why; a link's holder is named, since the trail has no account for them."""
    found = []
    for entry in about(agreement)[:50]:
        who = entry.actor_name
        if entry.actor_id is None and entry.data.get("signer"):
            who = f"{entry.data['signer']}（凭链接）"
        found.append((entry.at, who, word(entry.action), entry.reason))
    return found


def kinds_for(request: PageRequest) -> list[KindFacts]:
    """What this unit may draft: agreements about students are the school's."""
    school = request.unit.is_school
    return [
        kind
        for kind in offered(request.consortium)
        if not kind.is_addendum and (school or not kind.about_student)
    ]
