"""Quotas, payment orders, batches and the practice bank's answers, as whoever pays in the county would have them.

Who pays follows from the rules that a roster keeps: the finance bureau's two officers, or those of the department in
charge; and so does whether the money is ordered before the data go to the bank or after.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from accounts.models import User
from demo.people import BANKS
from demo.staff import Staff, prefix
from demo.walking import Hands, check, desks_after_notice, fresh, let_notice_pass, sign, to_the_board, work_off
from disbursement import collecting, practice
from disbursement import services as disbursement
from disbursement.models import AgentAccount, Arrival, Batch, Payment, PaymentOrder
from households import services as households
from households.models import AccountChange, BankAccount, Person
from lib.identifiers import luhn_check_digit
from rosters import services as rosters
from rosters.models import Roster
from rulebook import clock, rules
from subsidies.models import Policy, Quota
from subsidies.services import open_quota

AGENT_ACCOUNT = "629999900000000001"
DORMANT = {"F04", "F05"}


class Treasury:
    """The officers who pay, the agent account, and running numbers."""

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

    # --- Who pays, and what goes first
    def officer(self, policy: Policy, number: int) -> User:
        """The first makes, the second releases: of the bureau, or of the department where departments pay."""
        if rules.value("dispatch.by", policy_code=policy.code) == "department":
            return self.staff[f"{prefix(policy.department.code.removeprefix('BM-'))}_officer{number}"]
        return self.staff[f"officer{number}"]

    def money_first(self, quota: Quota, fen: int) -> Arrival | None:
        """The money's order and arrival before anything is sent; None where the data go first."""
        if rules.value("data.before_money", policy_code=quota.policy.code):
            return None
        return self._arrive(quota, fen)

    def money(self, quota: Quota, fen: int) -> Arrival:
        """The money's order and arrival, whatever goes first elsewhere: cash is drawn from what has arrived."""
        return self._arrive(quota, fen)

    def _arrive(self, quota: Quota, fen: int, **of: Any) -> Arrival:
        """An order that the treasury paid an hour ago, and its money in the agent account."""
        self.orders += 1
        officer = self.officer(quota.policy, 1)
        paid = clock.now() - timedelta(hours=0 if of else 1)
        order: PaymentOrder = disbursement.enter_order(
            by=officer,
            number=f"ZF2026{self.orders:06d}",
            quota=quota,
            agent_account=self.agent,
            amount_fen=fen,
            succeeded_at=paid,
            **of,
        )
        return disbursement.enter_arrival(
            by=officer,
            order=order,
            bank_reference=f"DZ2026{self.orders:08d}",
            amount_fen=fen,
            arrived_at=paid + timedelta(minutes=0 if of else 20),
        )

    # --- Batches
    def pay(self, arrival: Arrival | None, lists: Sequence[Roster]) -> Batch:
        """Made, released, with the bank; where the data went first, its money follows."""
        batch = self._send(self.make(arrival, lists))
        if batch.data_first:
            self._arrive(batch.quota, batch.total_fen, batch=batch)
            work_off()
        return batch

    def make(self, arrival: Arrival | None, lists: Sequence[Roster]) -> Batch:
        current = [fresh(roster) for roster in sorted(lists, key=lambda roster: roster.pk)]
        officer = self.officer(current[0].policy, 1)
        if arrival is None:
            return disbursement.make_batch(by=officer, agent_account=self.agent, rosters=current)
        return disbursement.make_batch(by=officer, arrival=Arrival.objects.get(pk=arrival.pk), rosters=current)

    def _send(self, batch: Batch) -> Batch:
        """Released by the other officer; the file goes to the bank at once."""
        other = self.officer(batch.quota.policy, 2)
        disbursement.release_batch(by=other, batch=batch, total_fen_seen=batch.total_fen)
        work_off()
        return Batch.objects.select_related("quota__policy__department").get(pk=batch.pk)

    def answer(self, *, failures: float) -> None:
        """The practice bank works off what lies before it, and its answers are taken in."""
        practice.work(failures=failures, seed=self.seed)
        collecting.collect()
        work_off()

    # --- What failed
    def failed(self, roster: Roster) -> list[Payment]:
        """Failed payments of a roster that wait for a right account, here or declared again."""
        found = Payment.objects.filter(
            line__roster=roster, status=Payment.Status.FAILED, disposal__in=["open", "returned"]
        )
        return list(found.select_related("payee__household__village").order_by("pk"))

    def mend(self, who: Hands, payment: Payment, *, approve: bool = True) -> None:
        """The township's clerk brings the villager's account in order and the finance station checks it."""
        dormant = payment.reason in DORMANT
        number = "" if dormant else self._new_number()
        old = BankAccount.objects.filter(person=payment.payee, in_use=True).first()
        change = households.request_account_change(
            by=who.clerk,
            person=payment.payee,
            kind=AccountChange.Kind.ACTIVATE if dormant else AccountChange.Kind.REPLACE,
            reason="银行反馈发放失败，本人已到网点办理。",
            bank_name="" if dormant else old.bank_name if old else BANKS[0],
            number=number,
            social_card=None if dormant else True,
        )
        if approve:
            station = self.staff[f"station{who.number:02d}"]
            households.approve_account_change(by=station, change=change, opinion="已核对本人证件和银行卡。")

    def open_card(self, who: Hands, person: Person) -> None:
        """A first card, entered by the clerk of the person's township."""
        households.set_account(by=who.clerk, person=person, bank_name=BANKS[0], number=self._new_number())

    def _new_number(self) -> str:
        self.cards += 1
        body = f"629998{self.cards:012d}"
        return f"{body}{luhn_check_digit(body)}"

    def settle_failures(self, paid: Sequence[tuple[Hands, Roster]], arrival: Arrival | None) -> None:
        """Every failed payment of these rosters is mended, and paid again: at once, or declared and signed anew."""
        for who, roster in paid:
            for payment in self.failed(roster):
                self.mend(who, payment)
            self._reissue(roster, arrival)
        self._declare_again(paid)

    def settle_some_failures(self, who: Hands, roster: Roster, arrival: Arrival | None) -> None:
        """Of what failed a third is paid again, a third mended, one asked for, the rest open.

        Where it is declared again, it lies with the unit until the unit sends it.
        """
        failed = self.failed(roster)
        third = max(1, len(failed) // 3)
        for payment in failed[:third]:
            self.mend(who, payment)
        self._reissue(roster, arrival)
        for payment in failed[third : 2 * third]:
            self.mend(who, payment)
        for payment in failed[2 * third : 2 * third + 1]:
            self.mend(who, payment, approve=False)

    def _reissue(self, roster: Roster, arrival: Arrival | None) -> None:
        """Every mended payment of a roster is paid again."""
        mended = list(Payment.objects.filter(line__roster=roster, status=Payment.Status.FAILED, disposal="mended"))
        if mended and arrival is not None:
            officer = self.officer(roster.policy, 1)
            current = Arrival.objects.get(pk=arrival.pk)
            self._send(disbursement.make_reissue(by=officer, arrival=current, payments=mended))
            self.answer(failures=0)

    def _declare_again(self, paid: Sequence[tuple[Hands, Roster]]) -> None:
        """The units' corrections of rosters go their whole way; what the bank gave back pays them."""
        corrections: list[Roster] = []
        for who, roster in paid:
            correction = Roster.objects.filter(corrects=roster, status=Roster.Status.DRAFT).first()
            if correction is not None:
                rosters.refresh_lines(by=who.clerk, roster=correction)
                check(who, correction)
                to_the_board(who, correction)
                corrections.append(correction)
        if not corrections:
            return
        let_notice_pass()
        for correction in corrections:
            for _ in range(desks_after_notice(correction)):
                sign(correction)
        sent = self._send(self.make(None, corrections))
        given_back = Arrival.objects.filter(batches__rosters=corrections[0].corrects).order_by("pk")[0]
        disbursement.bind_money(by=self.officer(sent.quota.policy, 1), batch=sent, arrival=given_back)
        self.answer(failures=0)
