"""One spelling for what people type, and how much of it each audience sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import masking
from lib.errors import Conflict, Forbidden, Invalid, NotFound, NotYet, Refusal
from lib.masking import Audience
from lib.text import normalise, normalise_group, normalise_name, sentence


@given(st.text())
def test_spelling_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert once == once.strip()
    assert "\u200b" not in once
    assert "\n" not in once


@pytest.mark.parametrize("typed", ["阿依．古丽", "阿依 • 古丽", "阿依·古丽", "阿依‧古丽", "阿依・古丽", "阿依.古丽 "])
def test_every_interpunct_is_the_same(typed: str) -> None:
    assert normalise_name(typed) == "阿依·古丽"


@pytest.mark.parametrize(
    ("typed", "name"), [("甲 一", "甲一"), ("甲\u3000一\u200b", "甲一"), ("John  Smith", "John Smith")]
)
def test_spaces_inside_a_chinese_name_are_none(typed: str, name: str) -> None:
    assert normalise_name(typed) == name


@pytest.mark.parametrize("typed", ["一组", "1组", "第1组", "1", "１组", "第一村民小组", "1 组", "一"])
def test_the_first_group_has_one_name(typed: str) -> None:
    assert normalise_group(typed) == "1组"


@pytest.mark.parametrize(
    ("typed", "group"),
    [("十组", "10组"), ("二十一组", "21组"), ("一百零三组", "103组"), ("东风组", "东风组"), ("三社", "3社")],
)
def test_other_groups_keep_their_number_or_name(typed: str, group: str) -> None:
    assert normalise_group(typed) == group


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("张小明", "张*明"), ("欧阳小明", "欧**明"), ("阿依·古丽", "阿·*"), ("张", "张*"), ("", "")],
)
def test_the_public_sees_names_in_part(name: str, masked: str) -> None:
    assert masking.name(name) == masked
    assert masking.name(name, Audience.BOARD) == masking.name(name, Audience.LIST) == name


def test_identity_and_account_numbers_are_not_published() -> None:
    for audience in (Audience.PUBLIC, Audience.BOARD):
        assert masking.id_number("159999198001010015", audience) == ""
        assert masking.account("6210000000000000009", audience) == ""
        assert masking.account_tail("0009", audience) == masking.id_tail("0015", audience) == ""
    assert masking.id_number("159999198001010015", Audience.LIST) == "159***********0015"
    assert masking.account("6210000000000000009", Audience.LIST) == "****0009"
    assert masking.account_tail("0009") == "****0009"


def test_telephones_keep_head_and_tail() -> None:
    assert masking.phone("13800001234") == "138****1234"
    assert masking.phone("0470-1234567") == "0470-*****67"
    assert masking.phone("13800001234", Audience.BOARD) == ""


@pytest.mark.parametrize(
    ("address", "village", "group"),
    [
        ("甲县一号镇东村三组12号", "甲县一号镇东村", "甲县一号镇东村三组"),
        ("新村镇东村村民委员会3组5号", "新村镇东村村民委员会", "新村镇东村村民委员会3组"),
        ("一号苏木乌兰嘎查2组9号", "一号苏木乌兰嘎查", "一号苏木乌兰嘎查2组"),
        ("甲县城关镇1号楼", "甲县城关镇", "甲县城关镇"),
        ("某处1号", "", ""),
    ],
)
def test_addresses_end_at_the_village_or_the_group(address: str, village: str, group: str) -> None:
    assert masking.address(address) == village
    assert masking.address(address, Audience.BOARD) == group
    assert masking.address(address, Audience.OWNER) == address


@given(st.text(max_size=40))
def test_masking_never_fails_and_never_shows_more_than_there_is(text: str) -> None:
    for rule in (masking.name, masking.id_number, masking.account, masking.phone, masking.address):
        for audience in Audience:
            assert len(rule(text, audience)) <= max(len(text), 4) + 3
    for audience in Audience:
        ids, ends = [text, "159999198001010015", ""], [text, "0202"]
        assert masking.id_numbers(ids, audience) == [masking.id_number(each, audience) for each in ids]
        ends_masked = [masking.account_tail(each, audience) if each else "" for each in ends]
        assert masking.account_tails(ends, audience) == ends_masked


def test_refusals_carry_sentence_code_field_and_state() -> None:
    refusal = Invalid("金额不对", code="money.format", field="amount")
    assert (str(refusal), refusal.code, refusal.fields) == ("金额不对", "money.format", {"amount": ["金额不对"]})
    assert NotFound().message == "没有找到该内容"
    states = {kind: kind.http_status for kind in (Refusal, Invalid, Forbidden, NotFound, Conflict, NotYet)}
    assert list(states.values()) == [400, 400, 403, 404, 409, 409]
    assert NotYet("公示未满").opens_at is None
    assert Refusal(fields={"a": ["一", "二"]}).fields == {"a": ["一", "二"]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("已核对，同意。", "已核对，同意。"),
        ("  承包合同（2026年）：\r\n 属实；  ", "承包合同（2026年）： 属实；"),
        ("面\u200b积\u0007无误", "面积无误"),
    ],
)
def test_a_sentence_stays_as_its_writer_punctuated_it(typed: str, kept: str) -> None:
    assert sentence(typed) == kept
