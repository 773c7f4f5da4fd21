"""Where the result of a job is shown: each room registers its own kinds.

@result_url("households.import")
def page_of(job: Job) -> str: ...
"""

from collections.abc import Callable

from jobs.models import Job

Page = Callable[[Job], str]
_pages: dict[str, Page] = {}


def result_url(kind: str) -> Callable[[Page], Page]:
    """Registers the address of the result of jobs of this kind."""

    def register(page: Page) -> Page:
        _pages[kind] = page
        return page

    return register


def url_of(job: Job) -> str:
    """The address of a job's result; empty where its kind has no page."""
    page = _pages.get(job.kind)
    return page(job) if page else ""
