"""One unit's way through a year, act by act: who acts, and what comes first, follows from the county's rules.

    year = Year(county_db)
    roster = year.roster(code)                       # made, filled from the register, checked
    year.compiled(roster)                            # sent and signed up to the notice
    notice = year.posted(roster)
    year.signed(roster)                              # every signature that is left
    batch = year.sent(year.made(arrival, [roster]))  # one officer makes it, another releases it; the bank has its data
    year.answered(batch, fails={1: NO_SUCH_ACCOUNT})

Time is the test's: nothing here moves the clock.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F

from accounts.models import Organisation, Role, User
from audit import chain_checks, ledger_checks
from demo.money import Treasury
from demo.staff import prefix
from demo.walking import Hands, check, fresh, hands, school_hands, send, sign, work_off
from disbursement import services as disbursement
from disbursement.models import Arrival, Batch, Clearing, Payment, PaymentOrder
from disbursement.services import clearing as clearings
from households import services as households
from households.models import BankAccount, Household, Person
from jobs.models import StoredFile
from jobs.services import store_file
from publicity import services as publicity
from publicity.models import Notice
from rosters import services as rosters
from rosters.lines import Pick
from rosters.models import Roster
from rulebook import clock, paths
from subsidies import proposals
from subsidies import services as subsidies
from subsidies.models import EmergencyPayout, PolicyChange, PolicyListRelease, Quota, Standard
from tests.counties import CountyDatabase
from tests.factories import account_number, id_number
from tests.factories_disbursement import answer
from tests.ways.days import Days, moment

__all__ = ["CLOSED", "DORMANT", "NO_SUCH_ACCOUNT", "WHOLE_YEAR", "Year", "fresh", "month", "paper", "scan"]

WHOLE_YEAR = (date(2026, 1, 1), date(2026, 12, 31))
# What the bank of the tests answers: the account does not exist, is closed, or sleeps.
NO_SUCH_ACCOUNT, CLOSED, DORMANT = "4", "9", "17"
PDF = b"%PDF-1.4 scan"
SEEN = "已核对，同意。"


def month(number: int, year: int = 2026) -> tuple[date, date]:
    """The first and the last day of a month."""
    first = date(year, number, 1)
    following = date(year + number // 12, number % 12 + 1, 1)
    return first, date.fromordinal(following.toordinal() - 1)


def paper(name: str = "依据文件.pdf") -> SimpleUploadedFile:
    """A document to hand in."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def scan(by: User, name: str = "证明.pdf") -> StoredFile:
    """A document that is kept already."""
    return store_file(content=PDF, name=name, by=by)


