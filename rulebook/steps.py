"""A chain or a path as rows that can be reordered, changed, added and removed without JavaScript."""

from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.datastructures import MultiValueDict

from accounts.models import Role
from accounts.scope import DEPARTMENT_ROLES, SCHOOL_ROLES, TOWNSHIP_ROLES
from lib.errors import Invalid
from rulebook.catalogue import Key
from rulebook.wording import OFFICES, SIGNS

NOTICE = "notice"
SPARE_ROWS = 3
FINANCE = (Role.FINANCE_REVIEWER, Role.FINANCE_HEAD, Role.FINANCE_OFFICER)


def _named(roles: Any) -> list[tuple[str, str]]:
    return [(str(role.value), str(role.label)) for role in Role if role in roles]


class StepForm(forms.Form):
    """One row. Only rows with a title count; a ticked one goes."""

    order = forms.IntegerField(
        label="顺序", required=False, min_value=1, max_value=99, widget=forms.NumberInput(attrs={"class": "figure"})
    )
    key = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label="环节", required=False, max_length=60)
    article = forms.CharField(label="依据", required=False, max_length=100)
    remove = forms.BooleanField(label="删除", required=False)


class ChainStepForm(StepForm):
    post = forms.ChoiceField(label="由谁办理（乡镇、部门、县）", required=False, choices=[
        ("", "乡镇没有这个环节"), (NOTICE, "公示（期满为止）"), ("乡镇", _named(TOWNSHIP_ROLES)),
        ("主管部门", _named(DEPARTMENT_ROLES)), ("财政部门", _named(FINANCE)),
    ])  # fmt: skip
    school = forms.ChoiceField(
        label="学校由谁办理", required=False, choices=[("", "学校没有这个环节"), *_named(SCHOOL_ROLES)]
    )
    signs = forms.ChoiceField(label="签字", required=False, choices=[("", "不要求签字"), *SIGNS.items()])
    submits = forms.BooleanField(label="签后上报", required=False)
    field_order = ("order", "title", "post", "school", "signs", "submits", "article", "remove")


class PathStepForm(StepForm):
    office = forms.ChoiceField(label="由谁办理", required=False, choices=[("", "请选择"), *OFFICES.items()])
    field_order = ("order", "title", "office", "article", "remove")


class Ways:
    """The rows of a chain or path and the value they make."""

    def __init__(self, entry: Key, current: list[dict[str, Any]], data: MultiValueDict[str, Any] | None) -> None:
        self.entry = entry
        self.before = {step["key"]: step for step in current}
        made = ChainStepForm if entry.shape == "chain" else PathStepForm
        rows = formset_factory(made, extra=SPARE_ROWS, max_num=40, absolute_max=60)
        initial = [{"order": number, **_row(step)} for number, step in enumerate(current, start=1)]
        self.formset: BaseFormSet[Any] = rows(data, initial=initial, prefix="step")

    def is_valid(self) -> bool:
        return bool(self.formset.is_valid())

    def value(self) -> list[dict[str, Any]]:
        """The steps in the order of their numbers; rows without a number come last, as they stand."""
        rows = [form.cleaned_data for form in self.formset.forms if form.cleaned_data.get("title")]
        rows = sorted((row for row in rows if not row["remove"]), key=lambda row: row["order"] or 99)
        taken = {row["key"] for row in rows if row["key"]}
        steps = []
        for number, row in enumerate(rows, start=1):
            key = row["key"] or next(
                name for name in (f"step{number + more}" for more in range(99)) if name not in taken
            )
            taken.add(key)
            steps.append(self._step(key, row))
        return steps

    def _step(self, key: str, row: dict[str, Any]) -> dict[str, Any]:
        before = self.before.get(key, {})
        step: dict[str, Any] = {"key": key, "title": row["title"]}
        if self.entry.shape == "path":
            step["office"] = row["office"]
        elif row["post"] == NOTICE:
            step["kind"] = NOTICE
        else:
            step |= _posts(row, before)
        if row["article"] or "article" in before:
            same = row["article"] == before.get("article", "")
            step |= {
                "article": row["article"],
                "quote": before.get("quote", "") if same else "",
                "silent": not row["article"],
            }
        return step


def _posts(row: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Post and scope of a signature. A unit's post is a mapping as soon as the kinds of units differ in it."""
    post, school = row["post"], row["school"]
    if not post and not school:
        raise Invalid(f"环节“{row['title']}”没有选由谁办理。", code="rulebook.step", field="value")
    if not post or post in TOWNSHIP_ROLES:
        by_kind = {kind: role for kind, role in (("township", post), ("school", school)) if role}
        plain = not school and not isinstance(before.get("post"), dict)
        found: dict[str, Any] = {"post": post if plain else by_kind, "scope": "unit"}
    else:
        found = {"post": post, "scope": "department" if post in DEPARTMENT_ROLES else "county"}
    if row["signs"]:
        found["signs"] = row["signs"]
    if row["submits"]:
        found["submits"] = True
    return found


def _row(step: dict[str, Any]) -> dict[str, Any]:
    """A stored step as a row."""
    posts = step.get("post", "")
    posts = posts if isinstance(posts, dict) else {"township": posts}
    return {
        "key": step["key"],
        "title": step["title"],
        "post": NOTICE if step.get("kind") == NOTICE else posts.get("township", ""),
        "school": posts.get("school", ""),
        "signs": step.get("signs", ""),
        "submits": bool(step.get("submits")),
        "office": step.get("office", ""),
        "article": step.get("article", ""),
    }


def steps_formset(entry: Key, current: Any, *, data: MultiValueDict[str, Any] | None = None) -> Ways:
    return Ways(entry, current or [], data)
