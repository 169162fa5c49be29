"""Packs handed to an authority: received, verified by a worker, replaced; their signers decided on."""

import hashlib
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.indicators import received_rules as rules
from chanjiao.indicators.enums import RECEIVED_MOVES, ReceivedState, SignerState
from chanjiao.indicators.models import ReceivedPack, Signer
from chanjiao.jobs.actions import start_job
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.members.models import Authority
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record

JOB_KIND = "indicators.received"
MAX_UPLOAD = 500 * 2**20
_UNKNOWN = "处理进程中断，没有得出核验结果。请重新上传。"


def receive_pack(
    authority: Authority, content: IO[bytes], name: str, *, by: Actor, at: datetime
) -> ReceivedPack:
    """Keep the file and have a worker verify it. The same file again gives the row there is."""
    require(rules.may_receive(by, authority))
    digest, size = _digest(content)
    if not 0 < size <= MAX_UPLOAD:
        raise Invalid({"file": [f"文件应为 1 字节至 {MAX_UPLOAD // 2**20} MB。"]})
    with transaction.atomic():
        authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
        known = ReceivedPack.objects.filter(authority=authority, file__digest=digest)
        before = known.exclude(state=ReceivedState.REFUSED).first()
        if before is not None:
            return before
        file = store_file(content, name, by=by, at=at)
        pack = ReceivedPack.objects.create(
            authority=authority, file=file, received_by=by.user, received_at=at
        )
        pack.job = start_job(
            JOB_KIND, f"核验：{name}"[:160], {"pack": pack.pk}, by=by, at=at,
            link=f"/authority/packs/{pack.pk}/",
        )  # fmt: skip
        pack.save(update_fields=["job"])
        record("received.receive", pack, by=by, at=at, data={"name": file.name, "sha256": digest})
    return pack


def settle_pack(pack_pk: int, report: dict[str, Any], *, at: datetime) -> ReceivedPack:
    """What verifying gave: refused with the first difference, or what it holds and by whom."""
    with transaction.atomic():
        pack = _locked(pack_pk)
        if pack.state != ReceivedState.CHECKING:
            return pack
        contents = report.pop("contents", None)
        pack.report, pack.verified_at = report, at
        _take_head(pack, report.get("said"))
        if not report["holds"] or contents is None:
            where, expected, found = report["difference"]
            _refuse(pack, f"{report['failed']}：{where}。应为 {expected}，实为 {found}。")
        else:
            _take_contents(pack, contents)
            _judge_signer(pack, report["signer"], at)
        pack.save()
        data = {"state": pack.state, "consortium": pack.consortium_code, "year": pack.year}
        record("received.verify", pack, by=None, at=at, reason=pack.refusal[:200], data=data)
    return pack


def fail_pack(pack_pk: int, reason: str, *, at: datetime) -> None:
    """The file could not be read at all; does nothing to a pack that was settled."""
    with transaction.atomic():
        pack = _locked(pack_pk)
        if pack.state != ReceivedState.CHECKING:
            return
        _refuse(pack, reason or _UNKNOWN)
        pack.verified_at = at
        pack.save()
        record("received.fail", pack, by=None, at=at, reason=pack.refusal[:200])


def confirm_signer(signer: Signer, *, note: str, by: Actor, at: datetime) -> Signer:
    """The fingerprint was compared by other means: what the key signed counts from now on."""
    with transaction.atomic():
        held = _signer(signer)
        require(rules.may_confirm_signer(by, held))
        _decide(held, SignerState.CONFIRMED, note, by, at)
        waiting = held.packs.select_for_update().filter(state=ReceivedState.QUESTIONED)
        for pack in waiting.order_by("received_at", "pk"):
            _make_current(pack)
            pack.save()
        record("received.confirm_signer", held, by=by, at=at, reason=note,
               data={"fingerprint": held.fingerprint})  # fmt: skip
    return held


