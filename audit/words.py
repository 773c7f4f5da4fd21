"""What the trail says, as people read it. A verb without a word shows as it is written."""

import re
from typing import Any

from lib import merkle

_DIGEST = re.compile(r"[0-9a-f]{64}")

VERBS: dict[str, str] = {
    "account.set": "登记账户",
    "account_change.request": "申请变更账户",
    "account_change.approved": "账户变更生效",
    "account_change.rejected": "账户变更未通过",
    "agent_account.register": "登记代发户",
    "arrival.enter": "登记到账",
    "audit.line": "查看一笔补贴的全程",
    "audit.person": "查看一个人的补贴",
    "audit.search": "按人查询",
    "bank_file.download": "下载代发文件",
    "batch.cancel": "撤销批次",
    "batch.make": "制作批次",
    "batch.release": "放行批次",
    "batch.send": "代发文件送达银行",
    "calendar.load": "载入工作日历",
    "clock.move": "调整演练时钟",
    "deadline.fire": "时限到期",
    "divisions.load": "载入区划",
    "household.add": "新建农户",
    "job.ask": "提交后台任务",
    "job.done": "后台任务完成",
    "job.failed": "后台任务未完成",
    "lookup.ask": "群众索取查询验证码",
    "lookup.enter": "群众输入验证码",
    "lookup.view": "群众查看本人补贴",
    "notice.counts": "原公示继续有效",
    "notice.end": "公示期满",
    "notice.line_check": "群众核对本人",
    "notice.photo": "上传公示影像",
    "notice.post": "张贴公示",
    "notice.withdraw": "撤下公示",
    "objection.receive": "受理异议",
    "objection.reveal_phone": "查看异议人电话",
    "objection.settle": "核实异议",
    "organisation.add": "新建机构",
    "organisation.add_villages": "建立村（社区）委员会",
    "password.change": "修改密码",
    "password.reset": "重设密码",
    "payment.take_out": "失败支付移出",
    "payment_order.enter": "登记支付单",
    "person.add": "新增成员",
    "person.dead": "登记死亡",
    "person.reveal": "查看全号",
    "policies.load": "载入政策",
    "policy.publish": "公开政策",
    "post.appoint": "任命岗位",
    "post.end": "结束岗位",
    "profile.in_force": "执行规则档",
    "profile.load": "载入规则档",
    "quota.open": "录入指标",
    "register.import.accept": "底册导入入库",
    "register.import.begin": "上传底册",
    "register.import.drop": "放弃底册导入",
    "register.import.recheck": "重新检查底册",
    "register.import.report": "下载底册错误报告",
    "result.take": "接收银行结果",
    "roster.approve": "签字同意",
    "roster.attach": "上传清册附件",
    "roster.attachment_read": "查看清册附件",
    "roster.begin_paying": "清册开始发放",
    "roster.check": "检查清册",
    "roster.close": "清册办结",
    "roster.create": "编制清册",
    "roster.explain": "说明疑点",
    "roster.fill": "批量写入明细",
    "roster.import": "导入明细入册",
    "roster.import_begin": "上传明细",
    "roster.import_drop": "放弃明细导入",
    "roster.line_add": "新增明细",
    "roster.line_change": "修改明细",
    "roster.line_remove": "删除明细",
    "roster.pass_notice": "公示通过",
    "roster.refresh": "按底册更新明细",
    "roster.return": "退回清册",
    "roster.send": "送审",
    "roster.take_out": "明细移出清册",
    "roster.void": "作废清册",
    "sign_in": "登录",
    "sign_in.fail": "登录失败",
    "sign_out": "退出",
    "sms.failed": "短信发送失败",
    "sms.sent": "短信已发送",
    "table.add": "新增基础数据",
    "table.change": "修改基础数据",
    "table.import": "导入基础数据",
    "user.add": "新建用户",
    "user.open": "启用用户",
    "user.close": "停用用户",
    "verify.ledger": "核验资金账",
    "verify.trail": "核验轨迹链",
    "verify.schema": "核验数据库约束",
}


def word(verb: str) -> str:
    return VERBS.get(verb, verb)


def shown(fact: Any) -> Any:
    """A fact as the page shows it: a digest in the short form that stands on sheets and notices."""
    if isinstance(fact, str) and _DIGEST.fullmatch(fact):
        return merkle.short(bytes.fromhex(fact))
    return fact
