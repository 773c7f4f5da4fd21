"""What the pages of papers share: tabs with counts, evidence kept with the request, files that are handed out."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.listings import listed
from accounts.models import User
from accounts.trail import record
from households.models import Person
from households.views.common import READERS, SIZES, masked, page_of, person_of, reader_of
from jobs.models import StoredFile
from jobs.services import store_file
from lib.errors import NotFound
from rulebook import rules

M = TypeVar("M", bound=Model)
TONES = {
    "requested": "info", "checked": "info", "approved": "good", "consented": "good", "refused": "bad",
    "ended": "neutral",
}  # fmt: skip
TABS = {"todo": "待办", "all": "全部"}


def paper_list(
    request: HttpRequest,
    *,
    template: str,
    listing: str,
    todo: Callable[[User], QuerySet[M]],
    every: Callable[[User], QuerySet[M]],
    readers: frozenset[str] = READERS,
    **context: Any,
) -> HttpResponse:
    """A list with 待办 and 全部; whoever has nothing to do sees all first."""
    user = reader_of(request, readers)
    waiting = todo(user).count()
    tab = request.GET.get("tab", "todo" if waiting else "all")
    tab = tab if tab in TABS else "all"
    tabs = [
        {"title": TABS["todo"], "url": "?tab=todo", "active": tab == "todo", "count": waiting},
        {"title": TABS["all"], "url": "?tab=all", "active": tab == "all", "count": every(user).count()},
    ]
    found = (todo if tab == "todo" else every)(user).order_by("-id")
    page = page_of(request, listed(request, listing, found, tab=TABS[tab]))
    rows = [{"paper": one, "tone": TONES.get(getattr(one, "state", ""), "neutral")} for one in page.object_list]
    return render(request, template, {"tabs": tabs, "tab": tab, "page": page, "rows": rows, "sizes": SIZES, **context})


def stored(user: User, upload: Any) -> StoredFile:
    return store_file(content=upload, name=upload.name, by=user)


def handed_out(request: HttpRequest, paper: Model, files: Mapping[str, StoredFile | None], which: str) -> FileResponse:
    """One of a paper's files; looking at evidence with people's numbers on it is on the trail."""
    file = files.get(which)
    if file is None:
        raise NotFound
    record(by=person_of(request), verb="paper.evidence", subject=paper, facts={"file": which})
    return FileResponse(file.file.open("rb"), as_attachment=True, filename=file.name)


def file_fact(label: str, file: StoredFile | None, url: str) -> dict[str, Any]:
    return {"label": label, "value": file.name if file else "未附", "url": url if file else ""}


def person_fact(label: str, person: Person, *, url: bool = True) -> dict[str, Any]:
    """Name and masked ID number; the household's page only where the reader may see it."""
    page = reverse("households:detail", args=[person.household_id]) if url else ""
    note = f"{masked(person)['id_number']}　{person.household.village.parent}{person.household.village}"
    return {"label": label, "value": person.name, "note": note, "url": page}


def rule_note(key: str) -> dict[str, Any]:
    """How the county's rule reads to whoever wonders why a page offers nothing."""
    found = rules.rule(key)
    return {"key": key, "value": found.value, "citation": found.citation, "wording": found.wording}
