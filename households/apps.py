from django.apps import AppConfig


class HouseholdsConfig(AppConfig):
    default_auto_field = "django.db.models.BigAutoField"
    name = "households"
    verbose_name = "补贴对象"

    def ready(self) -> None:
        from accounts.subjects import subject_kind, subject_page
        from accounts.workbench import register_figures, register_menu, register_panel, register_todos
        from households import exports, gone, todos  # noqa: F401  (exports registers the lists that may be taken out)
        from households.cards import reading as card_reading  # noqa: F401  (registers its handler)
        from households.cards import todos as card_todos
        from households.imports import job  # noqa: F401  (registers the handler)
        from households.verification import calling, reading  # noqa: F401  (register their handlers)
        from households.verification import todos as identity_todos
        from households.verification.listing import forget_old
        from lib.errors import register_reading
        from rulebook import daily

        pages = {
            "household": "detail",
            "accountchange": "change",
            "registerimport": "import",
            "registerrequest": "request",
            "delegation": "delegation",
            "succession": "succession",
            "virtualmember": "reference",
            "identityrun": "identity_run",
            "deliveredcard": "card",
            "cardlist": "card_list",
        }
        for label, page in pages.items():
            subject_page(f"households.{label}", f"households:{page}")
        subject_kind("households.registerupdaterow", "批量更新文件的行")
        register_todos(todos.todos)
        register_figures(todos.village_figures)
        register_panel(todos.village_closed)
        register_menu(*todos.MENU, identity_todos.MENU, card_todos.MENU)
        register_todos(card_todos.todos)
        register_todos(identity_todos.todos)
        register_reading(gone.reading)
        daily.register(forget_old)
