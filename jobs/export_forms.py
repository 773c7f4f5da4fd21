from typing import Any

from django import forms

from accounts.listings import Listed, Listing
from accounts.models import User
from jobs.exports import LONGEST_REASON, Format, Order, may_take_whole


class ExportForm(forms.Form):
    """How a list is taken out; without the right to whole numbers nobody is asked about them."""

    reason = forms.CharField(
        label="用途",
        max_length=LONGEST_REASON,
        help_text="如“村民代表会议核对”。用途写在表格开头，也记入操作轨迹。",
        widget=forms.TextInput(attrs={"class": "long", "autofocus": True}),
    )
    format = forms.ChoiceField(label="格式", choices=Format.choices, initial=Format.XLSX, widget=forms.RadioSelect)
    numbers = forms.ChoiceField(
        label="身份证号、账号和电话",
        choices=[("masked", "隐去中间部分"), ("whole", "完整号码")],
        initial="masked",
        widget=forms.RadioSelect,
        help_text="完整号码只在办事确有需要时导出，用后及时删除。",
    )

    def __init__(self, user: User, listing: Listing, found: Listed, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_take_whole(user, listing, found):
            del self.fields["numbers"]

    def order(self, listing: Listing, address: str) -> Order:
        given = self.cleaned_data
        return Order(listing, address, given["format"], given["reason"], given.get("numbers") == "whole")
