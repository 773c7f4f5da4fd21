"""The forms of requests to change the register, one for each kind; what is right or wrong the services decide.

Each offers its plain fields, tables of fields by row (people, means of production), and the papers at the end; `given`
is what the kind of change takes.
"""

from typing import Any

from django import forms

from households.forms import VillageChoice
from households.models import Means, Person
from households.relations import HEAD, RELATIONS
from households.request_parts import Kind, RequestForm, Table, at_row, mu_field, text_field
from households.services.changing import homes, parting, people
from households.services.changing.given import MeansRow, NewPerson
from households.services.changing.seen import means_words
from households.services.references import find_elsewhere
from lib.errors import Refusal

PEOPLE_ROWS = 6
SPARE_MEANS = 4
WORDS = [("", "请选择"), *((word, word) for word in RELATIONS)]
NO_PHONE = "无"


class _People(RequestForm):
    """People who come in, one a row; empty rows are left out."""

    def add_people(self, words: list[tuple[str, str]], first: str = "") -> None:
        rows = []
        for number in range(1, PEOPLE_ROWS + 1):
            initial = first if number == 1 else None
            relation = forms.ChoiceField(
                label=f"第 {number} 人与户主关系", choices=words, required=False, initial=initial
            )
            fields = [
                self.add(f"name_{number}", text_field(f"第 {number} 人姓名", 50, size="medium")),
                self.add(f"id_number_{number}", text_field(f"第 {number} 人身份证号", 30, size="medium")),
                self.add(f"relation_{number}", relation),
                self.add(f"phone_{number}", text_field(f"第 {number} 人联系电话", 20, size="medium")),
            ]
            rows.append((str(number), fields))
        title = "成员" if self.kind == Kind.MEMBER_IN else "户主和成员"
        self.grouped.append(Table(title, ["姓名", "身份证号", "与户主关系", "联系电话"], rows, "没有用到的行留空。"))

    def filled(self) -> list[int]:
        """Numbers of the rows in which somebody stands."""
        return [
            number
            for number in range(1, PEOPLE_ROWS + 1)
            if any(self.cleaned_data.get(f"{name}_{number}") for name in ("name", "id_number", "phone"))
        ]

    def newcomers(self) -> list[NewPerson]:
        names = ("name", "id_number", "relation", "phone")
        return [NewPerson(*(self.cleaned_data[f"{name}_{number}"] for name in names)) for number in self.filled()]

    def place(self, refusal: Refusal) -> Refusal:
        return at_row(refusal, self.filled())


class NewForm(_People):
    kind = Kind.NEW
    paired = True

    def __init__(self, villages: Any, *args: Any, **kwargs: Any) -> None:
        self.villages = villages
        super().__init__(*args, **kwargs)

    def build(self) -> None:
        self.add("village", VillageChoice(label="村（社区）", queryset=self.villages, empty_label="请选择"))
        self.add("group", text_field("村民小组", 30))
        self.add("address", text_field("住址", 200))
        self.add("contracted_mu", mu_field("承包面积（亩）"))
        self.add("subsidised_mu", mu_field("地力补贴面积（亩）"))
        self.add("code", text_field("农户编码（不填则由系统编号）", 30))
        self.add_people(WORDS, HEAD)

    def given(self) -> homes.GivenHome:
        data = self.cleaned_data
        names = ("group", "address", "contracted_mu", "subsidised_mu", "code")
        return homes.GivenHome(people=self.newcomers(), **{name: data[name] for name in names})


class CancelForm(RequestForm):
    kind = Kind.CANCEL
    cause = forms.ChoiceField(
        label="注销情形", choices=[(word, word) for word in homes.CANCEL_CAUSES], widget=forms.RadioSelect
    )

    def given(self) -> str:
        return str(self.cleaned_data["cause"])


class HeadForm(RequestForm):
    kind = Kind.HEAD

    def build(self) -> None:
        head = self.home.head_id if self.home else None
        alive = [one for one in self.members() if one.state == Person.State.ALIVE and one.pk != head]
        choices = [(str(one.pk), one.name) for one in alive]
        if head is not None:
            choices.append(("none", "户主没有档案（该户不再列入按户发放的清册，也不会改发给其他成员）"))
        self.add("head", forms.ChoiceField(label="新户主", choices=choices, widget=forms.RadioSelect))
        rows = []
        for one in self.members(gone=True):
            words = [("", "请选择"), *((word, word) for word in RELATIONS if word != HEAD)]
            field = forms.ChoiceField(label=f"{one.name}与新户主的关系", choices=words, required=False)
            rows.append((f"{one.name}（原为{one.relation}）", [self.add(f"relation_{one.pk}", field)]))
        help_text = "除新户主外，每个人都要重新选择与新户主的关系，已死亡的也要选。"
        self.grouped.append(Table("各成员与新户主的关系", ["与新户主关系"], rows, help_text))

    def given(self) -> people.GivenHead:
        data = self.cleaned_data
        head = None if data["head"] == "none" else int(data["head"])
        relations = {one.pk: data[f"relation_{one.pk}"] for one in self.members(gone=True)}
        return people.GivenHead(head, relations)


