"""Files taken in: what they are by content, hostile ones, the place of taking, records instead."""

import io
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from PIL import Image

from chanjiao.files.models import StoredFile
from chanjiao.files.photos import fingerprint, without_place
from chanjiao.files.sniffing import Unfit, sniff
from chanjiao.files.uploads import Upload, shown_name
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_check_actions as checks
from chanjiao.plans import records
from chanjiao.plans.evidence_files import add_files, remove_file
from chanjiao.plans.evidence_queries import files_visible_to
from tests.people.world import AT
from tests.plans.evidence_world import accepted, asked, filled, make_world, pdf, picture, submitted

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"


def packed(*names: str, content: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return target.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("content", "name", "label"),
    [
        (pdf(), "a.pdf", "PDF"),
        (picture(1), "照片.JPG", "JPEG 图片"),
        (picture(1, form="PNG"), "a.png", "PNG 图片"),
        (DOCX, "纪要.docx", "Word 文档"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", "Excel 工作簿"),
        (packed("OFD.xml", "Doc_0/Document.xml"), "发票.ofd", "OFD 版式文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "a.doc", "旧版 Office 或 WPS 文档"),
    ],
)
def test_known_by_content(content, name, label):
    assert sniff(io.BytesIO(content), name).label == label


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "a.pdf", "空的"),
        (SVG, "a.jpg", "不接收"),
        (SVG, "a.svg", "不接收"),
        (HTML, "a.png", "不接收"),
        (HTML, "a.pdf", "不接收"),
        (pdf(), "a.jpg", "内容却是PDF"),
        (picture(1), "a.pdf", "内容却是JPEG"),
        (pdf(), "a.pdf.exe", "内容却是PDF"),
        (pdf(), "没有扩展名", "扩展名"),
        (b"MZ" + bytes(100), "a.pdf", "程序文件"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "a.jpg", "HEIC"),
        (b"Rar!\x1a\x07" + bytes(50), "a.rar", "压缩包"),
        (packed("a.txt"), "a.zip", "压缩包"),
        (packed("[Content_Types].xml", "word/vbaProject.bin"), "a.docx", "含有宏"),
        (b"PK\x03\x04" + bytes(50), "a.docx", "已损坏"),
        (packed("[Content_Types].xml", "evil.xml"), "a.docx", "不接收"),
    ],
)
def test_hostile_or_unfit(content, name, reason):
    with pytest.raises(Unfit, match=reason):
        sniff(io.BytesIO(content), name)


def test_a_zip_bomb_is_not_unpacked(monkeypatch):
    bomb = packed("[Content_Types].xml", "word/document.xml", content=bytes(50_000_000))
    assert len(bomb) < 200_000

    def refuse(*_, **__):
        raise AssertionError("unpacked")

    monkeypatch.setattr(zipfile.ZipFile, "open", refuse)
    assert sniff(io.BytesIO(bomb), "a.docx").label == "Word 文档"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\fakepath\\合同.pdf", "合同.pdf"),
        ("a\x00b\n.pdf", "ab.pdf"),
    ],
)
def test_no_path_in_a_name(sent, shown):
    assert shown_name(sent) == shown


# The place of taking ---------------------------------------------------------------------------
def placed(form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif[0x8825] = {1: "N", 2: (38.9, 0.0, 0.0), 3: "E", 4: (121.6, 0.0, 0.0)}
    return picture(3, form=form, exif=exif)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_the_place_is_removed_and_the_picture_is_not_touched(form):
    before = placed(form)
    after, removed = without_place(before)
    assert removed
    one, two = Image.open(io.BytesIO(before)), Image.open(io.BytesIO(after))
    assert one.tobytes() == two.tobytes()
    assert one.getexif().get_ifd(0x8825) and not two.getexif().get_ifd(0x8825)
    assert without_place(after) == (after, False)
    if form == "JPEG":
        assert two.getexif()[0x010F] == "Camera"


def test_an_exif_block_that_cannot_be_written_anew_is_left_out():
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (38.9, 0.0, 0.0)}
    exif[0x010E] = "长" * 21_000
    with_place = picture(3)
    block = exif.tobytes()
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    after, removed = without_place(with_place[:2] + segment + with_place[2:])
    assert (
        removed
        and Image.open(io.BytesIO(after)).tobytes() == Image.open(io.BytesIO(with_place)).tobytes()
    )
    broken = b"\xff\xe1\x00\x14Exif\0\0" + b"broken block"
    after, removed = without_place(with_place[:2] + broken + with_place[2:])
    assert removed and after == with_place


