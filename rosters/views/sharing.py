"""The page on which a department computes the year's standard from money and quantity, and takes it to a proposal."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from lib.errors import NotFound
from lib.periods import period_words
from rosters import sharing
from rosters.views.common import attempt, person
from subsidies.forms import YuanField
from subsidies.models import Policy, PolicyVersion, Standard


class ShareForm(forms.Form):
    total_fen = YuanField(
        label="资金总额（元）", widget=forms.TextInput(attrs={"class": "money", "inputmode": "decimal"})
    )
    standard = forms.ModelChoiceField(label="档次", queryset=Standard.objects.none(), empty_label=None)
    source = forms.ChoiceField(label="按什么数量分", widget=forms.RadioSelect)

    def __init__(self, version: PolicyVersion, periods: list[sharing.Period], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = version.standards.order_by("code")
        self.fields["standard"].queryset = tiers  # type: ignore[attr-defined]
        choices = [
            (f"{start}/{end}", f"{period_words(start, end)}各乡镇清册的数量（含编制中的）") for start, end in periods
        ]
        if tiers.filter(per="亩").exists():
            choices.append((sharing.REGISTER, "底册登记的地力补贴面积（全县正常农户）"))
        self.fields["source"].choices = choices  # type: ignore[attr-defined]


def share(request: HttpRequest, policy: int) -> HttpResponse:
    """Computes and shows; nothing is kept: the standard comes into force by a change of the policy."""
    user = person(request)
    found = Policy.objects.select_related("department").filter(pk=policy).first()
    if found is None or not sharing.may_share(user, found):
        raise NotFound
    version = found.versions.order_by("-effective_from").first()
    if version is None:
        raise NotFound
    periods = {f"{start}/{end}": (start, end) for start, end in sharing.periods_of(found)}
    # By GET: a result can be shown to others by its address.
    form = ShareForm(version, list(periods.values()), request.GET or None)
    shared = attempt(
        form,
        lambda: sharing.share(
            by=user,
            policy=found,
            standard=form.cleaned_data["standard"],
            total_fen=form.cleaned_data["total_fen"],
            period=periods.get(form.cleaned_data["source"]),
        ),
    )
    context: dict[str, Any] = {"policy": found, "form": form, "shared": shared}
    if shared is not None:
        tier = form.cleaned_data["standard"]
        taken = {"tier": tier.code, "fen": shared.unit_fen, "source": shared.told(tier.per)}
        context |= {
            "tier": tier,
            "change_url": f"{reverse('subsidies:change_policy', args=[found.pk])}?{urlencode(taken)}",
        }
    return render(request, "rosters/share.html", context)
