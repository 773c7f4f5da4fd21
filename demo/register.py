"""Taking the fictional households into the base register: the same staging, checks and insertion as an upload."""

import io
from collections.abc import Iterator, Sequence

from accounts.models import Division, User
from demo.people import House, Villager
from households.imports import staging
from households.imports.columns import copy_columns
from lib import crypto

_BATCH = 500
# Columns of means of production, which the fictional households bring none of.
_NO_MEANS = len(copy_columns()) - 1 - (copy_columns().index("subsidised_mu") + 1)


def take_in(*, by: User, township: Division, houses: Sequence[House]) -> int:
    """Stages, checks and takes in a township's households; returns the number of people. Any error stops it."""
    batch = staging.begin_staged(by=by, township=township, name=f"{township.name}补贴对象底册.xlsx")
    rows = "".join(_copy_lines(houses))
    staging.stage_rows(batch.pk, io.BytesIO(rows.encode()))
    staging.check_staged(batch.pk)
    staging.take_in_staged(batch=batch, by=by, only_good=False)
    return rows.count("\n")


def _copy_lines(houses: Sequence[House]) -> Iterator[str]:
    """The COPY text of `households.imports.columns`, Excel row by Excel row, numbers encrypted in sets."""
    row = 1
    for start in range(0, len(houses), _BATCH):
        part = houses[start : start + _BATCH]
        members = [member for house in part for member in house.members]
        ids = _secrets("id", [member.id_number for member in members])
        phones = _secrets("phone", [member.phone for member in members])
        accounts = _secrets("account", [member.account for member in members])
        position = 0
        for house in part:
            head = position
            for member in house.members:
                row += 1
                secrets = (ids[head], ids[position], phones[position], accounts[position])
                yield _line(row, house, member, secrets)
                position += 1


def _secrets(kind: str, plains: Sequence[str]) -> list[tuple[str, str]]:
    """Ciphertext and digest in COPY's spelling of bytes; NULLs for what is not there."""
    ciphers, digests = crypto.encrypt_many(plains), crypto.digest_many(kind, plains)
    return [
        ("\\\\x" + cipher.hex(), "\\\\x" + digest.hex()) if plain else ("\\N", "\\N")
        for plain, cipher, digest in zip(plains, ciphers, digests, strict=True)
    ]


def _line(row: int, house: House, member: Villager, secrets: Sequence[tuple[str, str]]) -> str:
    head = house.head
    head_id, own_id, phone, account = secrets
    is_head = member is head
    values = (
        str(row), house.code, head.name, *head_id, head.birth.isoformat(), head.sex,
        member.name, *own_id, member.birth.isoformat(), member.sex,
        house.village.code, house.group, member.relation, *phone, house.address,
        member.bank or "\\N", *account, member.account[-4:] or "\\N",
        str(house.contracted) if is_head else "\\N", str(house.subsidised) if is_head else "\\N",
        *["\\N"] * _NO_MEANS, "0",
    )  # fmt: skip
    return "\t".join(values) + "\n"
