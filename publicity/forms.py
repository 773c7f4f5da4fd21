"""Shape of what is typed; what it means is checked by the services."""

from typing import Any

from django import forms

from accounts.models import Division
from publicity.models import Notice, NoticeLine, Objection

FILE_HINT = "手机拍的近照或远景照，JPG 或 PNG，10MB以内；能看清张贴的内容和地点。"


class PostForm(forms.Form):
    channel = forms.ChoiceField(
        label="公示方式",
        choices=Notice.Channel.choices,
        initial=Notice.Channel.ONLINE,
        widget=forms.RadioSelect,
        help_text="都会生成网上公示页和可打印的张贴版。不适宜网上公示的选“线下张贴”，期满前须上传张贴照片。",
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="撤下原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="群众打开公示页会看到这句话，例如：标准写错，更正后重新公示。",
    )


class PhotoForm(forms.Form):
    village = forms.ModelChoiceField(
        label="张贴的村（社区）", queryset=Division.objects.none(), required=False, empty_label="全乡镇"
    )
    upload = forms.FileField(
        label="照片", help_text=FILE_HINT, widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png"})
    )

    def __init__(self, *args: Any, notice: Notice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mentioned = NoticeLine.objects.filter(notice=notice).values("village")
        self.fields["village"].queryset = Division.objects.filter(pk__in=mentioned).order_by("code")  # type: ignore[attr-defined]


class _ObjectionFields(forms.Form):
    content = forms.CharField(
        label="哪里不对", max_length=1000, widget=forms.Textarea(attrs={"rows": 5}), help_text="写明是谁、哪一项不对。"
    )
    line_number = forms.IntegerField(
        label="公示上的序号",
        required=False,
        min_value=1,
        max_value=999_999,
        widget=forms.TextInput(attrs={"class": "short", "inputmode": "numeric", "autocomplete": "off"}),
    )
    contact_name = forms.CharField(
        label="您的姓名", required=False, max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact_phone = forms.CharField(
        label="联系电话",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text="只有核实的工作人员能看到，便于向您了解情况。",
    )


class ObjectionForm(_ObjectionFields):
    """The public form. `website` is left empty by people and filled in by machines."""

    website = forms.CharField(required=False, widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}))

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "website"}


class PhoneObjectionForm(_ObjectionFields):
    field_order = ("contact_name", "contact_phone", "line_number", "content")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_name"].label = "来电人"
        self.fields["content"].label = "反映的内容"
        self.fields["contact_phone"].help_text = "加密保存，用于核实和答复。"


class SettleForm(forms.Form):
    outcome = forms.ChoiceField(
        label="核实结论",
        choices=((Objection.State.UPHELD, "属实，清册退回调整后重新公示"), (Objection.State.DISMISSED, "不属实")),
        widget=forms.RadioSelect,
    )
    result = forms.CharField(
        label="核实经过和结果",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="提出人凭受理编号能看到这段话，不要写身份证号、银行账号和手机号。",
    )


class LineCheckForm(forms.Form):
    id_tail = forms.CharField(
        label="您的身份证号最后6位",
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "text", "autocomplete": "off", "class": "short"}),
        help_text="末位是字母的，请输入 X。",
    )


class NoticeFilter(forms.Form):
    township = forms.ChoiceField(label="乡镇（街道）", required=False)
    q = forms.CharField(label="村（社区）或补贴名称", required=False, max_length=30)

    def __init__(self, *args: Any, townships: list[Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "全部"), *((division.code, division.name) for division in townships)]
        self.fields["township"].choices = choices  # type: ignore[attr-defined]


class NumberForm(forms.Form):
    number = forms.CharField(
        label="受理编号", max_length=24, widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "YY…"})
    )


class AskForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_number = forms.CharField(
        label="身份证号", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"})
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label="短信验证码",
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "short"}),
    )
