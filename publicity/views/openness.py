"""The kinds of information that have no roster behind them: documents, guides, telephones (CQ§29)."""

from pathlib import PurePath

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.access import public
from publicity import openness
from publicity.openness import BASIS, CHANNELS, GUIDE, opens
from publicity.pages import public_page


@public
@opens(BASIS)
@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """The documents on which subsidies stand, with number, date and, where there is one, the file."""
    context = {"regulation": openness.regulation(), "documents": openness.basis_documents()}
    return public_page(request, "public/documents.html", context)


@public
@opens(BASIS)
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of a document, under the document's own title: what the upload was called stays inside."""
    found = openness.basis_document(pk)
    name = f"{found.title}{PurePath(found.file.name if found.file else '').suffix.lower()}"
    response = FileResponse(found.file.file.open("rb"), as_attachment=True, filename=name)  # type: ignore[union-attr]
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


@public
@opens(GUIDE)
@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """How to apply for each subsidy, and whom to ask."""
    return public_page(request, "public/guides.html", {"versions": openness.current_versions()})


@public
@opens(CHANNELS)
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Where to ask and where to complain: the finance bureau, departments, townships and schools."""
    context = {
        "finance": openness.finance_offices(),
        "departments": openness.departments(),
        "units": openness.units(),
    }
    return public_page(request, "public/channels.html", context)
