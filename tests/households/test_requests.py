"""The register changes by request."""

import pytest

from households.models import RegisterHistory
from tests.factories_households import household

pytestmark = pytest.mark.django_db


def test_a() -> None:
    home = household(members=[("妻子", "甲二")])
    assert RegisterHistory.objects.filter(household=home).count() > 3
