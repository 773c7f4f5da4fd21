"""The columns of the list for the police and of the answers that come back, in the order of the staged rows."""

from households.models import IdentityCheck
from lib.sheets.model import Column

Outcome, Item = IdentityCheck.Outcome, IdentityCheck.Item
HEADERS = ("序号", "姓名", "公民身份号码", "核查结果", "不一致项", "死亡日期")
COLUMNS: tuple[Column, ...] = (
    Column("name", "姓名", "name", required=True, synonyms=("公民姓名", "被核查人姓名"), max_length=50),
    Column(
        "id", "公民身份号码", "id", required=True, synonyms=("身份证号", "身份证号码", "公民身份证号"), cipher=False
    ),
    Column(
        "outcome",
        "核查结果",
        "text",
        required=True,
        synonyms=("比对结果", "核验结果", "结果", "查询结果"),
        max_length=20,
    ),
    Column("items", "不一致项", "text", synonyms=("不一致的项", "不一致项目", "不符项"), max_length=60),
    Column("died_on", "死亡日期", "date", synonyms=("死亡时间", "注销日期")),
)
# How police offices write their answers.
OUTCOMES: dict[str, str] = {
    "一致": Outcome.MATCH, "相符": Outcome.MATCH, "核查一致": Outcome.MATCH, "比对一致": Outcome.MATCH,
    "不一致": Outcome.MISMATCH, "不符": Outcome.MISMATCH, "不相符": Outcome.MISMATCH, "核查不一致": Outcome.MISMATCH,
    "比对不一致": Outcome.MISMATCH,
    "查无此人": Outcome.UNKNOWN, "无此人": Outcome.UNKNOWN, "库中无此号": Outcome.UNKNOWN, "无记录": Outcome.UNKNOWN,
    "死亡": Outcome.DEAD, "已死亡": Outcome.DEAD, "死亡注销": Outcome.DEAD,
    "注销": Outcome.CANCELLED, "已注销": Outcome.CANCELLED, "户口注销": Outcome.CANCELLED,
}  # fmt: skip
ITEMS: dict[str, str] = {
    "姓名": Item.NAME, "名字": Item.NAME, "身份证号": Item.ID_NUMBER, "身份证号码": Item.ID_NUMBER,
    "公民身份号码": Item.ID_NUMBER, "身份证": Item.ID_NUMBER, "性别": Item.SEX, "出生日期": Item.BIRTH_DATE,
    "生日": Item.BIRTH_DATE, "出生年月": Item.BIRTH_DATE,
}  # fmt: skip
