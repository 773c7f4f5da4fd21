"""Requests to change the register, for tests, walked through the services.

asked(home, "member_out", GivenLeavers([son.pk], "迁往外县"))        # by the clerk of the household's township
changed(home, "cancel", "全户迁出")                                  # and agreed to by its finance station
collected()                                                          # 音德尔镇's first collection is over
"""

from typing import Any

from accounts.models import Division, User
from households import services
from households.models import FirstCollection, Household, RegisterRequest
from households.services.changing.given import NewPerson
from households.services.changing.homes import GivenHome
from tests.factories import cast, id_number
from tests.factories_papers import scan


def evidence(by: User | None = None) -> services.Evidence:
    return services.Evidence(scan("村委会变更申请.pdf", by), [scan("户口簿.pdf", by)])


def asked(home: Household, kind: str, given: Any, *, by: User | None = None) -> RegisterRequest:
    clerk = by or (cast.clerk if home.village.parent_id == cast.township.pk else cast.clerk2)
    return services.request_register_change(
        by=clerk, kind=kind, household=home, given=given, reason="按户口簿更正", evidence=evidence(clerk)
    )


def agreed(request: RegisterRequest, *, by: User | None = None) -> RegisterRequest:
    station = by or (cast.station if request.township_id == cast.township.pk else cast.station2)
    return services.approve_register_change(by=station, request=request, opinion="与原件相符")


def changed(home: Household, kind: str, given: Any) -> RegisterRequest:
    return agreed(asked(home, kind, given))


def newcomer(name: str = "甲九", relation: str = "儿子", **more: Any) -> NewPerson:
    return NewPerson(name, more.pop("number", None) or id_number(), relation, **more)


def new_household(village: Division | None = None, *people: NewPerson, **more: Any) -> RegisterRequest:
    place = village or cast.villages[0]
    clerk = cast.clerk if place.parent_id == cast.township.pk else cast.clerk2
    given = GivenHome(people or (newcomer("甲七", "本人"),), **more)
    return services.request_new_household(
        by=clerk, village=place, given=given, reason="新立户", evidence=evidence(clerk)
    )


def collected(township: Division | None = None) -> FirstCollection:
    place = township or cast.township
    by = cast.station if place.pk == cast.township.pk else cast.station2
    return services.end_first_collection(by=by, township=place)
