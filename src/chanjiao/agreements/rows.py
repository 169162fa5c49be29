"""An agreement's row held for writing, and what its kind says of its parties."""

from chanjiao.agreements.checks import PartyFacts
from chanjiao.agreements.kinds import Role, facts_of
from chanjiao.agreements.models import Agreement
from chanjiao.agreements.queries import parties_of

CHANGED = "这份协议刚刚已被他人修改，请核对最新内容。"


def locked(agreement: Agreement) -> Agreement:
    """The row as it is now, locked to the end of the transaction."""
    rows = Agreement.objects.select_for_update(of=("self",)).select_related(
        "consortium", "kind__template", "unit", "student", "supplements__kind"
    )
    return rows.get(pk=agreement.pk)


def roles_for(agreement: Agreement) -> tuple[Role, ...]:
    """The kind's roles; of an addendum those of what it supplements."""
    kind = agreement.supplements.kind if agreement.supplements else agreement.kind
    return facts_of(kind).roles


def party_facts(agreement: Agreement) -> tuple[PartyFacts, ...]:
    """Who the parties are, to be used for another agreement."""
    return tuple(
        PartyFacts(party.role, party.unit, party.student, party.signatory, party.contact)
        for party in parties_of(agreement)
    )
