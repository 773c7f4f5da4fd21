"""Headers that an organisation uses and no template knows: told once by its clerk, remembered, shown, removable.

A remembered title is one more synonym of its column, for that organisation's files of that kind (and policy) only.
Nothing of it happens in silence: what was used stands in the preview of the file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import Organisation, User
from accounts.trail import record
from jobs.models import HeaderName, StoredFile
from lib.errors import Conflict, Invalid, NotFound
from lib.scratch import scratch
from lib.sheets.headings import Heading, headings
from lib.sheets.model import Column, Limits, Parsed, clean_title

LONGEST = 40
# Why a file was not read, where a clerk may say what its columns are.
HEADER_REFUSALS = ("sheet.no_header", "sheet.missing_columns")
_PERSONAL = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True)
class Files:
    """Whose files, of which kind, for which policy: within these a title means one column."""

    organisation: Organisation
    kind: str
    policy: str = ""

    def remembered(self) -> QuerySet[HeaderName]:
        return HeaderName.objects.filter(organisation=self.organisation, kind=self.kind, policy=self.policy)


@dataclass(frozen=True)
class Kind:
    """A kind of files as the administrator's table of headers names it; `columns` by the policy's code."""

    title: str
    columns: Callable[[str], Sequence[Column]]
    by_policy: bool = False


_kinds: dict[str, Kind] = {}


def register_kind(kind: str, named: Kind) -> None:
    """A room tells of files whose headers are remembered."""
    _kinds[kind] = named


def kinds() -> Mapping[str, Kind]:
    return _kinds


def with_remembered(columns: Sequence[Column], files: Files) -> tuple[Column, ...]:
    """The columns, with what this organisation calls them."""
    titles: dict[str, list[str]] = {}
    for title, key in files.remembered().values_list("title", "key"):
        titles.setdefault(key, []).append(title)
    return tuple(
        replace(column, synonyms=(*column.synonyms, *titles[column.key])) if column.key in titles else column
        for column in columns
    )


def parse_with(read: Callable[[Sequence[Column]], Parsed], columns: Sequence[Column], files: Files) -> Parsed:
    """Reads a file by the columns and what is remembered; by the columns alone where it has both names for one."""
    try:
        return read(with_remembered(columns, files))
    except Invalid as refusal:
        if refusal.code != "sheet.doubled_column":
            raise
        return read(columns)


def used(mapping: Mapping[str, str], columns: Sequence[Column], files: Files) -> list[list[str]]:
    """Which remembered titles a file was read by: title as found, and the column that it was taken for."""
    names = {column.key: column.title for column in columns}
    known = dict(files.remembered().values_list("title", "key"))
    return [[title, names[key]] for title, key in mapping.items() if known.get(clean_title(title)) == key]


def shown(columns: Sequence[Column], files: Files) -> list[dict[str, Any]]:
    """What is remembered, for the page from which it can be removed."""
    names = {column.key: column.title for column in columns}
    found = files.remembered().select_related("made_by")
    return [{"name": one, "column": names.get(one.key, one.key)} for one in found]


def is_title(title: str) -> bool:
    """Whether a header may be one: no number of a person, nothing endless."""
    return bool(title) and len(title) <= LONGEST and not _PERSONAL.search(title)


@transaction.atomic
def remember(*, by: User, files: Files, columns: Sequence[Column], chosen: Mapping[str, str]) -> int:
    """Keeps what each title means; the caller has asked for the post. Returns how many."""
    keys = {column.key for column in columns}
    titles = {clean_title(title): key for title, key in chosen.items() if key}
    if not titles:
        raise Conflict("还没有选择任何一列对应的内容。", code="jobs.headers_none")
    for title, key in titles.items():
        if key not in keys or not is_title(title):
            raise Invalid(f"“{title[:10]}”不像列名，不能记住。请在文件里写明列名后重新上传。", code="jobs.header_title")
    if len(set(titles.values())) < len(titles):
        raise Conflict("有两列选了同一项内容，每项只能对应一列。", code="jobs.headers_doubled")
    for title, key in titles.items():
        files.remembered().update_or_create(
            title=title,
            defaults={"key": key, "made_by": by, "made_at": Now()},
            create_defaults={
                "organisation": files.organisation,
                "kind": files.kind,
                "policy": files.policy,
                "key": key,
                "made_by": by,
                "made_at": Now(),
            },
        )
    _told(by, "sheet.headers.keep", files, len(titles))
    return len(titles)


@transaction.atomic
def forget(*, by: User, files: Files, pk: int) -> None:
    """Removes one; the caller has asked for the post."""
    found = files.remembered().filter(pk=pk)
    if not found.delete()[0]:
        raise NotFound
    _told(by, "sheet.headers.forget", files, 1)


def _told(by: User, verb: str, files: Files, count: int) -> None:
    record(by=by, verb=verb, subject=files.organisation, facts={"kind": files.kind, "count": count})


def headings_of(stored: StoredFile, columns: Sequence[Column], limits: Limits) -> list[Heading]:
    """The header of a stored file, as far as it is known, with masked samples."""
    with scratch() as place:
        source = Path(place) / "upload"
        with stored.file.open("rb") as kept, source.open("wb") as copy:
            for chunk in kept.chunks():
                copy.write(chunk)
        return headings(source, columns, limits=limits)


class MappingForm(forms.Form):
    """One choice for each column of a file that nobody knows."""

    def __init__(self, found: Sequence[Heading], columns: Sequence[Column], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {one.key for one in found if one.key}
        free = [("", "不读入")]
        free += [(c.key, f"{c.title}（必填）" if c.required else c.title) for c in columns if c.key not in known]
        self.missing = [column.title for column in columns if column.required and column.key not in known]
        self.titles = {f"column_{number}": one for number, one in enumerate(found) if one.key is None}
        for name, one in self.titles.items():
            self.fields[name] = forms.ChoiceField(
                label=one.title, choices=free, required=False, help_text="　".join(one.samples) or "下面没有内容"
            )

    def chosen(self) -> dict[str, str]:
        return {one.title: self.cleaned_data[name] for name, one in self.titles.items() if self.cleaned_data[name]}
