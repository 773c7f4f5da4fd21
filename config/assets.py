"""How static files are served: under names that follow their content, also where one script imports another."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# What our own scripts import, written as `import … from "./part.js"` or `import "./part.js"`. Packages' scripts are
# served as they come: some of them import what they do not bring.
_IMPORTS = (
    (
        r"""(?P<matched>from "(?P<url>\./[\w/]+\.js)";)""",
        'from "%(url)s";',
    ),
    (
        r"""(?P<matched>import "(?P<url>\./[\w/]+\.js)";)""",
        'import "%(url)s";',
    ),
)


class Assets(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package has no types
    """A part of a script changes its name with its content, so that nobody works with half of an older page."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("portal/*.js", _IMPORTS))
    # A pass for each part that imports another.
    max_post_process_passes = 20
