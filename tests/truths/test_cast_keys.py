from lib import crypto
from tests.factories import cast


def test_the_casts_numbers_can_be_read_with_the_keys_of_this_run(db: None) -> None:
    assert crypto.decrypt(cast.clerk.person.id_cipher).startswith("159999")
