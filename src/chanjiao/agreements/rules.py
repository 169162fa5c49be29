"""Who may do what with an agreement, and why not: the reason is shown on the disabled button."""

from chanjiao.agreements.enums import (
    AGREEMENT_MOVES,
    AgreementState,
    PartySide,
    SignatureState,
)
from chanjiao.agreements.kinds import ADDENDUM
from chanjiao.agreements.models import Agreement, Party, Signature
from chanjiao.agreements.queries import at_turn
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit

_LABELS = {state.value: str(state.label) for state in AgreementState}
_SIGNED = {
    SignatureState.SIGNED: "已经签署，不用再签。", SignatureState.REFUSED: "已经拒签，请等待发起方修改。",
    SignatureState.VOID: "这一版已撤回修改，请等待新的版本。",
}  # fmt: skip


def may_draft(actor: Actor | None, unit: Unit) -> Verdict:
    """People of a unit draft for it."""
    own = actor is not None and actor.acts_for(unit.pk)
    return ALLOWED if own else refuse("只有本单位人员可以起草。")


def _own(actor: Actor | None, agreement: Agreement) -> Verdict:
    own = actor is not None and actor.acts_for(agreement.unit_id)
    return ALLOWED if own else refuse("只有起草单位可以办理。")


def _to(agreement: Agreement, target: AgreementState) -> Verdict:
    return may_move(AGREEMENT_MOVES, _LABELS, agreement.state, target)


def may_change(actor: Actor | None, agreement: Agreement) -> Verdict:
    """A draft; what was sent is taken back first."""
    draft = agreement.state == AgreementState.DRAFT
    said = refuse("已经送签，不能直接修改；请先撤回修改，已有的签署将失效。")
    return all_of(_own(actor, agreement), ALLOWED if draft else said)


def may_send(actor: Actor | None, agreement: Agreement) -> Verdict:
    return all_of(_own(actor, agreement), _to(agreement, AgreementState.SIGNING))


def may_take_back(actor: Actor | None, agreement: Agreement) -> Verdict:
    """To amend it: while it is signed, or after somebody objected."""
    return all_of(_own(actor, agreement), _to(agreement, AgreementState.DRAFT))


def may_abandon(actor: Actor | None, agreement: Agreement) -> Verdict:
    return all_of(_own(actor, agreement), _to(agreement, AgreementState.ABANDONED))


def may_end(actor: Actor | None, agreement: Agreement) -> Verdict:
    return all_of(_own(actor, agreement), _to(agreement, AgreementState.ENDED))


def may_supplement(actor: Actor | None, agreement: Agreement) -> Verdict:
    """An agreement in force is changed by an addendum only; an addendum has none of its own."""
    alive = agreement.state == AgreementState.IN_FORCE
    main = agreement.kind.code != ADDENDUM
    return all_of(
        _own(actor, agreement),
        ALLOWED if alive else refuse("生效的协议才能签补充协议。"),
        ALLOWED if main else refuse("请为原协议另签补充协议。"),
    )


def may_renew(actor: Actor | None, agreement: Agreement) -> Verdict:
    """Once, an agreement that has an end."""
    ready = agreement.state in {AgreementState.IN_FORCE, AgreementState.ENDED}
    main = agreement.kind.code != ADDENDUM and agreement.ends_on is not None
    again = Agreement.objects.filter(renews=agreement).exists()
    return all_of(
        _own(actor, agreement),
        ALLOWED if ready else refuse("生效或已终止的协议才能续签。"),
        ALLOWED if main else refuse("没有终止日期的协议和补充协议不用续签。"),
        refuse("已经起草了续签协议。") if again else ALLOWED,
    )


def may_remind(actor: Actor | None, agreement: Agreement) -> Verdict:
    """The drafting unit; the secretariat for what it sees."""
    own = actor is not None and actor.acts_for(agreement.unit_id)
    secretariat = agreement.consortium.secretariat_id
    office = actor is not None and agreement.student_id is None and actor.acts_for(secretariat)
    signing = agreement.state == AgreementState.SIGNING
    return all_of(
        ALLOWED if own or office else refuse("只有起草单位和秘书处可以催签。"),
        ALLOWED if signing else refuse("签署中的协议才用催签。"),
    )


# Signing -----------------------------------------------------------------------------------------
def is_party(actor: Actor | None, party: Party) -> bool:
    """Whether a person stands for a party: acts for the unit, or is the student."""
    if actor is None:
        return False
    if party.side == PartySide.UNIT:
        return party.unit_id is not None and actor.acts_for(party.unit_id)
    student = party.student if party.side == PartySide.STUDENT else None
    return student is not None and student.user_id == actor.pk


def can_be_signed(signature: Signature) -> Verdict:
    """Whether it is out for signing, not decided, and its turn has come."""
    agreement = signature.version.agreement
    if agreement.state != AgreementState.SIGNING and signature.state == SignatureState.WAITING:
        return refuse(f"协议现在是“{agreement.get_state_display()}”，不能签署。")
    if signature.state != SignatureState.WAITING:
        return refuse(_SIGNED[SignatureState(signature.state)])
    first = at_turn().filter(version=signature.version).first()
    if not at_turn().filter(pk=signature.pk).exists():
        name = first.party.label if first else "前一方"
        return refuse(f"按约定的次序，请等{name}先签。")
    return ALLOWED


def may_sign(actor: Actor | None, signature: Signature) -> Verdict:
    """A party's own people; also for refusing."""
    own = is_party(actor, signature.party)
    return all_of(ALLOWED if own else refuse("您不是这一方的签署人。"), can_be_signed(signature))


def may_file_paper(actor: Actor | None, signature: Signature) -> Verdict:
    """Whoever holds the signed paper: the drafting unit, or the party itself."""
    own = is_party(actor, signature.party) or bool(_own(actor, signature.version.agreement))
    return all_of(
        ALLOWED if own else refuse("只有起草单位和签署方可以登记纸质签署。"),
        can_be_signed(signature),
    )


def may_issue_link(actor: Actor | None, signature: Signature, *, has_account: bool) -> Verdict:
    """The drafting unit, for whoever has no account; a unit's own people for their own signatory."""
    party = signature.party
    if party.side == PartySide.UNIT and is_party(actor, party):
        standing = ALLOWED
    elif has_account:
        standing = refuse("对方已有平台账号，请由对方登录签署，或上传纸质签字页。")
    else:
        standing = _own(actor, signature.version.agreement)
    named = party.side == PartySide.STUDENT or bool(party.signatory)
    waiting = signature.state == SignatureState.WAITING
    return all_of(
        standing,
        ALLOWED if named else refuse("请先填写签署人姓名：撤回修改后补上，或改用纸质签署。"),
        ALLOWED if waiting else refuse(_SIGNED.get(SignatureState(signature.state), "")),
    )


# Kinds -------------------------------------------------------------------------------------------
def may_keep_kinds(actor: Actor | None, consortium: Consortium) -> Verdict:
    """The secretariat of the consortium."""
    own = actor is not None and actor.acts_for(consortium.secretariat_id)
    return ALLOWED if own else refuse("只有本联合体秘书处可以办理。")
