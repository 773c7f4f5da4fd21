"""What units call the columns of their files, as a table of the administrator's."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.db.models.functions import Now
from django.http import HttpRequest
from import_export.fields import Field
from import_export.widgets import Widget

from accounts.administration import TableAdmin
from accounts.models import Organisation, User
from accounts.tables import ChoiceWidget, CodeWidget, TrailedResource, table
from jobs.headers import is_title, kinds
from jobs.models import HeaderName
from lib.sheets.model import clean_title


class TitleWidget(Widget):  # type: ignore[misc]
    """A header as files have it, and as it is compared."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        text = clean_title(str(value if value is not None else ""))
        if not is_title(text):
            raise ValueError(f"“{text[:10]}”不像列名，应为40字以内、不含号码的表头。")
        return text


@table("headers")
class HeaderResource(TrailedResource):
    organisation = Field("organisation", "机构代码", widget=CodeWidget(Organisation))

    class Meta(TrailedResource.Meta):
        model = HeaderName
        fields = export_order = ("organisation", "kind", "policy", "title", "key")
        import_id_fields = ("organisation", "kind", "policy", "title")
        clean_model_instances = False  # every column is looked at below

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["kind"].widget = ChoiceWidget((key, kind.title) for key, kind in kinds().items())
        self.fields["title"].widget = TitleWidget()

    def get_queryset(self) -> Any:
        found = super().get_queryset().select_related("organisation")
        return found.order_by("organisation__code", "kind", "policy", "title")

    def dehydrate_key(self, name: HeaderName) -> str:
        """The column's title; of a column that the newest template no longer has, its key."""
        return self._titles(name.kind, name.policy).get(name.key, name.key)

    def _titles(self, kind: str, policy: str) -> dict[str, str]:
        found = kinds().get(kind)
        return {column.key: column.title for column in found.columns(policy)} if found else {}

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        """The column by its title, among those that the files of this kind have."""
        code = self.fields["kind"].widget.clean(row.get("文件"))
        kind, policy = kinds().get(code), str(row.get("政策编码") or "").strip()
        if kind is None or not str(row.get("机构代码") or "").strip():
            raise ValidationError("请填写机构代码和文件。")
        if kind.by_policy and not policy:
            raise ValidationError(f"“{kind.title}”的表头按政策记，请填写政策编码。")
        if policy and not kind.by_policy:
            raise ValidationError(f"“{kind.title}”的表头不分政策，政策编码请留空。")
        titles, wanted = self._titles(code, policy), str(row.get("对应的列") or "").strip()
        if not titles:
            raise ValidationError(f"没有编码为“{policy}”的政策，请核对政策编码。")
        known = HeaderName.objects.filter(kind=code, policy=policy, key=wanted)
        key = next((key for key, title in titles.items() if wanted in (key, title)), None)
        if key is None and not (wanted and known.exists()):
            raise ValidationError(f"没有“{wanted}”这一列，可填：{'、'.join(titles.values())}。")
        row["政策编码"], row["对应的列"] = policy, key or wanted

    def before_save_instance(self, instance: HeaderName, row: Any, **kwargs: Any) -> None:
        by = kwargs.get("user")
        if not isinstance(by, User):
            raise ValidationError("记住的表头要写明由谁记录：命令请加 --by 系统管理员用户名。")
        instance.made_by, instance.made_at = by, Now()


@admin.register(HeaderName)
class HeaderNameAdmin(TableAdmin):
    """Units tell theirs on the pages of their imports; here they are looked at, and come by table for a new unit."""

    resource_classes = [HeaderResource]
    list_display = ("organisation", "kind", "policy", "title", "key", "made_by", "made_at")
    list_select_related = ("organisation", "made_by")
    search_fields = ("title", "organisation__name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