def test_a_huge_png_is_not_decoded():
    """A bomb: 40,000 × 40,000 pixels declared; neither the place nor the fingerprint opens it."""
    import struct
    import zlib

    def chunk(name, body):
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    bomb += chunk(b"IDAT", zlib.compress(bytes(10_000_000))) + chunk(b"IEND", b"")
    assert without_place(bomb) == (bomb, False) and fingerprint(bomb) == ""


def test_a_place_in_xmp_is_removed():
    plain = picture(3)
    xmp = b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='38'/>"
    block = b"\xff\xe1" + (len(xmp) + 2).to_bytes(2, "big") + xmp
    after, removed = without_place(plain[:2] + block + plain[2:])
    assert removed and after == plain


@pytest.mark.parametrize("data", [picture(3), picture(3, form="PNG"), pdf(), b"\xff\xd8\xff", b""])
def test_without_a_place_nothing_changes(data):
    assert without_place(data) == (data, False)


# Kept ----------------------------------------------------------------------------------------
pytestmark = pytest.mark.django_db


def test_good_files_stay_when_another_is_refused():
    world = make_world()
    row = asked(world)
    uploads = [
        Upload(io.BytesIO(c), n, len(c)) for c, n in ((picture(), "好.jpg"), (SVG, "坏.jpg"))
    ]
    with pytest.raises(Invalid) as refusal:
        add_files(row, uploads, by=world.teacher, at=AT)
    assert refusal.value.problems["files"][0].startswith("坏.jpg：")
    assert [one.file.name for one in row.files.all()] == ["好.jpg"]


def test_the_same_file_twice_in_one_piece_is_one():
    world, photo = make_world(), picture()
    row = asked(world)
    for _ in range(2):
        add_files(row, [Upload(io.BytesIO(photo), "a.jpg", len(photo))], by=world.teacher, at=AT)
    assert row.files.count() == 1 and StoredFile.objects.count() == 1


def test_too_big_and_too_many(settings):
    world = make_world()
    row = asked(world)
    settings.UPLOAD_LIMIT_BYTES = 10
    with pytest.raises(Invalid, match="超过"):
        add_files(row, [Upload(io.BytesIO(pdf()), "a.pdf", 11)], by=world.teacher, at=AT)
    settings.UPLOAD_LIMIT_BYTES = 1 << 20
    many = [Upload(io.BytesIO(pdf(str(n))), "a.pdf", 20) for n in range(31)]
    with pytest.raises(Invalid, match="最多 30 个"):
        add_files(row, many, by=world.teacher, at=AT)
    assert row.files.count() == 30


def test_only_its_unit_adds_and_only_while_it_may_edit():
    world = make_world()
    row = asked(world)
    for actor in (world.recruiter, world.office, world.outsider):
        with pytest.raises(Refused):
            add_files(row, [Upload(io.BytesIO(pdf()), "a.pdf", 20)], by=actor, at=AT)
    row = submitted(world, row)
    with pytest.raises(Refused):
        remove_file(row.files.get(), by=world.teacher, at=AT)
    with pytest.raises(Refused):
        add_files(row, [Upload(io.BytesIO(pdf()), "a.pdf", 20)], by=world.teacher, at=AT)


def test_files_are_seen_by_those_who_see_the_piece():
    world = make_world()
    one = submitted(world, asked(world)).files.get()
    for actor in (world.teacher, world.office, world.second):
        assert one in files_visible_to(actor)
    for actor in (world.recruiter, world.outsider, world.far_office, None):
        assert one not in files_visible_to(actor)


def test_several_files_have_one_digest_whatever_their_order():
    world = make_world()
    first, second = picture(), picture()
    one = submitted(world, asked(world), first, second)
    other = submitted(world, asked(world, world.tasks[1]), second, first)
    assert one.digest == other.digest != one.files.first().file.digest


# A live record ---------------------------------------------------------------------------------
def listing(world, **changes):
    from chanjiao.needs.enums import ListingState
    from chanjiao.needs.models import Team

    values = {"title": "智能制造团队", "field": "数控", "leader": "张某某", "size": 8} | changes
    return Team.objects.create(
        consortium=world.consortium, unit=world.school, quarter="2026Q4", number="TD-2026Q4-0001",
        state=ListingState.PUBLISHED, created_at=AT, confirmed_at=AT, published_at=AT, **values,
    )  # fmt: skip


