from django.contrib import admin
from import_export.fields import Field
from import_export.widgets import BooleanWidget, ForeignKeyWidget

from accounts.administration import TableAdmin, TrailedResource
from accounts.models import Division, Organisation


class DivisionResource(TrailedResource):
    parent = Field("parent", "上级代码", widget=ForeignKeyWidget(Division, "code"))

    class Meta:
        model = Division
        fields = export_order = ("code", "name", "level", "parent")
        import_id_fields = ("code",)
        skip_unchanged = report_skipped = True


class OrganisationResource(TrailedResource):
    division = Field("division", "区划代码", widget=ForeignKeyWidget(Division, "code"))
    parent = Field("parent", "上级机构代码", widget=ForeignKeyWidget(Organisation, "code"))
    active = Field("active", "在用", widget=BooleanWidget())

    class Meta:
        model = Organisation
        fields = export_order = ("code", "name", "kind", "division", "parent", "phone", "active")
        import_id_fields = ("code",)
        skip_unchanged = report_skipped = True


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
