"""A villager's own subsidies: by code, alike for those who exist and those who do not (PUB-7)."""

import re
import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import TrailEntry
from households.models import Person
from lib.errors import Invalid
from publicity import payouts, services
from publicity.models import LookupCode, SmsMessage
from publicity.payouts import PayoutView
from publicity.services import sms
from publicity.services.codes import code_of
from publicity.services.lookup import VALID_FOR, WRONG_CODE, Asked
from publicity.throttle import TooOften
from rulebook import clock
from tests.databases import Database
from tests.factories import cast, id_number
from tests.factories_publicity import head_of, posted, reachable_home
from tests.publicity.test_sms import outbox

NAME = "甲一"


@pytest.fixture
def villager(db: None) -> Person:
    return head_of(reachable_home(cast.villages[0], NAME, id_number(sequence=901)))


def ask(number: str, name: str = NAME, client: str = "10.0.0.1") -> Asked:
    return services.ask_for_code(name=name, id_number=number, client=client)


def real_code() -> str:
    newest = LookupCode.objects.latest("id")
    return code_of(newest.person_id, newest.made_at)


def other_code() -> str:
    return f"{(int(real_code()) + 1) % 10**6:06d}"


def enter(asked: Asked, code: str) -> Person:
    return services.enter_code(asked=asked, code=code, client="10.0.0.1")


def without_tokens(body: bytes) -> bytes:
    """The page without the token of its form, which differs at each showing, and without the practice clock."""
    return re.sub(rb'(csrfmiddlewaretoken" value=")[^"]+|<time datetime.*?</time>', rb"", body)


# --- The code ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("PUB-7")
def test_name_number_and_the_code_by_sms_open_the_own_subsidies(villager: Person) -> None:
    asked = ask(id_number(sequence=901))
    message = SmsMessage.objects.get(kind=sms.LOOKUP)
    assert sms.send(message.pk) == SmsMessage.State.SENT
    text = next(line["text"] for line in outbox() if line["id"] == message.key)
    assert f"验证码是{real_code()}，" in text
    assert enter(asked, real_code()) == villager


