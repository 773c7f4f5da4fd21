"""Divisions, organisations, people and posts (ACL-1, ACL-2).

`by` is None only while a county is being set up by a command; afterwards the system administrator acts.
"""

import csv
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import DUTY_GROUPS, ROLE_KINDS, ROLE_PARTS, Division, NaturalPerson, Organisation, Post, Role, User
from accounts.scope import portal_today, require
from accounts.sign_in import check_password
from accounts.trail import record
from accounts.workbench import parts_there
from lib import crypto
from lib.errors import Conflict, Invalid
from lib.identifiers import parse_id_number
from lib.text import normalise_name
from lib.truths import broken_truth

DIVISIONS_FILE = Path(__file__).parent / "data" / "divisions.csv"


def _authorise(by: User | None) -> None:
    if by is not None:
        require(by, Role.ADMINISTRATOR)


@transaction.atomic
def load_divisions(*, county_code: str, by: User | None = None) -> int:
    """Loads a county with its townships and villages from the statistical codes; returns how many are new.

    Running it again adds what is missing and renames what was renamed; it never removes.
    """
    _authorise(by)
    with DIVISIONS_FILE.open(encoding="utf-8", newline="") as handle:
        rows = {row["code"]: row for row in csv.DictReader(handle)}
    if county_code not in rows or rows[county_code]["level"] != Division.Level.COUNTY:
        raise Invalid(f"区划代码{county_code}不是已收录的县（市、区）。", code="accounts.unknown_county")
    added = 0
    known: dict[str, int] = {}
    for level in (Division.Level.COUNTY, Division.Level.TOWNSHIP, Division.Level.VILLAGE):
        ours = [
            row
            for row in rows.values()
            if row["level"] == level and (row["code"] == county_code or row["parent"] in known)
        ]
        there = set(Division.objects.filter(code__in=[row["code"] for row in ours]).values_list("code", flat=True))
        added += len(ours) - len(there)
        made = Division.objects.bulk_create(
            (
                Division(code=row["code"], name=row["name"], level=level, parent_id=known.get(row["parent"]))
                for row in ours
            ),
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "parent"],
        )
        known.update({division.code: division.pk for division in made})
    record(by=by, verb="divisions.load", subject=("accounts.division", county_code), facts={"added": added})
    return added


@transaction.atomic
def add_organisation(
    *,
    by: User | None,
    kind: str,
    code: str,
    name: str,
    division: Division,
    parent: Organisation | None = None,
    phone: str = "",
) -> Organisation:
    """Adds an organisation; its division decides how far its posts see."""
    _authorise(by)
    if Organisation.objects.filter(code=code).exists():
        raise Conflict(f"机构代码{code}已被使用，请换一个代码。", code="accounts.organisation_code", field="code")
    organisation = Organisation.objects.create(
        kind=kind, code=code, name=name, division=division, parent=parent, phone=phone
    )
    record(by=by, verb="organisation.add", subject=organisation, facts={"kind": kind, "code": code})
    return organisation


@transaction.atomic
def add_user(*, by: User | None, username: str, full_name: str, id_number: str, password: str, phone: str = "") -> User:
    """Adds a sign-in for a natural person; the same ID number is the same person, however many sign-ins there are."""
    _authorise(by)
    parsed = parse_id_number(id_number, today=portal_today())
    if User.objects.filter(username=username).exists():
        raise Conflict(f"用户名{username}已被使用，请换一个。", code="accounts.username", field="username")
    check_password(User(username=username, full_name=full_name), password)
    name = normalise_name(full_name)
    person, _ = NaturalPerson.objects.get_or_create(
        id_digest=crypto.digest("id", parsed.value),
        defaults={"name": name, "id_cipher": crypto.encrypt(parsed.value)},
    )
    user = User(username=username, full_name=name, person=person, phone=phone)
    user.set_password(password)
    user.save()
    record(by=by, verb="user.add", subject=user, facts={"person": person.pk})
    return user


