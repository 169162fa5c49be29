"""A consortium's own kinds: another version with its own text or its own Word, or a new kind."""

import io
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from chanjiao.agreements import rules
from chanjiao.agreements.bridge import text_blocks
from chanjiao.agreements.checks import check_kind
from chanjiao.agreements.kinds import KindFacts, shipped
from chanjiao.agreements.models import Kind
from chanjiao.agreements.text import names_of
from chanjiao.council.papers import Upload
from chanjiao.documents.filling import TemplateRefused, check_template
from chanjiao.documents.writing import write_word
from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record


def save_kind(
    consortium: Consortium, kind: KindFacts, *, template: Upload | None = None, by: Actor,
    at: datetime,
) -> Kind:  # fmt: skip
    """The next version of a kind, or a new kind. What was drafted keeps the version it had.

    `kind.version` is the one the person saw: `Conflict` if there is a newer one. A template is
    checked tag by tag (`TemplateRefused` has the places); with one the text is the template's.
    """
    with transaction.atomic():
        require(rules.may_keep_kinds(by, consortium))
        held = Consortium.objects.select_for_update(of=("self",)).get(pk=consortium.pk)
        last = Kind.objects.filter(consortium=held, code=kind.code).order_by("-version").first()
        if (last.version if last else 0) != kind.version:
            raise Conflict("这个种类刚刚有了新的版本，请核对最新内容。")
        if template is not None:
            kind = replace(kind, template=_kept(kind, template, by=by, at=at), body="")
        elif kind.template is not None:  # it stays; its names may be gone from the fields
            with kind.template.file.open("rb") as file:
                _check(kind, file.read())
        check_kind(kind)
        after_shipped = 1 if kind.code in shipped() else 0  # version 1 is the shipped text
        version = (last.version if last else after_shipped) + 1
        row = Kind(
            consortium=held, version=version, template=kind.template, created_at=at, **kind.plain()
        )
        check_row(row)
        row.save(force_insert=True)
        digest = kind.template.digest if kind.template else ""
        data = {"code": row.code, "version": row.version, "template": digest}
        record("agreements.save_kind", row, by=by, at=at, data=data)
    return row


def retire_kind(consortium: Consortium, kind: KindFacts, *, by: Actor, at: datetime) -> Kind:
    """No new drafts of it; those that exist go on."""
    with transaction.atomic():
        require(rules.may_keep_kinds(by, consortium))
        if kind.is_addendum:
            raise Refused("补充协议是变更协议的唯一办法，不能停用。")
        row, _ = Kind.objects.select_for_update().get_or_create(
            consortium=consortium, code=kind.code, version=kind.version or 1,
            defaults=kind.plain() | {"created_at": at},
        )  # fmt: skip
        if row.retired_on is not None:
            raise Refused("这个种类已经停用。")
        row.retired_on = day_of(at)
        row.save(update_fields=["retired_on"])
        record("agreements.retire_kind", row, by=by, at=at)
    return row


def starting_template(kind: KindFacts) -> bytes:
    """The kind's text as a Word file with its names as tags, to be dressed in Word and brought back."""
    return write_word("{{ 名称 }}", text_blocks("{{ 编号 }}", kind.body))


def _kept(kind: KindFacts, upload: Upload, *, by: Actor, at: datetime) -> StoredFile:
    content = upload.content.read()
    _check(kind, content)
    return store_file(io.BytesIO(content), upload.name, by=by, at=at)


def _check(kind: KindFacts, template: bytes) -> None:
    problems = check_template(template, names_of(kind))
    if problems:
        raise TemplateRefused(problems)
