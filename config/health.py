"""Whether this process can serve: asked by the container's health check, by the proxy and at the start."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from redis.exceptions import RedisError

from accounts.access import public


@public
def health(request: HttpRequest) -> JsonResponse:
    state = {"database": True, "cache": True}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        state["database"] = False
    try:
        cache.get("health")
    except RedisError:
        state["cache"] = False
    return JsonResponse(state, status=200 if all(state.values()) else 503)
