"""Papers that are handed in are what their name says (jobs.uploads)."""

import pytest

from jobs.models import StoredFile
from jobs.uploads import MOST_BYTES, SCANS, keep_paper, words_for
from lib.errors import Invalid
from tests.factories import cast
from tests.uploads import paper


@pytest.mark.parametrize(
    "name", ["批复.pdf", "批复.PDF", "照片.jpg", "照片.jpeg", "章.png", "表样.xlsx", "说明.docx", "公文.ofd"]
)
def test_a_paper_is_kept_with_its_name_and_the_digest_of_its_content(db: None, name: str) -> None:
    starts = {"jpeg": b"\xff\xd8\xff\xe0", "ofd": b"PK\x03\x04", "PDF": b"%PDF-1.7"}
    kept = keep_paper(paper(name, starts.get(name.rpartition(".")[2])), by=cast.clerk)
    assert (kept.name, kept.uploaded_by) == (name, cast.clerk)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("批复.exe", b"MZ", "文件类型不能上传"),
        ("批复", b"%PDF-1.7", "文件类型不能上传"),
        ("批复.pdf", b"", "文件是空的"),
        ("批复.pdf", b"PK\x03\x04", "内容不是PDF格式"),
        ("照片.jpeg", b"<svg onload=alert(1)>", "内容不是JPG格式"),
        ("表样.xlsx", b"%PDF-1.7", "内容不是Excel"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_at_its_field(
    db: None, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        keep_paper(paper(name, content), by=cast.clerk, field="letter")
    assert refused.value.field == "letter"
    assert not StoredFile.objects.exists()


def test_a_scan_is_no_table_and_nothing_is_larger_than_twenty_megabytes(db: None) -> None:
    with pytest.raises(Invalid, match="请使用PDF、OFD、JPG、PNG文件"):
        keep_paper(paper("清单.xlsx"), by=cast.clerk, kinds=SCANS)
    large = paper()
    large.size = MOST_BYTES + 1
    with pytest.raises(Invalid, match="不能超过20MB"):
        keep_paper(large, by=cast.clerk)
    assert words_for(SCANS) == "PDF、OFD、JPG、PNG，不超过20MB"
