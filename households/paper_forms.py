"""The forms of papers that change who is paid. What is right or wrong is decided by the services."""

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import Organisation
from households.forms import SCAN_HELP, ScanField, VillageChoice
from households.policies import OfferedPolicy
from households.relations import HEAD, RELATIONS

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WHOLE_ID = "18 位，须与姓名相符"


class OfficeChoice(forms.ModelChoiceField[Organisation]):
    def label_from_instance(self, obj: Organisation) -> str:
        return obj.name


class OtherPersonForm(forms.Form):
    """Somebody of the register by name and whole ID number: both must agree."""

    name = forms.CharField(label="姓名", max_length=50)
    id_number = forms.CharField(label="身份证号", max_length=30, help_text=WHOLE_ID)


class DelegationForm(forms.Form):
    name = forms.CharField(label="代领人姓名", max_length=50)
    id_number = forms.CharField(label="代领人身份证号", max_length=30, help_text=WHOLE_ID + "；代领人须在本县底册中")
    department = OfficeChoice(
        label="主管部门",
        queryset=Organisation.objects.none(),
        empty_label="请选择",
        help_text="代领由补贴政策的主管部门同意；涉及几个部门的，分别申请",
    )
    policies = forms.MultipleChoiceField(
        label="补贴政策",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="只代领其中几项的请勾选；不勾选的，为该主管部门的全部补贴",
    )
    valid_from = forms.DateField(label="代领期限起", widget=DAY)
    valid_to = forms.DateField(label="代领期限止", widget=DAY)
    reason = forms.CharField(label="代领原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    by_guardian = forms.BooleanField(label="由监护人代补贴对象表示同意", required=False)
    beneficiary_consent = ScanField(label="补贴对象（或监护人）同意书", help_text=SCAN_HELP)
    delegate_consent = ScanField(label="代领人同意书", help_text=SCAN_HELP)
    proof = ScanField(label="佐证材料", help_text=SCAN_HELP)

    def __init__(self, *args: Any, policies: list[OfferedPolicy], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offices = Organisation.objects.filter(kind=Organisation.Kind.DEPARTMENT, active=True)
        ids = {policy.department_id for policy in policies}
        self.fields["department"].queryset = offices.filter(pk__in=ids).order_by("name")  # type: ignore[attr-defined]
        names = dict(offices.values_list("pk", "name"))
        self.fields["policies"].choices = [  # type: ignore[attr-defined]
            (policy.code, f"{policy.name}（{names.get(policy.department_id, '')}）") for policy in policies
        ]
        self.fields["valid_from"].initial = today
        self.fields["valid_to"].initial = today + timedelta(days=364)


class SuccessionForm(forms.Form):
    name = forms.CharField(label="继承人姓名", max_length=50)
    id_number = forms.CharField(label="继承人身份证号", max_length=30, help_text=WHOLE_ID + "；继承人须在本县底册中")
    relation = forms.ChoiceField(
        label="继承人是死亡人员的", choices=[("", "请选择"), *((word, word) for word in RELATIONS if word != HEAD)]
    )
    relation_proof = ScanField(label="亲属关系证明", help_text=SCAN_HELP)
    certificate = ScanField(label="死亡证明", help_text=SCAN_HELP)


class ReferenceForm(OtherPersonForm):
    host = VillageChoice(label="引用的乡镇", queryset=None, empty_label=None)
    reason = forms.CharField(label="引用事由（给对方的留言）", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = townships  # type: ignore[attr-defined]
        if townships.count() == 1:
            self.fields["host"].initial = townships.get().pk
            self.fields["host"].widget = forms.HiddenInput()


class AnswerForm(forms.Form):
    opinion = forms.CharField(
        label="意见",
        required=False,
        max_length=200,
        help_text="不同意时必填",
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class EndForm(forms.Form):
    reason = forms.CharField(label="终止原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class CardFilter(forms.Form):
    township = VillageChoice(label="乡镇", queryset=None, required=False, empty_label="全部")

    def __init__(self, townships: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["township"].queryset = townships  # type: ignore[attr-defined]
