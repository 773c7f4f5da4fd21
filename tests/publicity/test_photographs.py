"""Photographs of a notice on the village board (PUB-2)."""

import pytest

from accounts.models import User
from lib.errors import Conflict, Forbidden, Invalid
from publicity import services
from tests.factories import cast
from tests.factories_publicity import photo, posted


@pytest.mark.req("PUB-2")
def test_a_photograph_is_kept_once_with_its_digest(db: None) -> None:
    notice = posted()
    services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    with pytest.raises(Conflict, match="已经上传过"):
        services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo())
    services.add_photo(by=cast.clerk, notice=notice, village=None, upload=photo(extra=b"2"))
    assert notice.photos.count() == 2


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"<svg onload=alert(1)>", b"", b"GIF89a"])
def test_what_is_no_photograph_is_refused(db: None, content: bytes) -> None:
    upload = photo()
    upload.file.seek(0)  # type: ignore[union-attr]
    upload.file.truncate()  # type: ignore[union-attr]
    upload.file.write(content)  # type: ignore[union-attr]
    upload.file.seek(0)  # type: ignore[union-attr]
    upload.size = len(content)
    with pytest.raises(Invalid):
        services.add_photo(by=cast.clerk, notice=posted(), village=None, upload=upload)


def test_a_photograph_belongs_to_a_village_of_the_township(db: None) -> None:
    with pytest.raises(Invalid, match="不属于"):
        services.add_photo(by=cast.clerk, notice=posted(), village=cast.villages2[0], upload=photo())


@pytest.mark.parametrize("username", ["clerk2", "station", "auditor"])
def test_nobody_but_the_clerk_adds_photographs(db: None, username: str) -> None:
    user: User = getattr(cast, username)
    with pytest.raises(Forbidden):
        services.add_photo(by=user, notice=posted(), village=None, upload=photo())
