"""The columns of the base register's table, as townships know them; the staging table has the same, in this order."""

from households.relations import RELATIONS, SAME_AS_HEAD
from lib.sheets.model import Column, out_columns

COLUMNS: tuple[Column, ...] = (
    Column("household_code", "农户编码", "text", synonyms=("户编码", "户编号"), max_length=30),
    Column("head_name", "户主姓名", "name", required=True, synonyms=("户主",), max_length=50),
    Column("head_id", "户主身份证号", "id", required=True, synonyms=("户主身份证号码", "户主身份证")),
    Column("name", "家庭成员姓名", "name", required=True, synonyms=("姓名", "成员姓名"), max_length=50),
    Column(
        "member_id",
        "身份证号",
        "id",
        required=True,
        synonyms=("身份证号码", "公民身份号码", "成员身份证号", "家庭成员身份证号"),
    ),
    Column(
        "village",
        "村(居)委会",
        "text",
        required=True,
        synonyms=("村居委会", "村委会", "嘎查村", "嘎查", "嘎查村(社区)", "村(社区)", "所在村"),
        max_length=80,
    ),
    Column(
        "villagers_group", "村(居)民小组", "group", synonyms=("村居民小组", "村民小组", "小组", "组"), max_length=30
    ),
    Column("relation", "与户主关系", "choice", required=True, choices=(*RELATIONS, SAME_AS_HEAD)),
    Column("phone", "联系电话", "phone", synonyms=("手机号", "手机号码", "电话")),
    Column("address", "住址", "text", synonyms=("现住址", "家庭住址", "地址"), max_length=200),
    Column("bank_name", "开户银行", "text", synonyms=("开户行", "开户行名称"), max_length=60),
    Column("account", "银行账号", "account", synonyms=("账号", "卡号", "银行卡号", "一卡通账号")),
    Column("contracted_mu", "承包面积", "decimal", synonyms=("承包土地面积",), places=2),
    Column("subsidised_mu", "地力补贴面积", "decimal", synonyms=("补贴面积", "耕地地力补贴面积"), places=2),
    Column("planted_mu", "种植面积", "decimal", synonyms=("播种面积", "实际种植面积"), places=2),
    Column("grassland_mu", "草场面积", "decimal", synonyms=("草场", "草原面积"), places=2),
    Column("forest_mu", "林地面积", "decimal", synonyms=("林地",), places=2),
    Column("livestock_kind", "牲畜种类", "text", synonyms=("畜种",), max_length=40),
    Column("livestock", "牲畜数量", "decimal", synonyms=("牲畜", "存栏数", "牲畜头数"), places=0),
    Column("machine_name", "农机名称", "text", synonyms=("机具名称", "农机型号"), max_length=40),
    Column("machine_number", "农机编号", "text", synonyms=("机具编号", "出厂编号"), max_length=40),
)
# Of a table that brings records up to date: whom a row means, and what is new.
UPDATE_COLUMNS: tuple[Column, ...] = (
    Column("person_key", "人员编号", "integer"),
    Column("id_number", "身份证号", "id", synonyms=("身份证号码", "公民身份号码"), cipher=False),
    Column("name", "姓名", "name", required=True, synonyms=("家庭成员姓名",), max_length=50),
    Column("phone", "新联系电话", "phone", synonyms=("新电话", "联系电话", "手机号")),
    Column("address", "新住址", "text", synonyms=("住址", "现住址", "家庭住址"), max_length=200),
    Column("villagers_group", "新小组", "group", synonyms=("村(居)民小组", "村民小组", "小组"), max_length=30),
    Column("contracted_mu", "新承包面积", "decimal", synonyms=("承包面积",), places=2),
    Column("subsidised_mu", "新地力补贴面积", "decimal", synonyms=("地力补贴面积", "补贴面积"), places=2),
    Column("bank_name", "新开户银行", "text", synonyms=("开户银行", "开户行"), max_length=60),
    Column("account", "新银行账号", "account", synonyms=("银行账号", "账号", "卡号")),
)
TITLE = "补贴对象基础信息导入模板"


def copy_columns() -> list[str]:
    """The fields of a line of the COPY file, in order: `excel_row` first, `row_errors` (0 for a sound row) last."""
    return [name for name, _ in out_columns(COLUMNS)]