class Year:
    """A township (or, with `school`, a school) of a county, its officers and its days."""

    def __init__(self, county: CountyDatabase, *, number: int = 1, school: bool = False) -> None:
        self.county, self.users, self.days = county, county.users, Days()
        self.treasury = Treasury(county.users, seed=1)  # type: ignore[arg-type]
        self.who = self.school(number) if school else self.township(number)

    def to(self, text: str) -> None:
        self.days.to(text)

    # --- People
    def township(self, number: int) -> Hands:
        return hands(self.users, number)  # type: ignore[arg-type]

    def school(self, number: int) -> Hands:
        return school_hands(self.users, number)  # type: ignore[arg-type]

    def payer(self, code: str, number: int = 1) -> User:
        """The officer of whoever pays this policy: the first makes, the second releases."""
        return self.treasury.officer(self.county.policy(code), number)

    def of_department(self, code: str, post: str) -> User:
        """`reviewer`, `head`, `officer1` or `officer2` of the department in charge of a policy."""
        return self.users[f"{prefix(self.county.policy(code).department.code.removeprefix('BM-'))}_{post}"]

    def home(self, name: str, **more: Any) -> Household:
        return self.county.household(name, **more)

    def heads(self) -> list[Person]:
        """Of all households, in the order of their registration."""
        return list(Person.objects.filter(pk=F("household__head")).order_by("household_id"))

    def person(self, name: str, **more: Any) -> Person:
        """The head of a new household, with a card."""
        return Person.objects.select_related("household__village").get(household=self.home(name, **more))

    def relative(self, head: Person, name: str, relation: str = "儿子", *, by: User | None = None) -> Person:
        """A grown-up member of a household, with a card."""
        clerk, numbers = by or self.who.clerk, id_number(birth=date(1990, 3, 3))
        person = households.add_person(
            by=clerk, household=head.household, name=name, relation=relation, id_number=numbers
        )
        self.card(person, by=clerk)
        return person

    def without_card(self, name: str) -> Person:
        """A member of a new household, without a card."""
        household, numbers = self.home(f"{name}家"), id_number(birth=date(1991, 3, 3))
        given: dict[str, Any] = {"name": name, "relation": "儿子", "id_number": numbers}
        return households.add_person(by=self.who.clerk, household=household, **given)

    def card(self, person: Person, *, by: User | None = None, **more: Any) -> BankAccount:
        """The first registration of a person's card."""
        number = account_number()
        clerk = by or self.who.clerk
        return households.set_account(by=clerk, person=person, bank_name="示范农村商业银行", number=number, **more)

    # --- Policies
    def published(self) -> PolicyListRelease:
        """The year's list as it stands, by the head of the finance bureau."""
        return subsidies.publish_list(by=self.users["finance_head"])

    def new_terms(self, code: str, *, since: str, more_fen: int = 100, **content: Any) -> PolicyChange:
        """The department's proposal of higher standards, with its basis, handed in."""
        policy = self.county.policy(code)
        terms = proposals.content_of(policy, policy.versions.order_by("-number")[0])
        for tier in terms["standards"]:
            tier["amount_fen"] += more_fen
        by, day = self.of_department(code, "reviewer"), date.fromisoformat(since)
        given: dict[str, Any] = {
            "content": {**terms, **content},
            "effective_from": day,
            "reason": "上级调整了补贴标准。",
        }
        return self.handed_in(by, subsidies.propose_change(by=by, policy=policy, **given))

    def new_policy(self, code: str, *, department: str, **content: Any) -> PolicyChange:
        """The department's proposal of a policy of the county's own, with its basis and sample form, handed in."""
        tier = {"code": "01", "name": "面积", "amount_fen": 10_000, "per": "亩", "source": "县政府文件", "age_to": None,
                "age_from": None, "max_quantity": None}  # fmt: skip
        told: dict[str, Any] = {
            "code": code, "name": "示范奖补", "short_name": "示范奖补", "kind": "county", "published_code": "",
            "unit": "household", "category": "production", "frequency": "yearly", "funding_levels": ["county"],
            "contact_person": "", "consult_phone": "00000000", "supervise_phone": "00000001",
            "eligibility": "当年实际种植的农户。", "guide": "", "periods": "", "payout_methods": ["account"],
            "standards": [tier], "in_force_to": None, **content,
        }  # fmt: skip
        by, office = self.users[f"{department}_reviewer"], Organisation.objects.get(code=f"BM-{department}")
        given: dict[str, Any] = {"content": told, "effective_from": clock.today(), "reason": "县政府常务会议决定。"}
        change = subsidies.propose_addition(by=by, department=office, **given)
        return self.handed_in(by, change, ("basis", "sample"))

    def emergency(self, code: str) -> EmergencyPayout:
        """Relief of a department that went another way, registered with its reason and channel."""
        policy = self.county.policy(code)
        told: dict[str, Any] = {"item": "洪灾转移群众生活救助", "reason": "通信中断，来不及通过一卡通发放。"}
        told |= {"channel": EmergencyPayout.Channel.values[0], "channel_note": "现场发放", "amount_fen": 300_000}
        day = clock.today()
        return subsidies.enter_emergency(
            by=self.of_department(code, "reviewer"), department=policy.department, people_count=30, period_start=day,
            period_end=day, document_title="关于应急救助的批复", upload=paper(), **told
        )  # fmt: skip

    def handed_in(self, by: User, change: PolicyChange, kinds: Sequence[str] = ("basis",)) -> PolicyChange:
        for kind in kinds:
            subsidies.add_document(by=by, change=change, kind=kind, title="调整补贴标准的通知", upload=paper())
        return subsidies.submit_change(by=by, change=change)

    def agreed(self, change: PolicyChange) -> list[str]:
        """Every office on the way of a change agrees, in its order; returns the keys of the steps it took."""
        taken: list[str] = []
        while (step := paths.waiting(change, change.steps.all())) is not None:
            by = self._decider(change, step.post)
            if step.office == step.Office.OUTSIDE:
                answer = paths.Document(f"批复〔2026〕{step.number}号", clock.today(), "上级部门", paper())
                change = subsidies.decide_step(by=by, change=change, step=step, agree=True, document=answer)
            else:
                change = subsidies.decide_step(by=by, change=change, step=step, agree=True, opinion=SEEN)
            taken.append(step.key)
        return taken

    def _decider(self, change: PolicyChange, post: str) -> User:
        names = {Role.FINANCE_REVIEWER: "finance_reviewer", Role.FINANCE_HEAD: "finance_head"}
        if post in names:
            return self.users[names[Role(post)]]
        return self.users[f"{prefix(change.department.code.removeprefix('BM-'))}_head"]

    def quota(self, code: str, fen: int = 100_000_000, *, level: str = Quota.Level.CENTRAL) -> Quota:
        number = f"示财预〔2026〕{Quota.objects.count() + 1}号"
        given: dict[str, Any] = {"year": 2026, "level": level, "document_number": number, "amount_fen": fen}
        return subsidies.open_quota(by=self.users["officer1"], policy=self.county.policy(code), **given)

    # --- Rosters
    def roster(
        self,
        code: str,
        picks: Sequence[Pick] | None = None,
        *,
        quota: Quota | None = None,
        period: tuple[date, date] = WHOLE_YEAR,
        who: Hands | None = None,
        **more: Any,
    ) -> Roster:
        """Made and filled by the unit's clerk, with `picks` or from the register, its warnings explained."""
        hand = who or self.who
        clerk, policy, of = hand.clerk, self.county.policy(code), quota or self.quota(code)
        roster = rosters.create_roster(
            by=clerk, policy=policy, quota=of, period_start=period[0], period_end=period[1], **more
        )
        if picks is None:
            rosters.fill_from_register(by=clerk, roster=roster)
        else:
            rosters.fill_lines(by=clerk, roster=roster, picks=picks)
        return check(hand, roster)

    def pick(self, code: str, person: Person, quantity: str = "1", tier: str = "") -> Pick:
        """So much of a tier of the policy's newest version for a person."""
        tiers = Standard.objects.filter(version__policy__code=code).order_by("-version__number", "code")
        standard = tiers.filter(code=tier)[0] if tier else tiers[0]
        return Pick(person.pk, standard.pk, Decimal(quantity))

    def compiled(self, roster: Roster, who: Hands | None = None) -> Roster:
        """Sent, and signed at every desk before the notice."""
        send(who or self.who, roster)
        while fresh(roster).status == Roster.Status.REVIEW:
            sign(roster)
        return fresh(roster)

    def posted(self, roster: Roster) -> Notice:
        current = fresh(roster)
        return publicity.post_notice(by=current.made_by, roster=current)

    def signed(self, roster: Roster, signatures: int = 9) -> Roster:
        """The next signatures, up to the last one."""
        while signatures and fresh(roster).status in (Roster.Status.NOTICE, Roster.Status.REVIEW):
            sign(roster)
            signatures -= 1
        return fresh(roster)

    # --- Money and data
    def order(self, quota: Quota, fen: int, succeeded: str, *, batch: Batch | None = None) -> PaymentOrder:
        """A payment order that the treasury paid at a moment, entered by whoever pays."""
        self.treasury.orders += 1
        given: dict[str, Any] = {"amount_fen": fen, "succeeded_at": moment(succeeded), "batch": batch}
        return disbursement.enter_order(
            by=self.payer(quota.policy.code),
            number=f"ZF2026{self.treasury.orders:06d}",
            quota=quota,
            agent_account=self.treasury.agent,
            **given,
        )

    def arrival(self, order: PaymentOrder, arrived: str) -> Arrival:
        given: dict[str, Any] = {"amount_fen": order.amount_fen, "arrived_at": moment(arrived)}
        return disbursement.enter_arrival(
            by=self.payer(order.quota.policy.code), order=order, bank_reference=f"DZ{order.number}", **given
        )

    def made(self, arrival: Arrival | None, lists: Sequence[Roster]) -> Batch:
        return self.treasury.make(arrival, lists)

    def sent(self, batch: Batch) -> Batch:
        """Released by another person of the payer; the data is with the bank at once."""
        other = self.payer(batch.quota.policy.code, 2)
        disbursement.release_batch(by=other, batch=batch, total_fen_seen=batch.total_fen)
        work_off()
        return self.again(batch)

    def again(self, batch: Batch) -> Batch:
        return Batch.objects.select_related("quota__policy__department", "arrival", "agent_account").get(pk=batch.pk)

    def verified(self, batch: Batch) -> None:
        disbursement.verify_batch(by=self.users["bank"], batch=batch)

    def finished(self, batch: Batch) -> None:
        disbursement.report_finished(by=self.users["bank"], batch=batch, at=clock.now())

    def answered(self, batch: Batch, *, fails: dict[int, str] | None = None) -> list[Payment]:
        """The bank's answer to every payment; returns those that failed."""
        content = answer(self.again(batch), fails=fails)
        disbursement.take_result(by=self.users["bank"], batch=batch, content=content, name=f"R{batch.number}.txt")
        work_off()
        return self.payments(batch, Payment.Status.FAILED)

    def payments(self, batch: Batch, status: str) -> list[Payment]:
        found = Payment.objects.filter(batch=batch, status=status).order_by("number")
        return list(found.select_related("line__roster", "payee__household__village", "batch"))

    def reissue(self, arrival: Arrival, payments: Iterable[Payment], by: User | None = None) -> Batch:
        """Paid again by whoever the rules say starts it, from what came back."""
        current = Arrival.objects.select_related("order__quota__policy").get(pk=arrival.pk)
        officer = by or self.payer(current.order.quota.policy.code)
        return self.sent(disbursement.make_reissue(by=officer, arrival=current, payments=list(payments)))

    # --- The year's end
    def clearing(self, code: str) -> Clearing:
        found = Clearing.objects.select_related("policy__department")
        return found.filter(policy__code=code, year=2026).order_by("-pk")[0]

    def confirm(self, code: str, user: User) -> None:
        clearing = self.clearing(code)
        seen = bytes(clearing.digest or b"").hex()
        clearings.confirm_clearing(by=user, clearing=clearing, digest_seen=seen, opinion="数字一致。")

    def sealed(self, code: str) -> Clearing:
        return clearings.seal_clearing(by=self.payer(code), clearing=self.clearing(code))

    def parties(self, code: str) -> list[User]:
        """Finance, department and bank: who confirm a clearing for them."""
        return [self.users["finance_head"], self.of_department(code, "head"), self.users["bank"]]

    def finish(self, code: str) -> Clearing:
        voucher: dict[str, Any] = {"reference": f"JK-{code}", "handed_back_at": clock.now()}
        return clearings.finish_clearing(by=self.payer(code), clearing=self.clearing(code), **voucher)

    def cleared(self, *codes: str) -> None:
        """The figures are sealed, each party confirms them, what is left goes back."""
        for code in codes:
            self.sealed(code)
            for user in self.parties(code):
                self.confirm(code, user)
            assert self.finish(code).status == Clearing.Status.CLEARED

    def whole(self) -> None:
        """Every fen has one place, nobody was paid twice, and the trail is unbroken."""
        assert [str(found) for found in ledger_checks.findings()] == []
        assert [str(found) for found in chain_checks.findings()] == []