@pytest.mark.req("PUB-7")
def test_the_code_is_stored_nowhere(villager: Person) -> None:
    ask(id_number(sequence=901))
    code = real_code()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT string_agg(c::text, ' ') FROM publicity_lookupcode c)
                   || (SELECT string_agg(s::text, ' ') FROM publicity_smsmessage s)
                   || coalesce((SELECT string_agg(facts, ' ') FROM accounts_trailentry), '')"""
        )
        stored = cursor.fetchone()[0]
    assert not re.search(rf"(?<!\d){code}(?!\d)", stored)


@pytest.mark.parametrize("name", ["乙二", "甲", "甲一一"])
def test_a_wrong_name_sends_nothing(villager: Person, name: str) -> None:
    assert ask(id_number(sequence=901), name=name).person_id is None
    assert not SmsMessage.objects.exists()


def test_a_code_opens_once(villager: Person) -> None:
    asked = ask(id_number(sequence=901))
    enter(asked, real_code())
    with pytest.raises(Invalid, match=WRONG_CODE):
        enter(asked, real_code())


@pytest.mark.req("PUB-7")
def test_after_five_tries_the_right_code_opens_nothing(villager: Person) -> None:
    asked = ask(id_number(sequence=901))
    for _ in range(5):
        with pytest.raises(Invalid):
            enter(asked, other_code())
    with pytest.raises(Invalid, match=WRONG_CODE):
        enter(asked, real_code())


@pytest.mark.req("PUB-7")
def test_after_ten_minutes_the_code_opens_nothing(villager: Person) -> None:
    asked = ask(id_number(sequence=901))
    clock.move_by(VALID_FOR, by=None)
    with pytest.raises(Invalid, match=WRONG_CODE):
        enter(asked, real_code())


def test_a_code_that_ran_out_is_not_sent(villager: Person) -> None:
    ask(id_number(sequence=901))
    clock.move_by(VALID_FOR, by=None)
    message = SmsMessage.objects.get()
    assert sms.send(message.pk) == SmsMessage.State.FAILED
    assert sms.waiting() == []


def test_anothers_code_opens_nothing(villager: Person) -> None:
    other = head_of(reachable_home(cast.villages[0], "乙二", id_number(sequence=902), phone="13900139000"))
    asked = ask(id_number(sequence=901))
    ask(id_number(sequence=902), name="乙二")
    assert LookupCode.objects.latest("id").person == other
    with pytest.raises(Invalid):
        enter(asked, real_code())


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５"])
def test_what_is_no_code_is_refused(villager: Person, typed: str) -> None:
    with pytest.raises(Invalid, match=WRONG_CODE):
        enter(ask(id_number(sequence=901)), typed)


def test_many_at_once_with_one_code_let_one_in(committed_db: Database) -> None:
    reachable_home(cast.villages[0], NAME, id_number(sequence=901))
    asked, outcomes = ask(id_number(sequence=901)), []
    code = real_code()

    def work() -> None:
        try:
            enter(asked, code)
            outcomes.append("in")
        except Invalid:
            outcomes.append("out")
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in", "out", "out", "out"]


# --- Nobody learns who is in the register -----------------------------------------------------------------------------
@pytest.mark.req("PUB-7", "PUB-4")
def test_the_answers_for_somebody_and_for_nobody_are_the_same_bytes(villager: Person) -> None:
    pages = []
    for sequence in (901, 903):  # the second is nobody's
        client = Client()
        given = {"name": NAME, "id_number": id_number(sequence=sequence)}
        first = client.post(reverse("public:mine"), given)
        second = client.get(first["Location"])
        wrong = client.post(first["Location"], {"code": "000000"})
        pages.append(
            [
                (answer.status_code, answer.get("Location"), without_tokens(answer.content))
                for answer in (first, second, wrong)
            ]
        )
        cookie = client.cookies["portal_villager"]
        pages[-1].append((len(cookie.value), cookie["path"], cookie["max-age"], cookie["samesite"]))  # type: ignore[arg-type]
    assert pages[0] == pages[1]


def test_asking_twice_in_a_minute_is_refused_alike(villager: Person) -> None:
    said = []
    for sequence in (901, 903):
        ask(id_number(sequence=sequence))
        with pytest.raises(TooOften) as caught:
            ask(id_number(sequence=sequence))
        said.append(caught.value.message)
    assert said[0] == said[1]


def test_one_client_asks_for_twenty_persons_an_hour(db: None) -> None:
    for sequence in range(20):
        ask(id_number(sequence=sequence))
    with pytest.raises(TooOften):
        ask(id_number(sequence=21))
    ask(id_number(sequence=22), client="10.0.0.2")


def test_guessing_is_stopped_for_nobody_too(db: None) -> None:
    asked = ask(id_number(sequence=903))
    for _ in range(15):
        with pytest.raises(Invalid):
            enter(asked, "123456")
    with pytest.raises(TooOften, match=WRONG_CODE):
        enter(asked, "123456")


def test_a_malformed_number_is_said_at_its_field(db: None) -> None:
    body = Client().post(reverse("public:mine"), {"name": NAME, "id_number": "123"}).content.decode()
    assert "身份证号应为 18 位" in body


# --- The pages --------------------------------------------------------------------------------------------------------
@pytest.fixture
def paid_sample() -> Iterator[None]:
    """A room above that knows of one payment that failed."""
    source = lambda person: [  # noqa: E731
        PayoutView(
            what="高龄津贴", period="2026年4月", amount_fen=100_00, state="发放失败", tone="bad", account_tail="6789",
            bank_name="邮储银行", failure="账户长期未使用，请到银行激活",
        )
    ]  # fmt: skip
    payouts.register_payouts(source)
    yield
    payouts._sources.remove(source)


def signed_in(client: Client) -> None:
    client.post(reverse("public:mine"), {"name": NAME, "id_number": id_number(sequence=901)})
    client.post(reverse("public:mine_code"), {"code": real_code()})


@pytest.mark.req("PUB-7")
def test_the_list_shows_what_is_on_its_way_what_failed_and_why(
    villager: Person, paid_sample: None, client: Client
) -> None:
    home = villager.household
    notice = posted(homes=[home])
    signed_in(client)
    body = client.get(reverse("public:mine_list")).content.decode()
    for words in (NAME, "耕地地力保护补贴", "公示", notice.token, "高龄津贴", "****6789", "请到银行激活", "用完请退出"):
        assert words in body
    assert TrailEntry.objects.filter(verb="lookup.view", subject_id=str(villager.pk)).count() == 1


def test_without_a_code_there_is_no_list(villager: Person, client: Client) -> None:
    client.post(reverse("public:mine"), {"name": NAME, "id_number": id_number(sequence=901)})
    assert client.get(reverse("public:mine_list"))["Location"] == reverse("public:mine")


def test_signing_out_closes_the_session_on_the_server(villager: Person, client: Client) -> None:
    signed_in(client)
    stolen = client.cookies["portal_villager"].value
    assert client.get(reverse("public:mine_list")).status_code == 200
    client.post(reverse("public:mine_out"))
    thief = Client()
    thief.cookies["portal_villager"] = stolen
    assert thief.get(reverse("public:mine_list")).status_code == 302


def test_the_token_of_the_first_step_is_not_that_of_the_second(villager: Person, client: Client) -> None:
    client.post(reverse("public:mine"), {"name": NAME, "id_number": id_number(sequence=901)})
    before = client.cookies["portal_villager"].value
    client.post(reverse("public:mine_code"), {"code": real_code()})
    fixed = Client()
    fixed.cookies["portal_villager"] = before
    assert fixed.get(reverse("public:mine_list")).status_code == 302


def test_own_pages_are_never_kept_by_anybody(villager: Person, client: Client) -> None:
    signed_in(client)
    for name in ("public:mine", "public:mine_list"):
        assert "no-store" in client.get(reverse(name))["Cache-Control"]


def test_a_villagers_session_opens_no_staff_page(villager: Person, client: Client) -> None:
    signed_in(client)
    assert client.get(reverse("publicity:notices")).status_code == 302


def test_a_staff_session_opens_no_villagers_list(db: None, client: Client) -> None:
    client.force_login(cast.clerk)
    assert client.get(reverse("public:mine_list")).status_code == 302
