"""The State Council's wording becomes days; what does not agree with itself is told with its line."""

import json
from datetime import date
from pathlib import Path

import pytest

from lib.errors import Invalid
from rulebook.calendars import read_data
from rulebook.notices import HOLIDAY, WORKDAY, Day, read_notice

NOTICE = (Path(__file__).parent / "notices" / "2026.txt").read_text(encoding="utf-8")
DATA = json.loads(
    (Path(__file__).resolve().parents[2] / "rulebook/data/calendar/2026.json").read_text(encoding="utf-8")
)
REGION = """根据《国务院办公厅关于2025年部分节假日安排的通知》（国办发明电〔2024〕12号），现将我区2025年节假日放假调休
日期和冬夏季作息时间的具体安排通知如下。
一、节假日放假安排
（一）元旦：1月1日（周三）放假1天，不调休。
（二）春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
（三）肉孜节：3月31日（周一）是少数民族习惯节日肉孜节，3月29日（周六）至31日（周一）放假，共3天。
（四）清明节：4月4日（周五）至6日（周日）放假，共3天。
（五）劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4 月27日（周日）上班。
（六）端午节：5月31日（周六）至6月2日（周一）放假，共3天。
（七）古尔邦节：6月6日（周五）是少数民族习惯节日古尔邦节，6月6日（周五）至10日（周二）放假，共5天。
（八）国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
二、冬夏季作息时间安排
（一）夏季作息时间：自2025年5月1日起实行夏季作息时间，上班时间为：上午10:00至14:00，下午16:00至20:00。
"""


def with_new_year(words: str, year: int = 2026) -> list[Day]:
    """The days of 元旦 when its item reads so."""
    whole = NOTICE.replace("1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。", words)
    return [day for day in read_notice(whole, year).days if "元旦" in day.name]


@pytest.mark.req("PRO-3")
def test_the_notice_of_2026_reads_as_the_data_file_says() -> None:
    notice = read_notice(NOTICE, 2026)
    assert notice.days == read_data(DATA)
    assert (sum(day.kind == HOLIDAY for day in notice.days), sum(day.kind == WORKDAY for day in notice.days)) == (33, 6)
    assert notice.title == "国务院办公厅关于2026年部分节假日安排的通知"
    assert notice.number == "国办发明电〔2025〕7号"
    assert notice.issued_on == date(2025, 11, 4)


def test_the_data_file_keeps_the_notice_it_comes_from() -> None:
    assert read_notice(DATA["source"]["text"], 2026).days == read_data(DATA)


@pytest.mark.parametrize(
    "written",
    [
        NOTICE.replace("（", "(").replace("）", ")").replace("：", ":").replace("，", ","),
        NOTICE.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)}),
        NOTICE.replace("\n\n", ""),
        NOTICE.replace("\n", "\r\n"),
        NOTICE.replace("月", " 月 ").replace("日（", "日 （"),
        NOTICE.replace("周", "星期"),
        NOTICE.replace("（周四）", "").replace("（周六）", "").replace("（周日）", ""),
        NOTICE.replace("至", "—"),
        NOTICE.replace("放假调休，共9天", "放假\n调休，共9天"),
        NOTICE.replace("、2月28日（周六）上班", "、28日（周六）上班"),
        NOTICE.replace("4月4日（周六）至6日", "4月4至6日"),
        NOTICE.replace("共3天", "共三天"),
        NOTICE.replace("四、劳动节：", "四、国际劳动节："),
    ],
    ids=["half width", "full-width digits", "one line", "CRLF", "spaces", "星期", "no weekdays", "dash", "broken line",
         "bare day", "bare first day", "counted in words", "long name"],
)  # fmt: skip
def test_habits_of_writing_do_not_matter(written: str) -> None:
    assert read_notice(written, 2026).days == read_data(DATA)


def test_a_holiday_of_one_day_and_one_joined_to_the_weekend() -> None:
    assert with_new_year("1月1日（周四）放假1天，不调休。") == [Day(date(2026, 1, 1), HOLIDAY, "元旦")]
    assert [day.day.day for day in with_new_year("1月1日（周四）放假，共1天。")] == [1]
    friday = "五、端午节：6月19日（周五）放假，与周末连休。"
    days = read_notice(NOTICE.replace("五、端午节：6月19日（周五）至21日（周日）放假，共3天。", friday), 2026).days
    assert [day.day.day for day in days if day.name == "端午节"] == [19, 20, 21]


def test_new_year_may_reach_back_into_december() -> None:
    words = "2025年12月31日（周三）至2026年1月2日（周五）放假调休，共3天。2025年12月28日（周日）上班。"
    days = with_new_year(words)
    assert [(str(day.day), day.kind) for day in days] == [
        ("2025-12-28", WORKDAY), ("2025-12-31", HOLIDAY), ("2026-01-01", HOLIDAY), ("2026-01-02", HOLIDAY),
    ]  # fmt: skip


