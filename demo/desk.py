"""What a township's desk shows beside its rosters: a rest handed out, a deputy at work, an import taken back."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Sum

from accounts.deputies import ask_deputy, confirm_deputy
from accounts.models import Post, Role
from demo.staff import Staff
from demo.walking import Hands, check, fresh, work_off
from lib import crypto
from rosters import services as rosters
from rosters import shapes
from rosters.models import Roster, RosterImport
from rulebook import clock
from rulebook.changing import decide_change, propose_change
from subsidies.models import Policy

DEPUTY = "vice01"
AWAY_UNTIL = date(2026, 5, 10)
LISTED = 6
# Of a fen for each unit of the quantity, so much is left over when the standard is rounded down.
LEFT_OVER = Decimal("0.4")


def let_rests_be_shared(staff: Staff, policy: Policy) -> None:
    """From tomorrow the policy's rosters may hand out what its standard, computed from the money, leaves over."""
    change = propose_change(
        by=staff["admin"], key="standard.rest", value="shared", policy_code=policy.code,
        effective_from=clock.today() + timedelta(days=1), reason="资金总额须发到分，县财政局会同主管部门议定。",
        citation="县财政局、主管部门议定事项", wording="按资金总额测算标准的余额，由编制单位逐分分配到明细。",
    )  # fmt: skip
    decide_change(by=staff["finance_head"], change=change, approve=True, opinion="同意。")


def share_rest(who: Hands, roster: Roster) -> None:
    """The money came to some fen more than the lines: they go to those from whom most was cut off."""
    quantity = roster.lines.aggregate(whole=Sum("quantity"))["whole"]
    rosters.distribute_rest(by=who.clerk, roster=roster, total_fen=roster.total_fen + max(1, int(quantity * LEFT_OVER)))
    check(who, fresh(roster))


def leader_is_away(staff: Staff) -> None:
    """The first township's leader is at a course; somebody of the finance station signs for that term."""
    leader = Post.objects.get(user=staff["leader01"], role=Role.TOWNSHIP_LEADER)
    station = Post.objects.select_related("organisation").get(user=staff["station01"])
    deputy = staff.add(DEPUTY, "乙", station.organisation, Role.FINANCE_STATION)
    asked = ask_deputy(
        by=staff["leader01"], principal=leader, deputy=deputy, since=clock.today(), until=AWAY_UNTIL,
        reason="到党校学习，由财政所副所长代理审签。",
    )  # fmt: skip
    confirm_deputy(by=staff["admin"], asked=asked, opinion="同意。")


def wrong_list_taken_back(who: Hands, roster: Roster) -> None:
    """Last month's list was taken in by mistake, and taken back."""
    shape, out = shapes.of(roster), io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([shape.title[key] for key in ("name", "id_number", "quantity", "tier")])
    for line in roster.lines.select_related("standard").order_by("number")[:LISTED]:
        number = crypto.decrypt(line.beneficiary_id_cipher)
        writer.writerow([line.beneficiary_name, number, line.quantity, line.standard.name])
    upload = SimpleUploadedFile("4月名单.csv", out.getvalue().encode("utf-8-sig"))
    batch = rosters.begin_import(by=who.clerk, roster=roster, upload=upload)
    work_off()
    batch.refresh_from_db()
    if batch.state == RosterImport.State.READY and batch.good_rows:
        rosters.accept_import(by=who.clerk, batch=batch)
        rosters.undo_import(by=who.clerk, batch=RosterImport.objects.get(pk=batch.pk))
