from typing import Any

from django.contrib import admin
from django.db.models import F, Model
from django.http import HttpRequest

from accounts.administration import TableAdmin, TrailedResource
from accounts.tables import table
from rulebook import calendars
from rulebook.models import CalendarDay, CalendarYear


def _new_version() -> None:
    """Clocks name the version of the calendar they were counted by, so a changed day is a new version for them."""
    CalendarYear.objects.update(version=F("version") + 1)
    calendars.recount_all(by=None)


@table("calendar")
class CalendarDayResource(TrailedResource):
    """The nation's days; local holidays have a page of their own."""

    class Meta(TrailedResource.Meta):
        model = CalendarDay
        fields = export_order = ("day", "kind", "name")
        import_id_fields = ("day",)

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(local=False)

    def imported(self) -> None:
        _new_version()


@admin.register(CalendarDay)
class CalendarDayAdmin(TableAdmin):
    """To put a single day right. A whole year comes with its notice, on the page of the calendar."""

    resource_classes = [CalendarDayResource]
    list_display = ("day", "kind", "name", "local")
    list_filter = ("kind", "local", "name")
    date_hierarchy = "day"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _new_version()


@admin.register(CalendarYear)
class CalendarYearAdmin(TableAdmin):
    """A year is known once its notice has been imported, and in no other way: it is only looked at here."""

    list_display = ("year", "source", "version")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return False

    def has_export_permission(self, request: HttpRequest) -> bool:
        return False
