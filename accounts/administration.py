"""What the rooms' admin pages have in common: for the administrator's post only, nothing is ever deleted, every change
and every import is in the trail."""

import logging
from typing import Any

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV, XLSX
from import_export.forms import ExportForm, ImportForm

from accounts.models import Role, User
from accounts.scope import scope_of
from accounts.tables import LIMITS, TrailedResource
from accounts.trail import record
from lib.errors import Conflict, Invalid
from lib.scratch import scratch
from lib.sheets.scan import SAVE_AS, scan

__all__ = ["TableAdmin", "TrailedResource", "may_administer"]

logger = logging.getLogger(__name__)


def may_administer(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and Role.ADMINISTRATOR in scope_of(request.user).roles


class TableImportForm(ImportForm):  # type: ignore[misc]
    """An upload is looked at like any other before a parser opens it."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.formats = formats

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean()
        upload = given.get("import_file")
        if upload is None:
            return given
        with scratch() as place:
            source = place / "upload"
            with source.open("wb") as copy:
                for chunk in upload.chunks():
                    copy.write(chunk)
            upload.seek(0)
            try:
                kind = scan(source, LIMITS).kind
            except Invalid as refusal:
                raise ValidationError({"import_file": refusal.message}) from refusal
        chosen = given.get("format")
        if kind not in (one().get_title() for one in self.formats):
            raise ValidationError({"import_file": f"这是旧格式的表格（.{kind}），{SAVE_AS}"})
        if chosen and self.formats[int(chosen)]().get_title() != kind:
            raise ValidationError({"format": f"这是 {kind} 文件，格式请选“{kind}”。"})
        return given


class TableAdmin(ImportExportModelAdmin):  # type: ignore[misc]
    """A table of the administrator's: list, add, change, export, import with preview."""

    import_form_class = TableImportForm
    formats = [XLSX, CSV]
    export_form_class = ExportForm  # the one that lets choose fields needs inline scripts, which our policy forbids
    list_per_page = 50
    skip_admin_log = True
    show_full_result_count = False

    def process_result(self, result: Any, request: HttpRequest) -> Any:
        """The library would report success over an error that had everything rolled back."""
        if result.has_errors():
            logger.error("import into %s failed: %s", self.model._meta.label_lower, result.base_errors or "rows")
            raise Conflict("导入没有完成，数据没有改动。请按预览中的提示改正后重新导入。", code="table.import")
        return super().process_result(result, request)

    def add_data_read_fail_error_to_form(self, form: Any, e: Exception) -> None:
        form.add_error("import_file", "文件读不出来。请在导出的表格里修改后上传；文本表格请另存为“CSV UTF-8”。")

    def get_data_for_export(self, request: HttpRequest, queryset: Any, **kwargs: Any) -> Any:
        dataset = super().get_data_for_export(request, queryset, **kwargs)
        by = request.user if isinstance(request.user, User) else None
        self.resource_classes[0]().exported(by=by, rows=len(dataset))
        return dataset

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_administer(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_administer(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_administer(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_administer(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_import_permission(self, request: HttpRequest) -> bool:
        return may_administer(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return may_administer(request)

    def log_addition(self, request: Any, obj: Model, message: Any) -> LogEntry:
        record(by=request.user, verb="table.add", subject=obj)
        return super().log_addition(request, obj, message)  # type: ignore[no-any-return]

    def log_change(self, request: Any, obj: Model, message: Any) -> LogEntry:
        changed = [name for part in message if isinstance(part, dict)
                   for name in part.get("changed", {}).get("fields", [])]  # fmt: skip
        record(by=request.user, verb="table.change", subject=obj, facts={"fields": changed})
        return super().log_change(request, obj, message)  # type: ignore[no-any-return]