class IdentityForm(RequestForm):
    kind = Kind.IDENTITY

    def build(self) -> None:
        choices = [(str(one.pk), f"{one.name}（{one.relation}）") for one in self.members(gone=True)]
        self.add("person", forms.ChoiceField(label="更正谁的信息", choices=choices, widget=forms.RadioSelect))
        self.add("name", forms.CharField(label="更正后的姓名", max_length=50, help_text="姓名没有错的，照原样填写"))
        self.add(
            "id_number",
            forms.CharField(label="更正后的身份证号", max_length=30, help_text="身份证号没有错的，照原样填写"),
        )

    def given(self) -> people.GivenIdentity:
        data = self.cleaned_data
        return people.GivenIdentity(int(data["person"]), data["name"], data["id_number"])


class MembersInForm(_People):
    kind = Kind.MEMBER_IN

    def build(self) -> None:
        has_head = self.home is not None and self.home.head_id is not None
        self.add_people([one for one in WORDS if not (has_head and one[0] == HEAD)], "" if has_head else HEAD)

    def given(self) -> list[NewPerson]:
        return self.newcomers()


class MembersOutForm(RequestForm):
    kind = Kind.MEMBER_OUT

    def build(self) -> None:
        head = self.home.head_id if self.home else None
        choices = [(str(one.pk), f"{one.name}（{one.relation}）") for one in self.members() if one.pk != head]
        self.add(
            "people",
            forms.MultipleChoiceField(label="迁出的成员", choices=choices, widget=forms.CheckboxSelectMultiple),
        )
        causes = [(word, word) for word in people.OUT_CAUSES]
        self.add("cause", forms.ChoiceField(label="迁出情形", choices=causes, widget=forms.RadioSelect))

    def given(self) -> people.GivenLeavers:
        return people.GivenLeavers([int(key) for key in self.cleaned_data["people"]], self.cleaned_data["cause"])


class ContactForm(RequestForm):
    kind = Kind.CONTACT

    def build(self) -> None:
        home = self.home
        for name, label, most in (("group", "村民小组", 30), ("address", "住址", 200)):
            self.add(name, text_field(label, most)).initial = getattr(home, name, "")
            self.fields[name].initial = getattr(home, name, "")
        rows = []
        for one in self.members():
            field = self.add(f"phone_{one.pk}", text_field(f"{one.name}的新电话", 20, size="medium"))
            rows.append((f"{one.name}（{'已登记电话' if one.phone_digest else '未登记电话'}）", [field]))
        help_text = f"不填表示不变；填“{NO_PHONE}”表示取消登记。"
        self.grouped.append(Table("联系电话", ["新电话"], rows, help_text))

    def given(self) -> people.GivenContact:
        data = self.cleaned_data
        typed = {one.pk: data[f"phone_{one.pk}"].strip() for one in self.members()}
        phones = {key: "" if text == NO_PHONE else text for key, text in typed.items() if text}
        return people.GivenContact(data["group"], data["address"], phones)

    def place(self, refusal: Refusal) -> Refusal:
        typed = [one.pk for one in self.members() if self.cleaned_data[f"phone_{one.pk}"]]
        if refusal.field == "phone" and typed:
            refusal.field = f"phone_{typed[0]}"
        return refusal


