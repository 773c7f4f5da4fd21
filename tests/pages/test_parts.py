"""The parts every page is built from: what they say, and that nothing in them needs inline style or script."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from lib.templatetags import portal

ROOT = Path(__file__).resolve().parents[2]
PARTS = sorted(path.name for path in (ROOT / "templates" / "parts").glob("_*.html"))
MORNING = datetime(2026, 5, 6, 2, 3, tzinfo=UTC)
FINGERPRINT = bytes.fromhex("a1b2c3d4e5f67890") + bytes(24)
PAGE_LIMIT = 100_000


class EveryWidget(forms.Form):
    name = forms.CharField(label="户主姓名", help_text="与户口簿一致")
    kind = forms.ChoiceField(label="变更种类", choices=[("a", "新增"), ("b", "注销")], widget=forms.RadioSelect)
    papers = forms.MultipleChoiceField(label="材料", choices=[("a", "证明")], widget=forms.CheckboxSelectMultiple)
    received = forms.SplitDateTimeField(label="受理时间")
    scan = forms.FileField(label="扫描件")
    memo = forms.CharField(label="说明", required=False, widget=forms.Textarea)
    ticked = forms.BooleanField(label="已核对原件")
    version = forms.IntegerField(widget=forms.HiddenInput)


def part(name: str, request: HttpRequest | None = None, **context: object) -> str:
    return render_to_string(f"parts/_{name}.html", context, request)


def asked(query: str = "") -> HttpRequest:
    return RequestFactory().get(f"/rosters/{query}")


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


# --- Filters ---------------------------------------------------------------------------------------------------------
def test_money_reads_in_figures_and_in_capitals() -> None:
    assert portal.yuan(123456) == "¥1,234.56"
    assert portal.capitals(123456) == "壹仟贰佰叁拾肆元伍角陆分"


@pytest.mark.parametrize("read", [portal.yuan, portal.capitals, portal.quantity, portal.thousands, portal.cn_date])
def test_an_absent_value_reads_as_nothing(read: object) -> None:
    assert callable(read)
    assert read(None) == ""
    assert read("") == ""


@pytest.mark.parametrize(
    ("value", "text"), [("12.50", "12.5"), ("100", "100"), ("1E+3", "1000"), ("0.0000", "0"), ("80.3600", "80.36")]
)
def test_a_quantity_has_no_trailing_zeros(value: str, text: str) -> None:
    assert portal.quantity(Decimal(value)) == text


def test_moments_are_read_in_shanghai() -> None:
    assert portal.cn_datetime(MORNING) == "2026年5月6日 10:03"
    assert portal.cn_date(datetime(2026, 5, 6, 16, 0, tzinfo=UTC)) == "2026年5月7日"
    assert portal.cn_date(date(2026, 5, 6)) == "2026年5月6日"


def test_a_fingerprint_reads_the_same_from_bytes_and_from_the_database() -> None:
    assert portal.short_fp(FINGERPRINT) == portal.short_fp(memoryview(FINGERPRINT)) == "A1B2-C3D4-E5F6-7890"
    assert portal.short_fp(None) == ""


def test_a_changed_filter_goes_back_to_the_first_page() -> None:
    template = Template('{% load portal %}{% query_with tab="done" q="" %}|{% query_with page=3 %}')
    answer = template.render(Context({"request": asked("?tab=todo&q=甲&page=7&size=50")}))
    first, second = answer.split("|")
    assert first == "?tab=done&amp;size=50"
    assert "page=3" in second
    assert "tab=todo" in second


def test_a_filter_form_carries_other_keys_along_escaped() -> None:
    template = Template('{% load portal %}{% query_hidden "tab size" %}')
    answer = template.render(Context({"request": asked('?tab="><b>&page=2')}))
    assert answer == '<input type="hidden" name="tab" value="&quot;&gt;&lt;b&gt;">'


# --- Forms -----------------------------------------------------------------------------------------------------------
def test_the_error_summary_counts_and_links_to_what_the_page_really_holds() -> None:
    html = part("form", form=EveryWidget({}), submit="送审")
    assert "有 7 处需要改正" in plain(html)
    targets = re.findall(r'<li><a href="#([^"]+)"', html)
    assert len(targets) == 6  # the hidden field has nothing to jump to
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert set(targets) <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_input_is_tied_to_its_help_and_its_error() -> None:
    html = part("form", form=EveryWidget({}), submit="送审")
    described = {name for text in re.findall(r'aria-describedby="([^"]+)"', html) for name in text.split()}
    assert "id_name_helptext" in described
    assert "id_name_error" in described
    assert described <= set(re.findall(r'\bid="([^"]+)"', html))


def test_a_form_keeps_what_was_typed() -> None:
    html = part("form", form=EveryWidget({"name": "甲一", "memo": "户主去世"}), submit="送审")
    assert 'value="甲一"' in html
    assert "户主去世" in html
    assert 'enctype="multipart/form-data"' in html


def test_a_clean_form_has_no_error_summary() -> None:
    assert "error-summary" not in part("form", form=EveryWidget(), submit="送审")


def test_the_error_summary_takes_texts_and_entries_from_long_work() -> None:
    source = ["合计与明细不符", {"label": "第 12 行 金额", "message": "不是数字", "target": "row-12"}]
    html = part("error_summary", source=source, total=340, more_url="/errors")
    assert "有 340 处需要改正" in plain(html)
    assert '<a href="#row-12">第 12 行 金额：不是数字</a>' in html


# --- Parts -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", PARTS)
def test_every_part_says_what_it_takes_and_copes_without_it(name: str) -> None:
    source = (ROOT / "templates" / "parts" / name).read_text(encoding="utf-8")
    assert re.search(r"\bInputs?: ", source)
    nothing: list[int] = []
    empty_page = Paginator(nothing, 50).page(1)
    unbound = EveryWidget()
    assert (
        render_to_string(f"parts/{name}", {"page": empty_page, "form": unbound, "field": unbound["name"]}) is not None
    )


def test_a_status_says_its_word_and_has_a_shape() -> None:
    html = part("status", word="被退回", tone="bad")
    assert "被退回" in plain(html)
    assert "<svg" in html


def test_an_irreversible_step_shows_count_figures_capitals_and_fingerprint() -> None:
    html = part(
        "confirm", asked(), title="确认发放", count=1203, unit="户", amount_fen=123456, fingerprint=FINGERPRINT,
        opinion="审批意见", accept="我已核对", confirm="发放",
    )  # fmt: skip
    words = plain(html)
    for expected in (
        "1,203 户",
        "¥1,234.56",
        "壹仟贰佰叁拾肆元伍角陆分",
        "A1B2-C3D4-E5F6-7890",
        "审批意见",
        "我已核对",
    ):
        assert expected in words
    assert "csrfmiddlewaretoken" in html
    assert html.count("<button") == 1


def test_pages_of_a_list_keep_the_filters() -> None:
    html = part("pagination", asked("?tab=all&page=3"), page=Paginator(range(1203), 50).page(3), unit="户", sizes=[50])
    assert "共 1,203 户，第 101–150 户" in plain(html)
    assert 'href="?tab=all&amp;page=4"' in html


def test_progress_asks_again_only_while_the_job_runs() -> None:
    running = part("progress", asked(), title="导入", done=10, total=40, running=True)
    assert 'hx-trigger="every 2s"' in running
    assert '<a href="/rosters/">刷新进度</a>' in running
    assert "hx-get" not in part("progress", asked(), title="导入", done=40, total=40, result_url="/result")


def test_the_stepper_names_each_state() -> None:
    states = ("done", "current", "returned", "todo")
    html = part("stepper", steps=[{"title": state, "state": state, "when": MORNING} for state in states])
    assert all(word in plain(html) for word in ("已完成", "进行中", "被退回", "未开始", "2026年5月6日 10:03"))


def test_a_bar_is_drawn_without_style() -> None:
    assert 'width="33.25"' in part("bar", percent=Decimal("33.25"), label="前进乡")


# --- Frames ----------------------------------------------------------------------------------------------------------
def staff_page() -> str:
    nav = [{"title": "工作台", "url": "/", "active": True, "count": 12, "group": "办理"}]
    context = {
        "county_name": "示范县", "nav": nav, "practice_clock": MORNING, "person_name": "甲一",
        "post_titles": ["红旗镇经办岗"], "sign_out_url": "/out",
        "messages": [Message(constants.SUCCESS, "已送审")],
    }  # fmt: skip
    return render_to_string("base.html", context, asked())


def test_staff_pages_carry_the_red_line_the_person_and_the_practice_clock() -> None:
    words = plain(staff_page())
    for expected in ("严禁处理、传输国家秘密", "甲一", "红旗镇经办岗", "演练时钟 2026年5月6日 10:03", "已送审", "12"):
        assert expected in words


def test_frames_cope_without_any_context() -> None:
    assert "演练" not in render_to_string("base.html")
    assert "演练" not in render_to_string("public/base.html")


def test_villagers_pages_are_light_and_load_no_htmx(db: None) -> None:
    html = render_to_string("public/base.html", {"county_name": "示范县"}, asked())
    assets = sum((ROOT / "static" / "portal" / name).stat().st_size for name in ("portal.css", "portal.js", "mark.svg"))
    assert "htmx" not in html
    assert len(html.encode()) + assets < PAGE_LIMIT / 2  # the other half is for the page's own words


@pytest.mark.parametrize("name", ["404", "403", "500", "refusal"])
def test_error_pages_need_nothing_but_the_stylesheet(name: str) -> None:
    html = render_to_string(f"errors/{name}.html", {"message": "清册已经送审，不能再改。"})
    assert "<h1>" in html
    assert "<nav" not in html


@pytest.mark.parametrize("folder", ["parts", "errors", "public", "."])
def test_templates_hold_nothing_the_content_security_policy_forbids(folder: str) -> None:
    for path in (ROOT / "templates" / folder).glob("*.html"):
        # A tag of the template may name something `one=…`.
        source = re.sub(r"{%.*?%}", "", path.read_text(encoding="utf-8"))
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", source), path.name
        assert not re.search(r"""(?:src|href)=["']https?://""", source), path.name
