"""Files that offices hand in: what they may be."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from lib.errors import Invalid

MOST_BYTES = 20 * 2**20
KINDS = (".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx", ".ofd")


def check_upload(upload: UploadedFile[Any], *, field: str = "file") -> None:
    """A document's file: of a known kind, not empty, not too large."""
    name = (upload.name or "").lower()
    if not name.endswith(KINDS):
        raise Invalid(
            f"文件类型不能上传，请使用{'、'.join(kind.removeprefix('.') for kind in KINDS)}。",
            code="subsidies.file_type",
            field=field,
        )
    if (upload.size or 0) > MOST_BYTES:
        raise Invalid("文件不能超过20MB，请压缩后再上传。", code="subsidies.file_size", field=field)
    if not upload.size:
        raise Invalid("文件是空的，请重新选择。", code="subsidies.file_empty", field=field)
