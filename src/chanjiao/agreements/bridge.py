"""A version as values that anyone can digest again, as Word, and beside another one."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.oxml.ns import qn

from chanjiao.agreements.enums import SignatureState
from chanjiao.agreements.kinds import KindFacts, facts_of
from chanjiao.agreements.models import Agreement, Party, Signature, Version
from chanjiao.agreements.text import is_article, names_of, paragraphs, rendered, words_of
from chanjiao.documents.blocks import Block, Heading, Paragraph, Table
from chanjiao.documents.filling import fill_template
from chanjiao.documents.writing import write_word
from chanjiao.kernel.canonical import digest
from chanjiao.kernel.clock import ZONE

FORMAT = "chanjiao.agreement/1"


def facts_of_agreement(agreement: Agreement, parties: Sequence[Party]) -> dict[str, Any]:
    """Number, title, kind, period and parties, as a version keeps them."""
    parent = agreement.supplements
    return {
        "format": FORMAT,
        "number": agreement.number,
        "title": agreement.title,
        "kind": f"{agreement.kind.code}/{agreement.kind.version}",
        "template": agreement.kind.template.digest if agreement.kind.template else "",
        "starts_on": agreement.starts_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat() if agreement.ends_on else "",
        "supplements": parent.number if parent else "",
        "order": agreement.order,
        "parties": [_party(party) for party in parties],
    }


def _party(party: Party) -> dict[str, Any]:
    return {
        "position": party.position, "role": party.role, "label": party.label, "side": party.side,
        "called": party.called, "signatory": party.signatory,
    }  # fmt: skip


def content_of(version: Version) -> dict[str, Any]:
    """What a version says, canonical: facts, values, text, and which version it is."""
    return {
        **version.facts, "version": version.number, "values": version.values, "text": version.text,
    }  # fmt: skip


def digest_of(version: Version) -> str:
    """SHA-256 over `content_of`; what a signature names."""
    return digest(content_of(version))


def drafted_text(agreement: Agreement, parties: Sequence[Party]) -> tuple[str, bytes | None]:
    """The text as it would be sent now, and the customer's own Word file filled with it.

    Without a template there is none to keep: the text says all, `word_of` writes it when asked.
    """
    kind = facts_of(agreement.kind)
    words = words_of(agreement, kind, parties)
    if kind.template is not None:
        word = _from_template(agreement, kind, words)
        return text_of_word(word), word
    return rendered(kind.body, words), None


def word_of(version: Version) -> tuple[str, bytes]:
    """Name and bytes of the Word file as it was put before the parties."""
    agreement, document = version.agreement, version.document
    title = version.facts.get("title", agreement.title)
    name = f"{title}（{agreement.number} 第{version.number}版）.docx"
    if document is not None:
        with document.file.open("rb") as file:
            return name, file.read()
    parties = agreement.parties.select_related("unit", "student").order_by("position")
    return name, write_word(title, blocks_of(agreement.number, version.text, list(parties)))


def _from_template(agreement: Agreement, kind: KindFacts, words: dict[str, str]) -> bytes:
    assert kind.template is not None
    with kind.template.file.open("rb") as file:
        template = file.read()
    return fill_template(template, words, names=names_of(kind), title=agreement.title)


def text_of_word(word: bytes) -> str:
    """The paragraphs of a Word file in reading order, those of tables among them."""
    body = Document(io.BytesIO(word)).element.body
    lines = ("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p")))
    return "\n".join(line.strip() for line in lines if line.strip())


def blocks_of(number: str, text: str, parties: Sequence[Party]) -> list[Block]:
    """The text with its articles, and lines to sign on paper."""
    rows = [(party.label, party.called, "", "") for party in parties]
    heads = ["签署方", "名称", "签字（盖章）", "日期"]
    return [*text_blocks(number, text), Table(heads, rows, widths=[3, 5, 5, 3], caption="签署")]


def text_blocks(number: str, text: str) -> list[Block]:
    """Number and paragraphs, articles as headings."""
    lines = paragraphs(text)
    return [
        Paragraph(f"编号：{number}", align="right"),
        *(Heading(line, 2) if is_article(line) else Paragraph(line) for line in lines),
    ]


def record_blocks(version: Version, signatures: Sequence[Signature]) -> list[Block]:
    """Who signed this version, how and when, with the digest: the sheet that goes with the text."""
    rows = [
        (
            signature.party.label, signer_of(signature), signature.get_way_display(),
            _moment(signature.decided_at),
        )
        for signature in signatures
        if signature.state == SignatureState.SIGNED
    ]  # fmt: skip
    return [
        Heading("签署记录", 2),
        Paragraph(f"第 {version.number} 版，形成于 {_moment(version.made_at)}。"),
        Table(["签署方", "签署人", "方式", "时间"], rows, widths=[3, 4, 2, 4]),
        Paragraph(f"内容摘要（SHA-256）：{version.digest}", size=10.5),
    ]


def signed_word(agreement: Agreement, version: Version, signatures: Sequence[Signature]) -> bytes:
    """The text of a version with the record of its signatures."""
    blocks = [*text_blocks(agreement.number, version.text), *record_blocks(version, signatures)]
    return write_word(version.facts.get("title", agreement.title), blocks)


def signer_of(signature: Signature) -> str:
    """Who signed, and for whom if they were a deputy."""
    if signature.deputy:
        return f"{signature.deputy}（受{signature.signer}委托）"
    return signature.signer


def _moment(at: datetime | None) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if at else ""
