from typing import Any

from django.contrib import admin
from django.db.models import F, Model
from django.http import HttpRequest

from accounts.administration import TableAdmin, TrailedResource
from rulebook.models import CalendarDay, CalendarYear


def _new_version() -> None:
    """Clocks name the version of the calendar they were counted by, so a changed day is a new version."""
    CalendarYear.objects.update(version=F("version") + 1)


class CalendarDayResource(TrailedResource):
    class Meta:
        model = CalendarDay
        fields = export_order = ("day", "kind", "name")
        import_id_fields = ("day",)
        skip_unchanged = report_skipped = True

    def imported(self) -> None:
        _new_version()


class CalendarYearResource(TrailedResource):
    class Meta:
        model = CalendarYear
        fields = export_order = ("year", "source", "version")
        import_id_fields = ("year",)
        skip_unchanged = report_skipped = True


@admin.register(CalendarDay)
class CalendarDayAdmin(TableAdmin):
    resource_classes = [CalendarDayResource]
    list_display = ("day", "kind", "name")
    list_filter = ("kind", "name")
    date_hierarchy = "day"

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        _new_version()


@admin.register(CalendarYear)
class CalendarYearAdmin(TableAdmin):
    """A year counts as known once it stands here: enter its holidays and make-up workdays first."""

    resource_classes = [CalendarYearResource]
    list_display = ("year", "source", "version")
    readonly_fields = ("version",)
