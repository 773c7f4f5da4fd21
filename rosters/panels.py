"""Parts of a roster's page that belong to the rooms above: publicity's notices, disbursement's batches.

Each registers in `AppConfig.ready()` a function that returns a template and its context, or None when it has nothing.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from rosters.models import Roster

Panel = Callable[[HttpRequest, Roster], tuple[str, dict[str, Any]] | None]
_panels: list[tuple[int, Panel]] = []


def register_panel(panel: Panel, *, order: int = 50) -> None:
    _panels.append((order, panel))


def panels_for(request: HttpRequest, roster: Roster) -> list[dict[str, Any]]:
    """What to include on the page: [{"template": …, "context": {…}}], in order."""
    found = []
    for _, panel in sorted(_panels, key=lambda entry: entry[0]):
        answer = panel(request, roster)
        if answer is not None:
            found.append({"template": answer[0], "context": answer[1]})
    return found
