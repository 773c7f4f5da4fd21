from typing import Any

from django.contrib import admin
from import_export.fields import Field

from accounts import people_table  # noqa: F401  (a table of the command)
from accounts.administration import TableAdmin, TrailedResource
from accounts.models import Division, Organisation
from accounts.tables import CodeWidget, table


@table("divisions")
class DivisionResource(TrailedResource):
    parent = Field("parent", "上级代码", widget=CodeWidget(Division))

    class Meta(TrailedResource.Meta):
        model = Division
        fields = export_order = ("code", "name", "level", "parent")
        import_id_fields = ("code",)


@table("organisations")
class OrganisationResource(TrailedResource):
    division = Field("division", "区划代码", widget=CodeWidget(Division))
    parent = Field("parent", "上级机构代码", widget=CodeWidget(Organisation))

    class Meta(TrailedResource.Meta):
        model = Organisation
        fields = export_order = ("code", "name", "kind", "division", "parent", "phone", "active")
        import_id_fields = ("code",)


@table("banks")
class BankResource(TrailedResource):
    """The agent banks among the organisations."""

    division = Field("division", "区划代码", widget=CodeWidget(Division))

    class Meta(TrailedResource.Meta):
        model = Organisation
        fields = export_order = ("code", "name", "division", "phone", "active")
        import_id_fields = ("code",)

    @property
    def title(self) -> str:
        return str(Organisation.Kind.BANK.label)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(kind=Organisation.Kind.BANK)

    def init_instance(self, row: Any = None) -> Organisation:
        return Organisation(kind=Organisation.Kind.BANK)


@admin.register(Division)
class DivisionAdmin(TableAdmin):
    resource_classes = [DivisionResource]
    list_display = ("code", "name", "level", "parent")
    list_filter = ("level",)
    list_select_related = ("parent",)
    search_fields = ("code", "name")
    autocomplete_fields = ("parent",)


@admin.register(Organisation)
class OrganisationAdmin(TableAdmin):
    resource_classes = [OrganisationResource]
    list_display = ("code", "name", "kind", "division", "phone", "active")
    list_filter = ("kind", "active")
    list_select_related = ("division",)
    search_fields = ("code", "name")
    autocomplete_fields = ("division", "parent")
