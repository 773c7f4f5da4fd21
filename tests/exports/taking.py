"""Taking a list out in tests: as a person does it, from its page."""

import csv
import io
from typing import Any

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from tests.factories import cast

# Title, filters, by whom and when, why: above the headers.
ABOVE = 4
REASON = "核对本村名单"


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, username))
    return client


def asked(client: Client, key: str, page: str) -> Any:
    """The page that asks why and in which form."""
    return client.get(reverse("jobs:export", args=[key]), {"page": page})


def taken(client: Client, key: str, page: str, **given: str) -> Any:
    """The answer to the filled-in form."""
    form = {"page": page, "reason": REASON, "format": "csv", **given}
    return client.post(reverse("jobs:export", args=[key]), form)


def rows_in(content: bytes, kind: str = "csv") -> list[list[Any]]:
    """Every row of a table, the lines above included."""
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def content_of(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def exported(client: Client, key: str, page: str, **given: str) -> list[dict[str, Any]]:
    """The rows of a list as a csv, by header."""
    rows = rows_in(content_of(taken(client, key, page, **given)))
    return [dict(zip(rows[ABOVE], row, strict=True)) for row in rows[ABOVE + 1 :]]
