"""Quotas, payment orders, batches and the practice bank's answers, as the finance bureau would have them."""

from collections.abc import Sequence
from datetime import timedelta

from demo.staff import Staff
from demo.walking import work_off
from disbursement import collecting, practice
from disbursement import services as disbursement
from disbursement.models import AgentAccount, Arrival, Batch, Payment
from households import services as households
from households.models import AccountChange, BankAccount
from lib.identifiers import luhn_check_digit
from rosters.models import Roster
from rulebook import clock
from subsidies.models import Policy, Quota
from subsidies.services import open_quota

AGENT_ACCOUNT = "629999900000000001"


class Treasury:
    """The bureau's two officers, the agent account, and running numbers."""

    def __init__(self, staff: Staff, *, seed: int) -> None:
        self.staff = staff
        self.seed = seed
        self.orders = self.cards = 0
        bank = staff["bank"].posts.get().organisation
        self.agent: AgentAccount = disbursement.register_agent_account(
            by=None,
            bank=bank,
            name="惠民惠农补贴资金代发户",
            number=f"{AGENT_ACCOUNT}{luhn_check_digit(AGENT_ACCOUNT)}",
            layout="psbc-txt",
        )

    def quota(self, policy: Policy, number: str, fen: int, level: str = Quota.Level.CENTRAL) -> Quota:
        return open_quota(
            by=self.staff["officer1"],
            policy=policy,
            year=clock.today().year,
            level=level,
            document_number=number,
            amount_fen=fen,
        )

    def arrive(self, quota: Quota, fen: int) -> Arrival:
        """An order that the treasury paid an hour ago, and its money in the agent account."""
        self.orders += 1
        officer = self.staff["officer1"]
        paid = clock.now() - timedelta(hours=1)
        order = disbursement.enter_order(
            by=officer,
            number=f"ZF2026{self.orders:06d}",
            quota=quota,
            agent_account=self.agent,
            amount_fen=fen,
            succeeded_at=paid,
        )
        return disbursement.enter_arrival(
            by=officer,
            order=order,
            bank_reference=f"DZ2026{self.orders:08d}",
            amount_fen=fen,
            arrived_at=paid + timedelta(minutes=20),
        )

    def make(self, arrival: Arrival, rosters: Sequence[Roster]) -> Batch:
        fresh = list(Roster.objects.filter(pk__in=[roster.pk for roster in rosters]).order_by("pk"))
        return disbursement.make_batch(
            by=self.staff["officer1"], arrival=Arrival.objects.get(pk=arrival.pk), rosters=fresh
        )

    def release(self, batch: Batch) -> None:
        """Released by the other officer; the file goes to the bank at once."""
        disbursement.release_batch(by=self.staff["officer2"], batch=batch, total_fen_seen=batch.total_fen)
        work_off()

    def answer(self, *, failures: float) -> None:
        """The practice bank works off what lies before it, and its answers are taken in."""
        practice.work(failures=failures, seed=self.seed)
        collecting.collect()
        work_off()

    def failed(self, roster: Roster) -> list[Payment]:
        found = Payment.objects.filter(line__roster=roster, status=Payment.Status.FAILED, disposal="open")
        return list(found.select_related("payee__household__village").order_by("pk"))

    def mend(self, payment: Payment, township: int, *, approve: bool = True) -> None:
        """The township's clerk brings the villager's account in order and the finance station checks it."""
        clerk, station = self.staff[f"clerk{township:02d}"], self.staff[f"station{township:02d}"]
        dormant = payment.reason in {"F04", "F05"}
        number = ""
        if not dormant:
            self.cards += 1
            body = f"629998{self.cards:012d}"
            number = f"{body}{luhn_check_digit(body)}"
        old = BankAccount.objects.filter(person=payment.payee, in_use=True).first()
        change = households.request_account_change(
            by=clerk,
            person=payment.payee,
            kind=AccountChange.Kind.ACTIVATE if dormant else AccountChange.Kind.REPLACE,
            reason="银行反馈发放失败，本人已到网点办理。",
            bank_name="" if dormant else old.bank_name if old else "示范农村商业银行",
            number=number,
        )
        if approve:
            households.approve_account_change(by=station, change=change, opinion="已核对本人证件和银行卡。")

    def reissue(self, arrival: Arrival, roster: Roster, *, failures: float = 0.0) -> None:
        """Every mended payment of a roster is paid again."""
        mended = list(Payment.objects.filter(line__roster=roster, status=Payment.Status.FAILED, disposal="mended"))
        if mended:
            batch = disbursement.make_reissue(
                by=self.staff["officer1"], arrival=Arrival.objects.get(pk=arrival.pk), payments=mended
            )
            self.release(batch)
            self.answer(failures=failures)
