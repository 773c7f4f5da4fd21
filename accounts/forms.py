"""Shapes of what is typed; the services decide."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from accounts.models import ROLE_KINDS, ROLE_PARTS, Organisation, Post, Role, User
from accounts.sign_in import identify
from accounts.workbench import parts_there
from lib.errors import Refusal

CURRENT, NEW = {"autocomplete": "current-password"}, {"autocomplete": "new-password"}
PASSWORD_RULE = "不少于10个字符，不能全是数字，不能与用户名相近，也不能用常见密码。"  # noqa: S105


def add_refusal(form: forms.BaseForm, refusal: Refusal) -> None:
    """Shows what a service refused at the field it belongs to, or on top, with the rule behind it."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
    # The error summary links to it, or without one to all rules (`rule_way` of rulebook.templatetags.rules).
    form.refused_by = [*getattr(form, "refused_by", []), refusal.rule]  # type: ignore[attr-defined]


def refused(refusal: Refusal) -> forms.Form:
    """A refusal where nothing was typed: a form without fields, for the error summary."""
    form = forms.Form({})
    form.full_clean()
    add_refusal(form, refusal)
    return form


_ASKED: dict[type[forms.Field], str] = {
    forms.Field: "请填写。",
    forms.BooleanField: "请勾选。",
    forms.FileField: "请选择文件。",
    forms.ChoiceField: "请选择。",
    forms.MultipleChoiceField: "请选择。",
    forms.ModelChoiceField: "请选择。",
    forms.ModelMultipleChoiceField: "请选择。",
}


def speak_plainly() -> None:
    """What is missing is asked for as people ask, on every form."""
    for field, words in _ASKED.items():
        own: dict[str, Any] = vars(field).get("default_error_messages", {})
        field.default_error_messages = {**own, "required": words}


class SignInForm(AuthenticationForm):
    username = UsernameField(label="用户名", widget=forms.TextInput(attrs={"autofocus": True, "class": "medium"}))
    password = forms.CharField(
        label="密码", strip=False, widget=forms.PasswordInput(attrs={**CURRENT, "class": "medium"})
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if self.request is None or not cleaned.get("username") or not cleaned.get("password"):
            return cleaned
        request: HttpRequest = self.request
        try:
            self.user_cache = identify(request, username=cleaned["username"], password=cleaned["password"])
        except Refusal as refusal:
            raise ValidationError(refusal.message) from None
        return cleaned


class _TwoPasswords(forms.Form):
    password = forms.CharField(
        label="新密码", strip=False, help_text=PASSWORD_RULE, widget=forms.PasswordInput(attrs=NEW)
    )
    again = forms.CharField(label="再输一次新密码", strip=False, widget=forms.PasswordInput(attrs=NEW))

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if "password" in self.cleaned_data and again != self.cleaned_data["password"]:
            raise ValidationError("两次输入的新密码不一致，请重新输入。")
        return again


class PasswordForm(_TwoPasswords):
    old = forms.CharField(label="现在的密码", strip=False, widget=forms.PasswordInput(attrs=CURRENT))
    field_order = ("old", "password", "again")


class ResetPasswordForm(_TwoPasswords):
    pass


class PersonForm(_TwoPasswords):
    username = UsernameField(
        label="用户名", max_length=150, help_text="字母、数字和 @ . + - _，登录时使用，建好后不改。",
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    full_name = forms.CharField(label="姓名", max_length=50, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    id_number = forms.CharField(
        label="身份证号", max_length=18, help_text="用来认出同一自然人的不同账号，加密保存，页面上不再显示。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    phone = forms.CharField(
        label="联系电话",
        max_length=20,
        required=False,
        help_text="填手机号的，本单位的时限临近或逾期时会收到短信提醒。",
    )
    field_order = ("full_name", "id_number", "username", "phone", "password", "again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label, self.fields["again"].label = "初始密码", "再输一次初始密码"


DATE = forms.DateInput(attrs={"type": "date", "class": "medium"}, format="%Y-%m-%d")


def _posts_here() -> list[tuple[str, str]]:
    """The posts that this county has: some only while its rules say so."""
    there = parts_there()
    return [(role.value, role.label) for role in Role if ROLE_PARTS.get(role, "") in {"", *there}]


def _with_posts(roles: Iterable[str]) -> list[str]:
    """The kinds of organisations in which one of these posts can be held."""
    return sorted({kind for role in roles for kind in ROLE_KINDS[role]})


class OfficeChoice(forms.ModelChoiceField[Organisation]):
    def label_from_instance(self, obj: Organisation) -> str:
        """Committees of two townships may have one name."""
        village = obj.kind == Organisation.Kind.VILLAGE
        return f"{obj.division.parent} {obj.name}" if village else obj.name


class AppointForm(forms.Form):
    role = forms.ChoiceField(label="岗位")
    organisation = OfficeChoice(label="机构", queryset=Organisation.objects.none(), empty_label="请选择")
    since = forms.DateField(label="任期起", widget=DATE)
    until = forms.DateField(label="任期止", required=False, help_text="当天起不再任职；不填为长期。", widget=DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = _posts_here()
        offices = Organisation.objects.filter(active=True, kind__in=_with_posts(role for role, _ in here))
        self.fields["role"].choices = here  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = offices.select_related("division__parent")  # type: ignore[attr-defined]


class EndPostForm(forms.Form):
    on = forms.DateField(label="结束日期", help_text="从这一天起不再任职。", widget=DATE)


class PeopleFilter(forms.Form):
    q = forms.CharField(label="姓名或用户名", required=False)
    role = forms.ChoiceField(label="岗位", required=False)
    organisation = OfficeChoice(label="机构", required=False, queryset=Organisation.objects.none(), empty_label="全部")
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), ("in_office", "在岗"), ("none", "无岗位"), ("closed", "已停用")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Posts that the county has or had; of villages, which are hundreds, those where somebody holds one."""
        super().__init__(*args, **kwargs)
        had = set(Post.objects.filter(role__in=ROLE_PARTS).values_list("role", flat=True))
        roles = [(role.value, role.label) for role in Role if role not in ROLE_PARTS or role in had]
        usual = Q(kind__in=_with_posts(role for role in Role if role not in ROLE_PARTS))
        offices = Organisation.objects.filter(usual | Exists(Post.objects.filter(organisation=OuterRef("pk"))))
        self.fields["role"].choices = [("", "全部"), *roles]  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = offices.select_related("division__parent")  # type: ignore[attr-defined]


class _DeputyField(forms.ModelChoiceField[User]):
    def label_from_instance(self, obj: User) -> str:
        """People of one name are told apart by their posts."""
        return f"{obj}（{'、'.join(str(post) for post in obj.reviewing)}）"  # type: ignore[attr-defined]


class DeputyForm(forms.Form):
    deputy = _DeputyField(label="代理人", queryset=User.objects.none(), empty_label="请选择")
    since = forms.DateField(label="代理起", widget=DATE)
    until = forms.DateField(label="代理止", help_text="这一天仍在代理，次日自动结束。", widget=DATE)
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="例如：外出培训、病假。",
        widget=forms.TextInput(attrs={"class": "long"}),
    )

    def __init__(self, people: QuerySet[User], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = people  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    """What is said to an answer; whether it must be, the service says."""

    opinion = forms.CharField(
        label="意见", max_length=200, required=False, widget=forms.TextInput(attrs={"class": "long"})
    )


class EndDeputyForm(forms.Form):
    reason = forms.CharField(label="终止原因", max_length=200, widget=forms.TextInput(attrs={"class": "long"}))
