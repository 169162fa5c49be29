"""States and ways of agreements and of the signatures on them."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class AgreementState(TextChoices):
    DRAFT = "draft", "起草"
    SIGNING = "signing", "签署中"
    OBJECTED = "objected", "有异议"
    IN_FORCE = "in_force", "生效"
    ENDED = "ended", "已终止"
    ABANDONED = "abandoned", "已作废"


AGREEMENT_MOVES: Moves = {
    AgreementState.DRAFT: frozenset({AgreementState.SIGNING, AgreementState.ABANDONED}),
    AgreementState.SIGNING: frozenset(
        {
            AgreementState.IN_FORCE, AgreementState.OBJECTED, AgreementState.DRAFT,
            AgreementState.ABANDONED,
        }
    ),
    AgreementState.OBJECTED: frozenset({AgreementState.DRAFT, AgreementState.ABANDONED}),
    AgreementState.IN_FORCE: frozenset({AgreementState.ENDED}),
    AgreementState.ENDED: frozenset(),
    AgreementState.ABANDONED: frozenset(),
}  # fmt: skip


class SignatureState(TextChoices):
    WAITING = "waiting", "待签"
    SIGNED = "signed", "已签"
    REFUSED = "refused", "拒签"
    VOID = "void", "失效"  # the version was amended or withdrawn before all had signed


SIGNATURE_MOVES: Moves = {
    SignatureState.WAITING: frozenset(
        {SignatureState.SIGNED, SignatureState.REFUSED, SignatureState.VOID}
    ),
    SignatureState.SIGNED: frozenset({SignatureState.VOID}),
    SignatureState.REFUSED: frozenset({SignatureState.VOID}),
    SignatureState.VOID: frozenset(),
}


class SigningWay(TextChoices):
    """How a signature came: three equal paths."""

    ONLINE = "online", "登录确认"
    LINK = "link", "链接确认"
    PAPER = "paper", "纸质签署"


class SigningOrder(TextChoices):
    ANY = "any", "不分先后"
    SEQUENCE = "sequence", "按顺序"


class PartySide(TextChoices):
    """Who a party is: a unit, a student, or a person who stands for one (a guardian)."""

    UNIT = "unit", "单位"
    STUDENT = "student", "学生"
    GUARDIAN = "guardian", "监护人"
    PERSON = "person", "个人"


class FieldType(TextChoices):
    """What a field of a kind holds; each is read, checked and shown by its type."""

    TEXT = "text", "文字"
    LONG = "long", "长文字"
    DATE = "date", "日期"
    WHOLE = "whole", "整数"
    MONEY = "money", "金额（元）"
    CHOICE = "choice", "选项"
