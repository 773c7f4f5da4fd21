import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from import_export.fields import Field
from import_export.widgets import ForeignKeyWidget, JSONWidget, ManyToManyWidget

from accounts.administration import TableAdmin, TrailedResource
from accounts.models import Organisation
from accounts.tables import ChoicesWidget, CodeWidget, table
from lib.errors import Refusal
from subsidies.models import ColumnTemplate, ExclusionGroup, Policy, PolicyVersion, Standard
from subsidies.models.exclusions import check_members
from subsidies.services.templates import save_template

FIXED = "已公开的政策和经审批的版本，标准不能在此修改；请由主管部门提出政策变更。"


PUBLIC = "清单已经公开，政策不再按表增改；请由主管部门在“政策变更”中提出新增、变更或停止。"


def begun() -> bool:
    """Whether the public has read any of the list."""
    return Policy.objects.filter(published_at__isnull=False).exists()


def fixed(version: PolicyVersion) -> bool:
    """What the public has read, or what offices have agreed to, is changed by a proposal only (POL-3)."""
    return version.policy.published_at is not None or version.published_at is not None or version.change_id is not None


class StandardForm(forms.ModelForm[Standard]):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "version" in cleaned and fixed(cleaned["version"]):
            raise ValidationError({"version": FIXED})
        return cleaned


class VersionWidget(ForeignKeyWidget):  # type: ignore[misc]
    """A version written as 2130122/1: policy and number."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> PolicyVersion | None:
        code, _, number = str(value or "").partition("/")
        found = PolicyVersion.objects.filter(policy__code=code, number=number if number.isdigit() else 0).first()
        if found is None:
            raise ValueError(f"没有政策版本{value}，应写作“政策代码/版本”，例如 2130122/1。")
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return f"{value.policy.code}/{value.number}" if value else ""


@table("policies")
class PolicyResource(TrailedResource):
    department = Field("department", "主管部门代码", widget=CodeWidget(Organisation))
    funding_levels = Field("funding_levels", "资金来源", widget=ChoicesWidget(Policy.Funding.choices))

    class Meta(TrailedResource.Meta):
        model = Policy
        fields = export_order = (
            "code", "name", "short_name", "kind", "published_code", "department", "unit", "category", "frequency",
            "funding_levels", "consult_phone", "supervise_phone", "status", "in_force_from", "in_force_to",
        )  # fmt: skip
        import_id_fields = ("code",)

    def before_save_instance(self, instance: Policy, row: Any, **kwargs: Any) -> None:
        if begun() or (instance.pk and instance.changes.exists()):
            raise ValidationError(PUBLIC)


@table("standards")
class StandardResource(TrailedResource):
    version = Field("version", "政策版本", widget=VersionWidget(PolicyVersion))

    class Meta(TrailedResource.Meta):
        model = Standard
        fields = export_order = (
            "version", "code", "name", "amount_fen", "per", "max_quantity", "age_from", "age_to", "source",
        )  # fmt: skip
        import_id_fields = ("version", "code")

    def before_save_instance(self, instance: Standard, row: Any, **kwargs: Any) -> None:
        if fixed(instance.version):
            raise ValidationError(FIXED)


@admin.register(Policy)
class PolicyAdmin(TableAdmin):
    resource_classes = [PolicyResource]
    list_display = ("code", "name", "kind", "department", "unit", "status", "in_force_from", "published_at")
    list_filter = ("kind", "status", "unit", "department")
    list_select_related = ("department",)
    search_fields = ("code", "name")
    autocomplete_fields = ("department",)
    readonly_fields = ("published_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The list with which a county begins may be mended until it is public; later a proposal changes it."""
        sealed = isinstance(obj, Policy) and (obj.published_at is not None or obj.changes.exists())
        return not sealed and super().has_change_permission(request, obj)

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Only the list with which a county begins is taken in as a table."""
        return not begun() and super().has_import_permission(request)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(TableAdmin):
    list_display = ("policy", "number", "effective_from")
    list_select_related = ("policy",)
    search_fields = ("policy__name", "policy__code")
    autocomplete_fields = ("policy",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Standard)
class StandardAdmin(TableAdmin):
    form = StandardForm
    resource_classes = [StandardResource]
    list_display = ("version", "code", "name", "amount_fen", "per", "source")
    list_select_related = ("version__policy",)
    search_fields = ("name", "version__policy__name", "version__policy__code")
    autocomplete_fields = ("version",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        sealed = isinstance(obj, Standard) and fixed(obj.version)
        return not sealed and super().has_change_permission(request, obj)


class ExclusionForm(forms.ModelForm[ExclusionGroup]):
    def clean_policies(self) -> Any:
        policies = self.cleaned_data["policies"]
        check_members(len(policies))
        return policies


class ContentWidget(JSONWidget):  # type: ignore[misc]
    """The columns of a template, as a programmer reads them."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else json.dumps(value, ensure_ascii=False)


@table("templates")
class TemplateResource(TrailedResource):
    """The newest revision of each template. A changed row is a further revision, which policies take up by a change."""

    content = Field("content", "内容", widget=ContentWidget())

    class Meta(TrailedResource.Meta):
        model = ColumnTemplate
        fields = export_order = ("code", "name", "source", "content")
        import_id_fields = ("code",)
        clean_model_instances = False  # the service looks at it

    def get_queryset(self) -> Any:
        return super().get_queryset().order_by("code", "-number").distinct("code")

    def save_instance(self, instance: ColumnTemplate, is_create: bool, row: Any, **kwargs: Any) -> None:
        given = {name: getattr(instance, name) for name in ("code", "name", "source", "content")}
        try:
            save_template(by=kwargs.get("user"), **given)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal


@admin.register(ColumnTemplate)
class ColumnTemplateAdmin(TableAdmin):
    """Revisions are looked at here, and come by import or on the page of templates; none is ever changed."""

    resource_classes = [TemplateResource]
    list_display = ("code", "number", "name", "source", "made_at")
    search_fields = ("code", "name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@table("exclusions")
class ExclusionResource(TrailedResource):
    policies = Field("policies", "政策代码", widget=ManyToManyWidget(Policy, separator="、", field="code"))

    class Meta(TrailedResource.Meta):
        model = ExclusionGroup
        fields = export_order = ("code", "name", "per", "severity", "source", "policies", "active")
        import_id_fields = ("code",)

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        codes = [code for code in str(row.get("政策代码") or "").split("、") if code.strip()]
        known = Policy.objects.filter(code__in=[code.strip() for code in codes]).count()
        if known != len(codes):
            raise ValidationError("政策代码有误，请填写清单中的代码，用“、”隔开。")
        check_members(known)


@admin.register(ExclusionGroup)
class ExclusionGroupAdmin(TableAdmin):
    form = ExclusionForm
    resource_classes = [ExclusionResource]
    list_display = ("code", "name", "per", "severity", "source", "active")
    list_filter = ("severity", "active")
    search_fields = ("code", "name", "policies__name")
