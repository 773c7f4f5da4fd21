"""Who holds which post, as a table for the beginning of a county: a row is a post.

Rows are added, with the sign-in where there is none yet, through the same services as on the pages of people, and so
with the same refusals: posts that do not go together, posts that an organisation does not have. What is there already
is changed on those pages only. An ID number comes in and never goes out, and so does a first password.
"""

from typing import Any

from django.core.exceptions import ValidationError
from import_export.fields import Field
from import_export.widgets import DateWidget

from accounts import services
from accounts.models import Organisation, Post, Role, User
from accounts.scope import PortalToday
from accounts.tables import ChoiceWidget, CodeWidget, TrailedResource, table
from lib.errors import Refusal

ROLE = ChoiceWidget(Role.choices)
OFFICE = CodeWidget(Organisation)
DAY = DateWidget()


@table("people")
class PeopleResource(TrailedResource):
    username = Field("user__username", "用户名")
    full_name = Field("user__full_name", "姓名")
    phone = Field("user__phone", "联系电话")
    organisation = Field("organisation__code", "机构代码")
    office = Field("organisation__name", "机构")
    role = Field("role", "岗位", widget=ROLE)
    since = Field("term__lower", "任期起")
    until = Field("term__upper", "任期止")
    id_number = Field(None, "身份证号")
    password = Field(None, "初始密码")

    class Meta(TrailedResource.Meta):
        model = Post
        fields = export_order = (
            "username", "full_name", "phone", "organisation", "office", "role", "since", "until", "id_number",
            "password",
        )  # fmt: skip
        import_id_fields = ("username", "organisation", "role")
        clean_model_instances = False  # the services look at everything

    @property
    def title(self) -> str:
        return "人员与岗位"

    def get_queryset(self) -> Any:
        living = super().get_queryset().filter(term__endswith__isnull=True)
        living |= super().get_queryset().filter(term__endswith__gt=PortalToday())
        return living.select_related("user", "organisation").order_by("organisation__code", "user__username", "id")

    def get_instance(self, instance_loader: Any, row: Any) -> Post | None:
        try:
            role = ROLE.clean(row.get("岗位"))
        except ValueError as fault:
            raise ValidationError({"role": str(fault)}) from fault
        wanted = {"user__username": _text(row, "用户名"), "organisation__code": _text(row, "机构代码"), "role": role}
        if missing := [title for title in ("用户名", "机构代码", "岗位") if not _text(row, title)]:
            raise ValidationError(f"请填写{'、'.join(missing)}。")
        found: Post | None = self.get_queryset().filter(**wanted).first()
        return found

    def import_instance(self, instance: Post, row: Any, **kwargs: Any) -> None:
        """What is there stays; a cell that says otherwise is refused."""
        if instance._state.adding:
            return
        for name in ("full_name", "phone", "since", "until"):
            field = self.fields[name]
            given, there = _text(row, field.column_name), str(self.export_field(field, instance) or "")
            if given and given != there:
                words = f"现在是“{there or '空'}”。已有的人员和岗位请在“人员与岗位”页面办理变更。"
                raise ValidationError({name: words})

    def skip_row(self, instance: Post, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        return not instance._state.adding and not import_validation_errors

    def save_instance(self, instance: Post, is_create: bool, row: Any, **kwargs: Any) -> None:
        by: User | None = kwargs.get("user")
        try:
            made = services.appoint(
                by=by,
                user=_user(by, row),
                organisation=_cleaned(OFFICE, row, "机构代码"),
                role=ROLE.clean(row["岗位"]),
                since=_cleaned(DAY, row, "任期起"),
                until=_cleaned(DAY, row, "任期止"),
            )
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal
        instance.__dict__.update(made.__dict__)


def _text(row: Any, title: str) -> str:
    value = row.get(title)
    if value is None:
        return ""
    return value.date().isoformat() if hasattr(value, "date") else str(value).strip()


def _cleaned(widget: Any, row: Any, title: str) -> Any:
    try:
        return widget.clean(row.get(title))
    except ValueError as fault:
        told = str(fault) if widget is OFFICE else f"“{row.get(title)}”不是日期，请写作 2026-05-06。"
        raise ValidationError(f"{title}：{told}") from fault


def _user(by: User | None, row: Any) -> User:
    """The sign-in of this name, or a new one for the person of the ID number."""
    username, name, number = (_text(row, title) for title in ("用户名", "姓名", "身份证号"))
    there = User.objects.filter(username=username).first()
    if there is not None:
        if name and name != there.full_name:
            raise ValidationError(f"姓名：用户名“{username}”是{there.full_name}的，请核对用户名。")
        return there
    missing = [title for title in ("姓名", "身份证号", "初始密码") if not _text(row, title)]
    if missing:
        raise ValidationError(f"“{username}”是新的用户名，请填写{'、'.join(missing)}。")
    if not isinstance(row.get("身份证号"), str):
        raise ValidationError("身份证号：请用文本格式填写，数字格式会丢失末几位。")
    return services.add_user(
        by=by,
        username=username,
        full_name=name,
        id_number=number,
        password=_text(row, "初始密码"),
        phone=_text(row, "联系电话"),
    )
