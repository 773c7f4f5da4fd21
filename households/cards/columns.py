"""The columns of a bank's list of delivered cards; staged rows have the same, in this order."""

from lib.sheets.model import Column

COLUMNS: tuple[Column, ...] = (
    Column("name", "姓名", "name", required=True, synonyms=("户名", "持卡人", "客户姓名"), max_length=50),
    Column("id", "身份证号", "id", required=True, synonyms=("身份证号码", "证件号码", "公民身份号码"), cipher=False),
    Column(
        "number", "卡号", "account", required=True, synonyms=("账号", "银行卡号", "卡折号", "银行账号"), cipher=False
    ),
    Column("kind", "类别", "text", synonyms=("卡折类别", "介质"), max_length=10),
)
TITLE = "卡折送达清单"
KINDS = {"银行卡": "card", "卡": "card", "社保卡": "card", "社会保障卡": "card", "存折": "passbook", "折": "passbook"}
