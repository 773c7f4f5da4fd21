"""What the collected scripts import: parts under the names of their content."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.databases import ROOT


def test_a_script_imports_parts_that_change_their_name_with_their_content(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_DIRS = [ROOT / "static"]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.assets.Assets"}}
    call_command(
        "collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "rest_framework", "import_export"]
    )
    (entry,) = tmp_path.glob("portal/grid.*.js")
    scripts = [entry, *tmp_path.glob("portal/grid/*.*.js")]
    imported = [
        script.parent / name
        for script in scripts
        for name in re.findall(r'(?:from|import) "([^"]+)"', script.read_text(encoding="utf-8"))
    ]
    assert len(imported) > 30
    for part in imported:
        assert re.search(r"\.[0-9a-f]{12}\.js$", part.name), part.name
        assert part.is_file(), part.name