def test_a_record_is_noted_as_it_was_and_a_change_shows():
    world = make_world()
    team = listing(world)
    kind = records.kind_called("teams")
    row = actions.refer_to_record(asked(world), kind, team.pk, by=world.teacher, at=AT)
    row = actions.submit_evidence(row, by=world.teacher, at=AT)
    assert row.record_content["名称"] == "智能制造团队" and len(row.digest) == 64
    assert not checks.has_changed(row)
    type(team).objects.filter(pk=team.pk).update(size=9)
    assert checks.has_changed(row)
    with pytest.raises(Refused, match="有变化"):
        checks.accept_evidence(row, by=world.office, at=AT)
    row.refresh_from_db()
    row = actions.take_back(row, by=world.teacher, at=AT)
    row = actions.submit_evidence(row, by=world.teacher, at=AT)
    assert checks.accept_evidence(row, by=world.office, at=AT).record_content["人数"] == 9


def test_a_meeting_a_regulation_and_a_delivery_are_records():
    """Their content is canonical, and what is not held, adopted or confirmed is not offered."""
    from chanjiao.council import models as council

    world = make_world()
    body = council.Body.objects.create(
        consortium=world.consortium, kind="board", name="理事会", established_on=date(2025, 3, 1)
    )
    held = council.Meeting.objects.create(
        body=body, number="HY-1", title="第一次会议", starts_at=AT, chair="王理事长", created_at=AT
    )
    motion = council.Motion.objects.create(
        meeting=held, place=1, title="年度计划", text="审议", kind="ordinary", state="decided",
        votes_for=3, votes_against=0, votes_abstained=0, entitled=3, present=3, passed=True,
        sentence="通过：应到 3，实到 3", decided_at=AT,
    )  # fmt: skip
    kind = records.kind_called("meeting")
    with pytest.raises(Refused):  # not closed yet
        actions.refer_to_record(asked(world), kind, held.pk, by=world.teacher, at=AT)
    assert kind.content(held)["议案"] == ["年度计划：通过：应到 3，实到 3"]
    digest = records.digest_of(kind, held)
    council.Motion.objects.filter(pk=motion.pk).update(sentence="未通过")
    assert records.digest_of(kind, held) != digest
    regulation = council.Regulation.objects.create(
        consortium=world.consortium, kind="charter", title="章程", adopted_on=date(2026, 1, 1)
    )
    promise = council.Commitment.objects.create(
        consortium=world.consortium, unit=world.school, number="CN-1", kind="money", title="捐赠",
        promised=Decimal(3_000_000_00), promised_on=date(2026, 1, 1),
    )  # fmt: skip
    delivery = council.Delivery.objects.create(
        commitment=promise, quantity=Decimal(1_000_000_00), delivered_on=date(2026, 5, 1),
        by=world.teacher.user, at=AT,
    )  # fmt: skip
    kind = records.kind_called("delivery")
    row = asked(world)
    with pytest.raises(Refused):
        actions.refer_to_record(row, kind, delivery.pk, by=world.teacher, at=AT)
    council.Delivery.objects.filter(pk=delivery.pk).update(state="confirmed")
    row = actions.refer_to_record(row, kind, delivery.pk, by=world.teacher, at=AT)
    assert row.record_content["数量"] == "100000000 分"
    kind = records.kind_called("regulation")
    other = actions.refer_to_record(asked(world), kind, regulation.pk, by=world.teacher, at=AT)
    assert other.record_content["名称"] == "章程"


def test_anothers_record_is_no_evidence():
    world = make_world()
    team = listing(world)
    type(team).objects.filter(pk=team.pk).update(unit=world.firm)
    with pytest.raises(Refused, match="找不到"):
        actions.refer_to_record(
            asked(world), records.kind_called("teams"), team.pk, by=world.teacher, at=AT
        )


def test_files_and_a_record_exclude_each_other():
    world = make_world()
    team, kind = listing(world), records.kind_called("teams")
    row = filled(world, asked(world))
    with pytest.raises(Refused, match="先移除文件"):
        actions.refer_to_record(row, kind, team.pk, by=world.teacher, at=AT)
    other = actions.refer_to_record(asked(world), kind, team.pk, by=world.teacher, at=AT)
    with pytest.raises(Refused, match="先取消引用"):
        add_files(other, [Upload(io.BytesIO(pdf()), "a.pdf", 20)], by=world.teacher, at=AT)
    other = actions.forget_reference(other, by=world.teacher, at=AT)
    assert filled(world, other).files.count() == 1


def test_every_kind_has_canonical_content():
    """No floats, no dates: the digest of any row can be computed."""
    world = make_world()
    team = listing(world)
    assert len(records.digest_of(records.kind_called("teams"), team)) == 64
    assert {kind.key for kind in records.kinds()} >= {"round", "posts", "teams"}
    assert accepted(world, asked(world)).record_content == {}
