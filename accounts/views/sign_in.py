"""Coming in, going out, and one's own password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import public
from accounts.forms import PasswordForm, SignInForm, add_refusal
from accounts.models import User
from accounts.sign_in import change_password, enter, keep_session, leave
from accounts.who import user_of
from lib.errors import Refusal


class SignIn(LoginView):
    """Django's sign-in with our form, our one session and the trail."""

    form_class = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = False

    def form_valid(self, form: Any) -> HttpResponseRedirect:
        user = form.get_user()
        if isinstance(user, User):
            enter(self.request, user=user)
        return HttpResponseRedirect(self.get_success_url())


sign_in = public(SignIn.as_view())


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    leave(request, user=user_of(request))
    messages.success(request, "您已退出。")
    return redirect("accounts:sign_in")


@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = PasswordForm(request.POST or None)
    if form.is_valid():
        try:
            changed = change_password(by=user, old=form.cleaned_data["old"], new=form.cleaned_data["password"])
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            update_session_auth_hash(request, changed)
            keep_session(request, user=changed)
            messages.success(request, "密码已修改，下次登录请使用新密码。")
            return redirect("accounts:workbench")
    return render(request, "accounts/password.html", {"form": form})


@public
def home(request: HttpRequest) -> HttpResponse:
    """The workbench for staff, the villagers' pages for everybody else."""
    if request.user.is_authenticated:
        return redirect("accounts:workbench")
    return redirect("public:home")
