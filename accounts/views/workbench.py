from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.scope import scope_of
from accounts.who import user_of
from accounts.workbench import figures_for, panels_for, todos_for


def workbench(request: HttpRequest) -> HttpResponse:
    """What waits for this person, how the own money and work stand, and the own jobs; nothing else."""
    user = user_of(request)
    posts = scope_of(user).posts
    context = {
        "todos": todos_for(user),
        "figures": figures_for(user),
        "panels": panels_for(user),
        "posts": posts,
        "standing_in": [(post, post.term.upper - timedelta(days=1)) for post in posts if post.deputation_id],
    }
    return render(request, "accounts/workbench.html", context)
