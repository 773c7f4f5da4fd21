"""The forms of this room. What is right or wrong with numbers and scope is decided by the services."""

from typing import Any

from django import forms

from accounts.models import Division
from households.models import AccountChange, BankAccount, Death
from households.relations import HEAD, RELATIONS
from jobs.uploads import SCANS, check_paper, words_for
from lib.errors import Invalid
from lib.sheets.model import DEFAULT_LIMITS as LIMITS

SCAN_HELP = words_for(SCANS)
REASONS = ("核对身份信息", "核对银行账户", "电话联系本人", "处理发放失败", "答复群众咨询", "监督检查")


class ScanField(forms.FileField):
    """A scan by its content, not only by its name."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            check_paper(file, kinds=SCANS)
        except Invalid as wrong:
            raise forms.ValidationError(wrong.message, code=wrong.code) from None
        return file


class VillageChoice(forms.ModelChoiceField[Division]):
    def label_from_instance(self, obj: Division) -> str:
        return obj.name


class ListFilter(forms.Form):
    q = forms.CharField(label="姓名、编码或完整号码", required=False, max_length=60)
    village = VillageChoice(label="村（社区）", queryset=Division.objects.none(), required=False, empty_label="全部")
    account = forms.ChoiceField(label="账户", required=False, choices=[("", "全部"), ("none", "有人未登记账户")])

    def __init__(self, villages: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]


class HouseholdForm(forms.Form):
    village = VillageChoice(label="村（社区）", queryset=Division.objects.none(), empty_label="请选择")
    group = forms.CharField(label="村民小组", required=False, max_length=30)
    name = forms.CharField(label="户主姓名", max_length=50)
    id_number = forms.CharField(label="户主身份证号", max_length=30)
    phone = forms.CharField(label="联系电话", required=False, max_length=20)
    address = forms.CharField(label="住址", required=False, max_length=200)
    contracted_mu = forms.DecimalField(
        label="承包面积（亩）", required=False, min_value=0, decimal_places=2, max_digits=12
    )
    subsidised_mu = forms.DecimalField(
        label="地力补贴面积（亩）", required=False, min_value=0, decimal_places=2, max_digits=12
    )
    code = forms.CharField(label="农户编码", required=False, max_length=30, help_text="不填则由系统按村编号")

    def __init__(self, villages: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["village"].queryset = villages  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=50)
    id_number = forms.CharField(label="身份证号", max_length=30)
    relation = forms.ChoiceField(label="与户主关系")
    phone = forms.CharField(label="联系电话", required=False, max_length=20)

    def __init__(self, *args: Any, has_head: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nobody's relation is guessed; only the head of a household without one is.
        words = [(word, word) for word in RELATIONS if word != HEAD]
        self.fields["relation"].choices = [("", "请选择"), *words] if has_head else [(HEAD, HEAD)]  # type: ignore[attr-defined]


class AccountForm(forms.Form):
    bank_name = forms.CharField(label="开户银行", max_length=60)
    number = forms.CharField(label="银行账号", max_length=40, help_text="16 至 19 位，对照银行卡录入")
    account_class = forms.ChoiceField(label="账户类别", choices=BankAccount.Class.choices)
    social_card = forms.BooleanField(label="是社会保障卡", required=False, initial=True)


class DeathForm(forms.Form):
    on = forms.DateField(label="死亡日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    source = forms.ChoiceField(label="依据", choices=Death.Source.choices, initial=Death.Source.CERTIFICATE)
    evidence = ScanField(label="证明材料", required=False, help_text=SCAN_HELP + "；依据为公安联网核查结果的可不传")


class WhyForm(forms.Form):
    reason = forms.CharField(label="情况说明", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class RevealForm(forms.Form):
    reason = forms.ChoiceField(label="查看事由", choices=[(word, word) for word in REASONS])


class OnlyGoodForm(forms.Form):
    """The word for taking in only the rows without errors, where there are others; `verb` is what is done to them."""

    only_good = forms.BooleanField()

    def __init__(self, verb: str, good: int, bad: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["only_good"]
        field.label = f"只{verb}没有错误的 {good} 行，有错误的 {bad} 行这次不{verb}"
        field.error_messages["required"] = (
            f"请勾选：只{verb}没有错误的 {good} 行。要全部{verb}的，请先改好 {bad} 行后重新上传。"
        )


class UploadForm(forms.Form):
    township = VillageChoice(label="乡镇", queryset=Division.objects.none(), empty_label=None)
    upload = forms.FileField(
        label="底册文件",
        help_text=f"Excel（xlsx、xls）或 csv，{LIMITS.file_bytes >> 20}MB、{LIMITS.rows // 10000}万行以内。",
    )
    certificate = ScanField(
        label="村（社区）变更申请",
        help_text=f"各村盖章的申请合为一份。{SCAN_HELP}；由财政所审核后入库",
    )

    def __init__(self, townships: Any, *args: Any, papers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
        if not papers:
            del self.fields["certificate"]
        if townships.count() == 1:
            self.fields["township"].initial = townships.get().pk
            self.fields["township"].widget = forms.HiddenInput()


class ChangeForm(forms.Form):
    kind = forms.ChoiceField(label="变更方式", choices=AccountChange.Kind.choices, widget=forms.RadioSelect)
    cause = forms.ChoiceField(
        label="变更情形（更换账户时选择）",
        choices=AccountChange.Cause.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    bank_name = forms.CharField(label="新开户银行", max_length=60, required=False)
    number = forms.CharField(label="新银行账号", max_length=40, required=False, help_text="更换账户时填写，16 至 19 位")
    social_card = forms.BooleanField(label="新账户是社会保障卡", required=False, initial=True)
    reason = forms.CharField(label="变更原因", max_length=200)
    evidence = ScanField(
        label="证明材料",
        required=False,
        help_text=SCAN_HELP + "；因个人原因更换的，须上传本人（或监护人）签字的书面说明",
    )


class CheckForm(forms.Form):
    old_state = forms.ChoiceField(label="原账户状态", choices=BankAccount.State.choices, required=False)
    opinion = forms.CharField(
        label="审核意见",
        required=False,
        max_length=200,
        help_text="不予通过时必填",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class UpdateUploadForm(forms.Form):
    """A filled-in table of updates."""

    township = forms.ModelChoiceField(label="乡镇", queryset=Division.objects.none(), empty_label=None)
    upload = forms.FileField(label="填好的更新表", help_text="xlsx、xls 或 csv。先检查、看预览，提交后由财政所审核。")

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
        if townships.count() == 1:
            self.fields["township"].initial = townships.get().pk
            self.fields["township"].widget = forms.HiddenInput()


class UpdateSubmitForm(forms.Form):
    """The request that is made of an update: why, the villages' application, the originals."""

    reason = forms.CharField(label="变更原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    certificate = ScanField(label="村（社区）变更申请", help_text=f"各村签字盖章的申请，合为一份。{SCAN_HELP}")
    originals = ScanField(label="变更事项的原件影像", help_text=f"如村民确认表、合同，合为一份。{SCAN_HELP}")

    def __init__(self, bad_rows: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if bad_rows:
            self.fields["only_good"] = forms.BooleanField(
                label=f"只提交没有错误的行，有错误的 {bad_rows} 行这次不提交",
                error_messages={"required": f"请勾选，或先改好有错误的 {bad_rows} 行后重新上传。"},
            )
