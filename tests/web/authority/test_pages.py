"""An authority's pages: their cost in queries, empty states, whose packs, what is refused."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from chanjiao.indicators.enums import SignerState
from chanjiao.indicators.models import ReceivedPack, Signer
from tests.engine.indicators.packs.world import OTHER_KEY, pack
from tests.indicators.test_received import hand_in, make_authority, other_consortium
from tests.people.world import acting, stranger
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db

LISTS = ("home", "pack_list", "compare", "signer_list")


@pytest.fixture
def office():
    authority = make_authority()
    return authority, acting(authority.unit)


@pytest.fixture
def other():
    return acting(make_authority("示例市教育局").unit)


def at(name: str, *args) -> str:
    return reverse(f"authority:{name}", args=args)


def received(office, rows: int) -> list[ReceivedPack]:
    """One pack each of so many consortia, every signer confirmed."""
    made = [
        hand_in(office, other_consortium(f"Shili_{n}"), f"{n}.cjpack") for n in range(1, rows + 1)
    ]
    for signer in Signer.objects.order_by("pk"):
        given = {"note": "电话核对，与本页一致"}
        assert post(office[1], at("signer_confirm", signer.pk), given).status_code == 302
    return made


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("name", "cost"), [("home", 16), ("pack_list", 10), ("compare", 12), ("signer_list", 10)]
)
def test_pages_cost_the_same_whatever_the_packs(office, rows, name, cost):
    received(office, rows)
    assert queries(office[1], at(name)) == cost


def test_an_authority_without_packs_is_told_how_to_begin(office):
    for name, said in (
        ("home", "没有待办事项"),
        ("pack_list", "还没有收到证据包"),
        ("compare", "还没有"),
        ("signer_list", "第一次收到某个联合体的证据包后"),
    ):
        assert said in text(get(office[1], at(name))), name


def test_a_new_signer_waits_until_its_fingerprint_was_compared(office):
    hand_in(office, pack())
    signer = Signer.objects.get()
    home = text(get(office[1], at("home")))
    assert "首次出现的签名人，请核对公钥指纹" in home
    shown = text(get(office[1], at("signer_detail", signer.pk)))
    assert signer.fingerprint in shown
    empty = post(office[1], at("signer_confirm", signer.pk), {"note": ""})
    assert empty.status_code == 422
    signer.refresh_from_db()
    assert signer.state == SignerState.SEEN
    given = {"note": "电话核对，与本页一致"}
    assert post(office[1], at("signer_confirm", signer.pk), given).status_code == 302
    signer.refresh_from_db()
    assert signer.state == SignerState.CONFIRMED
    assert "电话核对，与本页一致" in text(get(office[1], at("signer_detail", signer.pk)))
    again = text(get(office[1], at("signer_detail", signer.pk)))
    assert "已经是“已确认”。" in again


def test_another_key_of_a_known_consortium_comes_before_all_else(office):
    received(office, 1)
    hand_in(office, other_consortium("Shili_1", key=OTHER_KEY), "新.cjpack")
    assert "签名人与以前不同，请核对是谁签的" in text(get(office[1], at("home")))


def test_a_pack_says_its_steps_and_is_given_back_as_it_came(office):
    data = pack()
    made = hand_in(office, data)
    shown = text(get(office[1], at("pack_detail", made.pk)))
    assert "核验步骤" in shown and "通过" in shown and made.consortium_name in shown
    answer = get(office[1], at("pack_download", made.pk))
    assert b"".join(answer.streaming_content) == data


def test_a_damaged_pack_says_what_does_not_agree(office):
    data = bytearray(pack())
    data[len(data) // 2] ^= 1
    made = hand_in(office, bytes(data), "损坏.cjpack")
    shown = text(get(office[1], at("pack_detail", made.pk)))
    assert "未通过" in shown and made.refusal in shown


def test_an_empty_file_is_refused_and_nothing_is_kept(office):
    given = {"file": SimpleUploadedFile("空.cjpack", b"")}
    answer = post(office[1], at("pack_receive"), given)
    assert answer.status_code == 422 and "空" in text(answer)
    assert not ReceivedPack.objects.exists()


def test_another_authority_finds_nothing_of_it(office, other):
    made, signer = hand_in(office, pack()), Signer.objects.get()
    for name, pk in (
        ("pack_detail", made.pk), ("pack_download", made.pk), ("signer_detail", signer.pk),
        ("signer_confirm", signer.pk), ("signer_refuse", signer.pk),
    ):  # fmt: skip
        assert get(other, at(name, pk)).status_code == 404, name
    given = {"note": "电话核对"}
    assert post(other, at("signer_confirm", signer.pk), given).status_code == 404
    assert made.consortium_name not in text(get(other, at("pack_list")))
    for name in LISTS:
        assert get(stranger(), at(name)).status_code == 404, name