@transaction.atomic
def appoint(
    *,
    by: User | None,
    user: User,
    organisation: Organisation,
    role: str,
    since: date | None = None,
    until: date | None = None,
) -> Post:
    """Gives a person a post for a term (open without `until`; `until` is the first day without it).

    Handling, reviewing, supervising and administering are never with one natural person at one time (ZLT§26, CQ§34).
    A village has a clerk only while the county's rules let villages enter accounts (CQ§13).
    """
    _authorise(by)
    _check_place(organisation, role)
    begin = since or portal_today()
    if until is not None and until <= begin:
        raise Invalid("任期结束日期应晚于开始日期。", code="accounts.term", field="until")
    # Two posts given at once wait for each other here: the exclusion constraint alone may end in a deadlock.
    NaturalPerson.objects.select_for_update(no_key=True).get(pk=user.person_id)
    try:
        with transaction.atomic():
            post = Post.objects.create(
                user=user,
                person_id=user.person_id,
                organisation=organisation,
                role=role,
                duty_group=DUTY_GROUPS[role],
                term=DateRange(begin, until),
            )
    except IntegrityError as error:
        if broken_truth(error) != "accounts_post_incompatible":
            raise
        raise Conflict(
            f"{user.full_name}在该任期内已有不相容的岗位：经办、审核、监督、银行与系统管理不得由同一自然人兼任。"
            "请另行指定人员，或先结束原岗位。",
            code="accounts.post_incompatible",
        ) from None
    record(
        by=by,
        verb="post.appoint",
        subject=post,
        facts={"user": user.pk, "role": role, "organisation": organisation.pk, "since": begin, "until": until},
    )
    return post


def _check_place(organisation: Organisation, role: str) -> None:
    """Whether a post of this role can be held there, by its nature and by the county's rules."""
    if organisation.kind not in ROLE_KINDS[role]:
        raise Invalid(
            f"“{Role(role).label}”岗位不设在{organisation.get_kind_display()}，请另选机构或岗位。",
            code="accounts.role_kind",
            field="role",
            # Villages help to collect and to post; entering is the business of the units above them.
            rule="village.entry" if organisation.kind == Organisation.Kind.VILLAGE else "",
        )
    part = ROLE_PARTS.get(role, "")
    if part and part not in parts_there():
        raise Invalid(
            f"按本县现行规则，账户由乡镇录入，不设“{Role(role).label}”岗位。县里决定由村（社区）录入账户的，"
            "请先在“适用规则”中提出变更，批准生效后再任命。",
            code="accounts.role_part",
            field="role",
            rule=part,
        )


@transaction.atomic
def end_post(*, by: User | None, post: Post, on: date | None = None) -> Post:
    """Ends a post; `on` (today if left out) is the first day on which it no longer counts."""
    _authorise(by)
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    last = on or portal_today()
    if post.term.upper is not None and post.term.upper <= last:
        raise Conflict("该岗位已经结束，不需要再办理。", code="accounts.post_ended")
    post.term = DateRange(min(post.term.lower, last), last)
    post.save(update_fields=["term"])
    record(by=by, verb="post.end", subject=post, facts={"on": last})
    return post


@transaction.atomic
def reset_password(*, by: User, user: User, password: str) -> User:
    """Gives a person who has forgotten the password a new one; a session that is open under the old one ends."""
    _authorise(by)
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    check_password(user, password)
    user.set_password(password)
    user.session_key = ""
    user.save(update_fields=["password", "session_key"])
    record(by=by, verb="password.reset", subject=user)
    return user


@transaction.atomic
def set_active(*, by: User, user: User, active: bool) -> User:
    """Closes or reopens a sign-in. Closing ends its session; posts and what was done stay as they are."""
    _authorise(by)
    if user.pk == by.pk:
        raise Conflict("不能停用自己的账号，请由另一名系统管理员办理。", code="accounts.own_sign_in")
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if user.is_active != active:
        user.is_active = active
        user.session_key = ""
        user.save(update_fields=["is_active", "session_key"])
        record(by=by, verb="user.open" if active else "user.close", subject=user)
    return user
