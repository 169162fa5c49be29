"""Kinds of evidence as data: which fields each needs, and what one file of it can prove."""

from dataclasses import dataclass, field

from chanjiao.plans.enums import EvidenceKind

FIELDS: dict[str, str] = {
    "document_number": "文号或编号",
    "dated_on": "日期",
    "issuer": "出具单位",
    "amount_fen": "金额",
    "people": "人数",
    "link": "网址",
    "note": "说明",
}


@dataclass(frozen=True, slots=True)
class KindRule:
    """One kind of evidence.

    `needs`: fields that must be filled, each with what it is called for this kind (empty: as in
    FIELDS). `asks`: further fields that are offered. `hint` says what a good one shows.
    `many_tasks`: one file may prove several tasks; `many_units`: several units may hand in the same
    file (a red-header document they all received); `many_years`: it may be valid beyond one year.
    `file_needed`: False where a link alone will do.
    """

    kind: EvidenceKind
    needs: dict[str, str] = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    hint: str = ""
    many_tasks: bool = False
    many_units: bool = False
    many_years: bool = False
    file_needed: bool = True

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field of this kind, in the order of FIELDS."""
        return tuple(name for name in FIELDS if name in self.needs or name in (*self.asks, "note"))

    def called(self, name: str) -> str:
        """What the field is called for this kind."""
        return self.needs.get(name) or FIELDS[name]


_RULES = (
    KindRule(
        EvidenceKind.RED_HEADER,
        {"document_number": "文号", "dated_on": "印发日期", "issuer": "发文机关"},
        hint="上传盖章扫描件，文号、印发日期与原件一致。",
        many_tasks=True, many_units=True, many_years=True,
    ),
    KindRule(
        EvidenceKind.MINUTES, {"dated_on": "会议日期"}, ("document_number", "issuer", "people"),
        "附签到或参会名单；平台内召开的会议请直接引用会议记录。", many_tasks=True, many_units=True,
    ),
    KindRule(
        EvidenceKind.AGREEMENT, {"dated_on": "签订日期", "issuer": "合作方"}, ("document_number",),
        "须有各方签字盖章页。", many_tasks=True, many_units=True, many_years=True,
    ),
    KindRule(
        EvidenceKind.ROSTER, {"people": "人数"}, ("dated_on",),
        "人数须与名单行数一致；不要包含身份证号。", many_tasks=True,
    ),
    KindRule(
        EvidenceKind.CONTRACT,
        {"document_number": "合同编号", "dated_on": "签订日期", "issuer": "对方单位", "amount_fen": "合同金额"},
        hint="技术合同请填认定登记号。", many_years=True,
    ),
    KindRule(
        EvidenceKind.INVOICE, {"amount_fen": "到款金额", "dated_on": "到款日期"},
        ("document_number", "issuer"), "发票或银行回单，金额与日期须与票面一致。",
    ),
    KindRule(
        EvidenceKind.PHOTO, {"dated_on": "拍摄日期", "note": "照片说明"}, ("people",),
        "同一活动的照片合为一份；说明时间、地点、人物。拍摄位置会在保存前去除。",
    ),
    KindRule(
        EvidenceKind.NEWS, {"link": "网址", "dated_on": "发布日期", "issuer": "媒体"},
        hint="网页可能失效，建议同时上传截图或 PDF。", many_tasks=True, file_needed=False,
    ),
    KindRule(
        EvidenceKind.SURVEY, {"people": "有效问卷数", "dated_on": "结束日期"},
        hint="上传问卷样张与统计结果。",
    ),
    KindRule(
        EvidenceKind.ASSESSMENT,
        {"issuer": "评估机构", "dated_on": "出具日期"}, ("document_number",),
        "上传评估机构盖章的报告。", many_tasks=True,
    ),
    KindRule(EvidenceKind.OTHER, {"note": "说明"}, ("dated_on",), "说明它证明什么。"),
)  # fmt: skip
RULES: dict[str, KindRule] = {rule.kind.value: rule for rule in _RULES}
