from django.http import HttpRequest

from accounts.models import User
from lib.errors import Forbidden


def user_of(request: HttpRequest) -> User:
    """The signed-in person of a request behind the sign-in."""
    if not isinstance(request.user, User):
        raise Forbidden("请先登录。", code="not_signed_in")
    return request.user
