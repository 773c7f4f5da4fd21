"""Shapes of what an administrator types about days off; the services decide."""

from typing import Any

from django import forms

from rulebook.calendars import FIRST_YEAR, LAST_YEAR

DATE = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")
_TEXT = {"rows": 12, "spellcheck": "false"}


class SourceForm(forms.Form):
    """Which year, and the notice that orders it."""

    year = forms.IntegerField(
        label="年份", min_value=FIRST_YEAR, max_value=LAST_YEAR, widget=forms.NumberInput(attrs={"class": "short"})
    )
    title = forms.CharField(
        label="通知名称", max_length=200, required=False, help_text="通知原文里有的会自动读出，可不填。",
    )  # fmt: skip
    number = forms.CharField(
        label="文号", max_length=60, required=False, widget=forms.TextInput(attrs={"class": "medium"})
    )
    issued_on = forms.DateField(label="发文日期", required=False, widget=DATE)


class NationForm(SourceForm):
    text = forms.CharField(
        label="通知原文",
        required=False,
        max_length=20000,
        help_text="粘贴国务院办公厅放假通知的全文，从“一、元旦”到“七、国庆节”都要在内。",
        widget=forms.Textarea(attrs=_TEXT),
    )
    upload = forms.FileField(
        label="或者上传文件",
        required=False,
        help_text="通知原文（.txt），或填好的表格（.xlsx）、数据文件（.json）。",
        widget=forms.FileInput(attrs={"accept": ".txt,.json,.xlsx"}),
    )
    field_order = ("year", "text", "upload", "title", "number", "issued_on")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(cleaned.get("text")) == bool(cleaned.get("upload")):
            both = "原文和文件只用一种，请清空其中一个。" if cleaned.get("text") else "请粘贴通知原文，或上传文件。"
            self.add_error("text", both)
        return cleaned


class RegionNoticeForm(SourceForm):
    text = forms.CharField(
        label="本地区通知原文",
        max_length=20000,
        help_text="粘贴自治区、自治州放假通知的全文，其中全国的节日自动略过，只取地方假日。",
        widget=forms.Textarea(attrs={**_TEXT, "rows": 6}),
    )
    field_order = ("year", "text", "title", "number", "issued_on")


class LocalHolidayForm(SourceForm):
    """One local holiday more, by hand."""

    name = forms.CharField(label="假日名称", max_length=36, widget=forms.TextInput(attrs={"class": "medium"}))
    since = forms.DateField(label="从", widget=DATE)
    until = forms.DateField(label="到", help_text="含当天；只放一天的，与上一格相同。", widget=DATE)
    worked = forms.DateField(
        label="调休上班日", required=False, help_text="周末中改为上班的一天，没有就不填。", widget=DATE
    )
    field_order = ("year", "name", "since", "until", "worked", "title", "number", "issued_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title = self.fields["title"]
        title.required, title.label, title.help_text = True, "依据的通知", "写明出自哪份通知。"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "结束日期早于开始日期，请改正。")
        elif since and until and (until - since).days > 15:
            self.add_error("until", "一个假日不会超过15天，请核对月份。")
        return cleaned