class MeansForm(RequestForm):
    kind = Kind.MEANS
    paired = True

    def build(self) -> None:
        home = self.home
        for name, label in (("contracted_mu", "承包面积（亩）"), ("subsidised_mu", "地力补贴面积（亩）")):
            field = mu_field(label)
            field.initial = getattr(home, name, None)
            self.add(name, field)
        own = list(home.means.all()) if home else []
        self.count = len(own) + SPARE_MEANS
        kinds = [("", "—"), *Means.Kind.choices]
        units = [("", "—"), *((unit, unit) for unit in dict.fromkeys(u for each in Means.UNITS.values() for u in each))]
        rows = []
        for number in range(1, self.count + 1):
            one = own[number - 1] if number <= len(own) else None
            fields = {
                "kind": forms.ChoiceField(label=f"第 {number} 项类别", choices=kinds, required=False),
                "item": text_field(f"第 {number} 项名称", 40, size="medium"),
                "quantity": forms.DecimalField(
                    label=f"第 {number} 项数量", required=False, min_value=0, decimal_places=2, max_digits=12
                ),
                "unit": forms.ChoiceField(label=f"第 {number} 项单位", choices=units, required=False),
                "mark": text_field(f"第 {number} 项编号", 40, size="medium"),
            }
            if one is not None:
                for name, value in zip(fields, (one.kind, one.name, one.quantity, one.unit, one.mark), strict=True):
                    fields[name].initial = value
            rows.append((str(number), [self.add(f"{name}_{number}", field) for name, field in fields.items()]))
        help_text = "清空数量表示取消这一项。填了机具编号的，每台一行。"
        heads = ["类别", "名称（作物、畜种、机型）", "数量", "单位", "地块或机具编号"]
        self.grouped.append(Table("生产资料", heads, rows, help_text))

    def filled(self) -> list[int]:
        """Numbers of the rows with a quantity."""
        return [number for number in range(1, self.count + 1) if self.cleaned_data.get(f"quantity_{number}")]

    def place(self, refusal: Refusal) -> Refusal:
        return at_row(refusal, self.filled())

    def given(self) -> homes.GivenMeans:
        data = self.cleaned_data
        rows = [
            MeansRow(
                kind=data[f"kind_{number}"],
                quantity=data[f"quantity_{number}"],
                unit=data[f"unit_{number}"],
                name=data[f"item_{number}"],
                mark=data[f"mark_{number}"],
            )
            for number in self.filled()
        ]
        return homes.GivenMeans(rows, data["contracted_mu"], data["subsidised_mu"])


class SplitForm(RequestForm):
    kind = Kind.SPLIT
    paired, rows_first = True, True

    def build(self) -> None:
        rows = []
        for one in self.members():
            words = [("", "不分出"), *((word, word) for word in RELATIONS)]
            field = forms.ChoiceField(label=f"{one.name}与那边户主的关系", choices=words, required=False)
            rows.append((f"{one.name}（{one.relation}）", [self.add(f"relation_{one.pk}", field)]))
        help_text = "新立一户的，其中一人选“本人”作新户的户主。"
        self.grouped.append(Table("分出的成员", ["与那边户主的关系"], rows, help_text))
        self.add("into", text_field("转入的农户编码（新立一户的不填）", 30))
        self.add("group", text_field("新户的村民小组（不填同原户）", 30))
        self.add("address", text_field("新户的住址（不填同原户）", 200))
        self.add("contracted_mu", mu_field("随之分出的承包面积（亩）"))
        self.add("subsidised_mu", mu_field("随之分出的地力补贴面积（亩）"))
        own = [(str(one.pk), means_words(one)) for one in self.home.means.all()] if self.home else []
        if own:
            field = forms.MultipleChoiceField(
                label="随之分出的生产资料", choices=own, required=False, widget=forms.CheckboxSelectMultiple
            )
            self.add("means", field)

    def given(self) -> parting.GivenSplit:
        data = self.cleaned_data
        relations = {one.pk: data[f"relation_{one.pk}"] for one in self.members() if data[f"relation_{one.pk}"]}
        names = ("into", "group", "address", "contracted_mu", "subsidised_mu")
        means = [int(key) for key in data.get("means") or []]
        return parting.GivenSplit(relations, means=means, **{name: data[name] for name in names})


class MergeForm(RequestForm):
    kind = Kind.MERGE

    def build(self) -> None:
        choices = [(str(one.pk), f"{one.name}（{one.relation}）") for one in self.members()]
        self.add(
            "double", forms.ChoiceField(label="本户中重复（录错）的档案", choices=choices, widget=forms.RadioSelect)
        )
        self.add("name", forms.CharField(label="保留的档案：姓名", max_length=50))
        help_text = "18 位，须与保留的那份档案相符"
        self.add("id_number", forms.CharField(label="保留的档案：身份证号", max_length=30, help_text=help_text))

    def given(self) -> parting.GivenDouble:
        data = self.cleaned_data
        return parting.GivenDouble(int(data["double"]), find_elsewhere(name=data["name"], id_number=data["id_number"]))


FORMS: dict[str, type[RequestForm]] = {
    form.kind: form
    for form in (
        CancelForm, HeadForm, IdentityForm, MembersInForm, MembersOutForm, ContactForm, MeansForm, SplitForm, MergeForm,
    )
}  # fmt: skip


class NumbersForm(forms.Form):
    reason = forms.CharField(label="查看事由", max_length=100, initial="与原件核对")


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="撤回原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class DayForm(forms.Form):
    on = forms.DateField(
        label="哪一天", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
