"""The three-party agreement and the consent of many placements, drafted and sent in one step.

What a placement and its stints say is taken from there; what is the same for all comes as `Terms`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from chanjiao.agreements.actions import create_agreements
from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.kinds import kind_called
from chanjiao.agreements.models import Agreement
from chanjiao.agreements.sending import send_agreements
from chanjiao.kernel.verdict import Invalid, require
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record
from chanjiao.training import placement_rules as rules
from chanjiao.training.models import Placement, Stint
from chanjiao.training.placement_facts import clock
from chanjiao.training.placement_rows import held_many, saved

THREE_PARTY, CONSENT = "three-party", "consent"
_LIVE = frozenset({AgreementState.DRAFT, AgreementState.SIGNING, AgreementState.IN_FORCE})


@dataclass(frozen=True, slots=True)
class Terms:
    """What all these students' papers have in common."""

    content: str
    rest: str
    payday: int
    lodging: str
    protection: str
    insured_by: str
    insurance: str
    assessment: str
    risks: str
    contact: str
    sign_by: date | None = None


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who signs the consent beside the student; gets a link, needs no account."""

    name: str
    contact: str = ""


def draft_papers(
    placements: Iterable[Placement], terms: Terms, guardians: Mapping[int, Guardian], *, by: Actor,
    at: datetime,
) -> list[Agreement]:  # fmt: skip
    """Draft and send both papers of each placement that has none alive, and tie them to it.

    `guardians` by placement. `Invalid` names the student whose paper cannot go out; then nothing
    went out.
    """
    with transaction.atomic():
        rows = held_many(placements)
        for row in rows:
            require(rules.may_prepare(by, row))
        made: list[Agreement] = []
        for code, field in ((THREE_PARTY, "agreement"), (CONSENT, "consent")):
            made += _of_kind(code, field, rows, terms, guardians, by=by, at=at)
        for row in rows:
            saved(row)
            data = {"agreement": row.agreement_id, "consent": row.consent_id}
            record("training.attach_papers", row, by=by, at=at, data=data)
        send_agreements(made, by=by, at=at)
    return made


def _of_kind(
    code: str, field: str, rows: list[Placement], terms: Terms, guardians: Mapping[int, Guardian],
    *, by: Actor, at: datetime,
) -> list[Agreement]:  # fmt: skip
    wanting = [row for row in rows if not _alive(getattr(row, field))]
    if not wanting:
        return []
    drafts = [
        _three_party(row, terms) if code == THREE_PARTY else _consent(row, terms, guardians)
        for row in wanting
    ]
    first = wanting[0]
    made = create_agreements(
        kind_called(first.consortium, code), drafts, consortium=first.consortium,
        unit=first.school, by=by, at=at,
    )  # fmt: skip
    for row, agreement in zip(wanting, made, strict=True):
        setattr(row, field, agreement)
    return made


def _alive(paper: Agreement | None) -> bool:
    return paper is not None and paper.state in _LIVE


def _stints(row: Placement) -> list[Stint]:
    return list(row.stints.select_related("host", "master").order_by("starts_on"))


def _three_party(row: Placement, terms: Terms) -> AgreementFacts:
    stints = _stints(row)
    hosts = list(dict.fromkeys(one.host for one in stints))
    if len(hosts) > 2:
        told = f"{row.student.name} 有 {len(hosts)} 个实习单位：请先签前两个，其余另签三方协议。"
        raise Invalid({"placements": [told]})
    first = stints[0]
    roles = ("enterprise", "rotation")
    parties = [PartyFacts("school", unit=row.school), PartyFacts(roles[0], unit=hosts[0])]
    parties += [PartyFacts("student", student=row.student)]
    parties += [PartyFacts(roles[1], unit=host) for host in hosts[1:]]
    masters = "、".join(dict.fromkeys(one.master.name for one in stints if one.master))
    values: dict[str, object] = {
        "岗位": "；".join(dict.fromkeys(f"{one.host.called} {one.position}" for one in stints)),
        "实习内容": terms.content, "实习地点": _place(first),
        "工作时间": f"每日 {clock(first.from_minute)}–{clock(first.to_minute)}，实际工作 {_hours(first.day_minutes)} 小时。",
        "休息休假": terms.rest, "月报酬": first.wage_fen, "发放日": terms.payday,
        "食宿安排": terms.lodging, "劳动保护": terms.protection, "投保方": terms.insured_by,
        "责任保险": terms.insurance, "学校指导教师": row.tutor.name if row.tutor else "上岗前指定",
        "企业导师": masters or "上岗前指定", "考核方式": terms.assessment,
    }  # fmt: skip
    return _facts(f"{row.student.name}岗位实习三方协议", row, terms, values, parties)


def _consent(
    row: Placement, terms: Terms, guardians: Mapping[int, Guardian]
) -> AgreementFacts:  # fmt: skip
    guardian = guardians.get(row.pk)
    if guardian is None or not guardian.name.strip():
        raise Invalid({"guardians": [f"请填写 {row.student.name} 的监护人姓名。"]})
    first = _stints(row)[0]
    values: dict[str, object] = {
        "学校": row.school.name, "实习单位": first.host.name, "岗位": first.position,
        "实习地点": _place(first), "月报酬": first.wage_fen, "风险告知": terms.risks,
        "责任保险": terms.insurance, "学校联系人": terms.contact,
    }  # fmt: skip
    parties = [
        PartyFacts("student", student=row.student),
        PartyFacts(
            "guardian", student=row.student, signatory=guardian.name.strip(),
            contact=guardian.contact.strip(),
        ),
    ]  # fmt: skip
    return _facts(f"{row.student.name}实习知情同意书", row, terms, values, parties)


def _facts(
    title: str, row: Placement, terms: Terms, values: dict[str, object], parties: list[PartyFacts]
) -> AgreementFacts:
    """An agreement's period includes its last day; a placement's does not."""
    return AgreementFacts(
        title=title, starts_on=row.starts_on, ends_on=row.ends_on - timedelta(days=1),
        values=values, parties=tuple(parties), student=row.student, sign_by=terms.sign_by,
    )  # fmt: skip


def _place(one: Stint) -> str:
    return one.workplace or one.host.address or one.host.name


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")