def test_of_a_regions_notice_only_its_own_holidays_are_local() -> None:
    notice = read_notice(REGION, 2025, local=True)
    spans = {holiday.name: (str(holiday.off[0]), str(holiday.off[-1])) for holiday in notice.holidays}
    assert spans == {"肉孜节": ("2025-03-29", "2025-03-31"), "古尔邦节": ("2025-06-06", "2025-06-10")}


BROKEN = [
    ("1月4日（周日）上班", "1月4日（周六）上班", "第8行“1月4日(周六)”：2026年1月4日是周日，与括号里写的周六不符"),
    ("放假调休，共9天", "放假调休，共8天", "写的是共8天，按日期数却是9天（2月15日（周日）到2月23日（周一））"),
    ("五、端午节：6月19日（周五）至21日（周日）放假，共3天。\n", "", "没有读到端午节的安排"),
    ("5月9日（周六）上班", "5月8日（周五）上班", "2026年5月8日（周五）本来就是工作日"),
    ("2月28日（周六）上班", "2月29日上班", "2026年没有2月29日这一天"),
    ("4月4日（周六）至6日（周一）", "4月6日（周一）至4日（周六）", "结束日期早于开始日期"),
    ("六、中秋节：", "六、中伙结：", "“六、中伙结:”：不是节日的名称"),
    ("6月19日（周五）至21日（周日）放假，", "6月19日（周五）至21日（周日），", "没有写明是放假还是上班"),
    ("1月4日（周日）上班", "1月3日（周六）上班", "既写了放假又写了上班"),
    ("10月1日（周四）至7日（周三）", "11月1日（周日）至7日（周六）", "放假日期里没有10月1日"),
    ("4月4日（周六）至6日（周一）放假，共3天", "4.4—4.6放假", "日期的写法读不懂"),
    ("9月25日（周五）至27日（周日）", "25日（周五）至27日（周日）", "没有写是几月"),
    ("5月9日（周六）上班", "5月9日（周六）上斑", "5月9日（周六）没有写明是放假还是上班"),
    ("9月20日（周日）、", "9月20日（周日）、9月20日（周日）、", "9月20日（周日）出现了两次"),
    ("1月4日（周日）上班", "1月4日（周日）不上班", "读不懂，请对照原件"),
    ("4月4日（周六）至6日（周一）放假，共3天", "4月4日（周六）至6月4日（周四）放假", "比任何一个假期都长"),
    ("三、清明节：4月4日（周六）至6日（周一）放假，共3天。", "三、清明节：另行通知。", "没有读出放假日期"),
    ("三、清明节：", "三、肉孜节：4月1日放假。\n四、清明节：", "不是全国的节日"),
    ("1月4日（周日）上班", "2027年1月3日（周日）上班", "不在2026年"),
    ("6月19日（周五）至21日（周日）放假", "放假", "前面没有读出日期"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), BROKEN, ids=[told[:24] for *_, told in BROKEN])
def test_what_does_not_agree_with_itself_is_told_and_nothing_is_read(right: str, wrong: str, told: str) -> None:
    assert right in NOTICE
    with pytest.raises(Invalid) as refused:
        read_notice(NOTICE.replace(right, wrong), 2026)
    sentences = refused.value.fields["text"]
    assert any(told in sentence for sentence in sentences), sentences
    assert f"有{len(sentences)}处读不通" in refused.value.message


def test_one_slip_is_told_once() -> None:
    for right, wrong, told in BROKEN[:2]:
        with pytest.raises(Invalid) as refused:
            read_notice(NOTICE.replace(right, wrong), 2026)
        assert len(refused.value.fields["text"]) == 1, told


def test_another_years_notice_is_noticed() -> None:
    with pytest.raises(Invalid) as refused:
        read_notice(NOTICE, 2027)
    assert refused.value.fields["text"] == [
        "原文写的是2026年的安排，选择的年份却是2027年。请改选年份，或换成2027年的通知。"
    ]


def test_last_years_items_without_a_title_are_betrayed_by_their_weekdays() -> None:
    items = NOTICE[NOTICE.index("一、元旦") : NOTICE.index("鼓励")]
    with pytest.raises(Invalid) as refused:
        read_notice(items, 2027)
    assert "2027年1月1日是周五，与括号里写的周四不符" in refused.value.fields["text"][0]


def test_something_else_altogether_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_notice("今天下午三点开会。", 2026)
    assert "没有读到元旦、春节、清明节、劳动节、端午节、中秋节、国庆节的安排" in refused.value.fields["text"][0]
    with pytest.raises(Invalid) as refused:
        read_notice("今天下午三点开会。", 2026, local=True)
    assert "没有读出地方假日" in refused.value.fields["text"][0]
