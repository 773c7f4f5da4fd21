"""Papers that people hand in with something: scans and documents, told by their name and by how they begin."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from jobs.models import StoredFile
from jobs.services import store_file
from lib.errors import Invalid
from lib.text import normalise

MOST_BYTES = 20 * 2**20
_ZIP = b"PK\x03\x04"
_STARTS = {
    ".pdf": b"%PDF", ".ofd": _ZIP, ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".png": b"\x89PNG",
    ".docx": _ZIP, ".xlsx": _ZIP,
}  # fmt: skip
SCANS = (".pdf", ".ofd", ".jpg", ".jpeg", ".png")
PAPERS = (*SCANS, ".docx", ".xlsx")
_WORDS = {".pdf": "PDF", ".ofd": "OFD", ".jpg": "JPG", ".png": "PNG", ".docx": "Word（docx）", ".xlsx": "Excel（xlsx）"}


def _names(kinds: tuple[str, ...]) -> str:
    return "、".join(_WORDS[kind] for kind in kinds if kind in _WORDS)


def words_for(kinds: tuple[str, ...] = PAPERS) -> str:
    """What may be uploaded, for a form's help."""
    return f"{_names(kinds)}，不超过{MOST_BYTES // 2**20}MB"


def keep_paper(
    upload: UploadedFile[Any], *, by: User | None, field: str = "file", kinds: tuple[str, ...] = PAPERS
) -> StoredFile:
    """Checks a paper and stores it."""
    check_paper(upload, field=field, kinds=kinds)
    return store_file(content=upload, name=normalise(upload.name or ""), by=by)


def check_paper(upload: UploadedFile[Any], *, field: str = "file", kinds: tuple[str, ...] = PAPERS) -> None:
    """A paper is of one of the kinds, not empty and not too large; otherwise `Invalid` on `field`."""
    name = normalise(upload.name or "")
    suffix = f".{name.rpartition('.')[2].lower()}"
    if suffix not in kinds:
        raise Invalid(f"文件类型不能上传，请使用{_names(kinds)}文件。", code="upload.kind", field=field)
    if not upload.size:
        raise Invalid("文件是空的，请重新选择。", code="upload.empty", field=field)
    if upload.size > MOST_BYTES:
        raise Invalid(f"文件不能超过{MOST_BYTES // 2**20}MB，请压缩后再上传。", code="upload.size", field=field)
    start = upload.read(8)
    upload.seek(0)
    if not start.startswith(_STARTS[suffix]):
        raise Invalid(
            f"文件“{name}”的内容不是{_WORDS.get(suffix, 'JPG')}格式，可能改过扩展名或已损坏，请重新导出或扫描。",
            code="upload.content",
            field=field,
        )