def refuse_signer(signer: Signer, *, reason: str, by: Actor, at: datetime) -> Signer:
    """The key is not the consortium's (any more): what waits for it is refused, what counted stays."""
    with transaction.atomic():
        held = _signer(signer)
        require(rules.may_refuse_signer(by, held))
        _decide(held, SignerState.REFUSED, reason, by, at)
        waiting = held.packs.select_for_update().filter(state=ReceivedState.QUESTIONED)
        for pack in waiting.order_by("received_at", "pk"):
            _refuse(pack, f"不承认这个签名人：{reason}")
            pack.save()
        record("received.refuse_signer", held, by=by, at=at, reason=reason,
               data={"fingerprint": held.fingerprint})  # fmt: skip
    return held


def _digest(content: IO[bytes]) -> tuple[str, int]:
    sha = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(1 << 20):
        sha.update(chunk)
    size = content.tell()
    content.seek(0)
    return sha.hexdigest(), size


def _locked(pack_pk: int) -> ReceivedPack:
    rows = ReceivedPack.objects.select_for_update(of=("self",)).select_related("authority")
    return rows.get(pk=pack_pk)


def _signer(signer: Signer) -> Signer:
    rows = Signer.objects.select_for_update(of=("self",)).select_related("authority")
    return rows.get(pk=signer.pk)


def _decide(signer: Signer, state: str, note: str, by: Actor, at: datetime) -> None:
    if not note.strip():
        raise Invalid({"note": ["请写明怎样核对的，或为什么不承认。"]})
    signer.state, signer.note = state, note.strip()[:200]
    signer.decided_by, signer.decided_at = by.user, at
    signer.save()


def _move(pack: ReceivedPack, state: str) -> None:
    if state not in RECEIVED_MOVES[pack.state]:
        raise Refused("这个证据包已经处理过，请刷新后再看。")
    pack.state = state


def _refuse(pack: ReceivedPack, reason: str) -> None:
    _move(pack, ReceivedState.REFUSED)
    pack.refusal = reason[:600]


def _take_head(pack: ReceivedPack, said: dict[str, Any] | None) -> None:
    """What the pack says it is; of a refused one these are only its words."""
    if not said:
        return
    pack.consortium_code = said["consortium"]["code"][:80]
    pack.consortium_name = said["consortium"]["name"][:160]
    pack.since = date.fromisoformat(said["period"]["since"])
    pack.until = date.fromisoformat(said["period"]["until"])
    pack.year = min(pack.since.year, 9999)
    pack.root, pack.set_digest = said["tree"]["root"][:64], said["set"]["sha256"][:64]


def _take_contents(pack: ReceivedPack, contents: dict[str, Any]) -> None:
    pack.outcomes, pack.typed = contents["outcomes"], contents["typed"]
    pack.notes, pack.row_counts = contents["notes"], contents["rows"]
    pack.evidence_count, pack.set_text = contents["evidence"], contents["set"]


def _judge_signer(pack: ReceivedPack, fingerprint: str, at: datetime) -> None:
    signer, _ = Signer.objects.select_for_update(of=("self",)).get_or_create(
        authority=pack.authority, consortium_code=pack.consortium_code, fingerprint=fingerprint,
        defaults={"consortium_name": pack.consortium_name, "first_seen_at": at},
    )  # fmt: skip
    pack.signer = signer
    if signer.state == SignerState.REFUSED:
        _refuse(pack, f"签名人已被列为不承认：{signer.note}")
    elif signer.state == SignerState.SEEN:
        _move(pack, ReceivedState.QUESTIONED)
    else:
        _make_current(pack)


def _make_current(pack: ReceivedPack) -> None:
    """The pack counts for its year; the one before is kept and points to it."""
    _move(pack, ReceivedState.VERIFIED)
    before = ReceivedPack.objects.select_for_update(of=("self",)).filter(
        authority=pack.authority_id, consortium_code=pack.consortium_code, since=pack.since,
        until=pack.until, state=ReceivedState.VERIFIED,
    )  # fmt: skip
    for old in before.exclude(pk=pack.pk).order_by("pk"):
        _move(old, ReceivedState.SUPERSEDED)
        old.superseded_by = pack
        old.save()
