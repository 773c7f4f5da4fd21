"""What a browser would send for a form as it is drawn."""

from html.parser import HTMLParser

UNSENT = {"submit", "button", "image", "reset", "file"}


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.select = self.textarea = ""
        self.chosen: str | None = None
        self.first: str | None = None
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "input" and name and has.get("type") not in UNSENT:
            if has.get("type") not in ("checkbox", "radio") or "checked" in has:
                self._add(name, has.get("value") or ("on" if has.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select, self.chosen, self.first = name, None, None
        elif tag == "option":
            self.first = self.first if self.first is not None else has.get("value") or ""
            if "selected" in has:
                self.chosen = has.get("value") or ""
        elif tag == "textarea":
            self.textarea, self.text = name, ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select:
            value = self.chosen if self.chosen is not None else self.first
            self._add(self.select, value or "")
            self.select = ""
        elif tag == "textarea" and self.textarea:
            self._add(self.textarea, self.text.lstrip("\n"))
            self.textarea = ""

    def _add(self, name: str, value: str) -> None:
        self.data.setdefault(name, []).append(value)


def filled(html: str) -> dict[str, list[str]]:
    """Every control of the page with the value that it shows; nothing is ticked or chosen beyond that."""
    parser = _Form()
    parser.feed(html)
    parser.data.pop("csrfmiddlewaretoken", None)
    return parser.data
