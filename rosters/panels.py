"""Parts of a roster's page that belong to the rooms above: publicity's notices, disbursement's batches.

Each registers in `AppConfig.ready()` a function that returns a template and its context, or None when it has nothing.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from rosters.models import Roster

Panel = Callable[[HttpRequest, Roster], tuple[str, dict[str, Any]] | None]
_panels: list[tuple[int, Panel]] = []


def register_panel(panel: Panel, *, order: int = 50) -> None:
    _panels.append((order, panel))


def panels_for(request: HttpRequest, roster: Roster) -> list[SafeString]:
    """The panels of a roster's page in order, each rendered with its own context only."""
    answers = [panel(request, roster) for _, panel in sorted(_panels, key=lambda entry: entry[0])]
    return [render_to_string(answer[0], answer[1], request) for answer in answers if answer is not None]
