"""The questions of an application, one class a page. What cannot be read is said with its cure.

`to_answers` of a form gives what the draft keeps; `shown` what a page starts with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from portal import clock
from portal.apply import programmes
from portal.apply.document import money
from portal.forms import MoneyField, PageForm, options, plain_digits, validate_id_number, validate_phone

CHECKED = _l("由部门核对，不用交证明。")
NAME = [InputRequired(_l("请填姓名。")), Length(max=60, message=_l("名字太长了，最多 60 个字。"))]


def one_of(
    choices: list[tuple[str, Any]], label: Any, *, description: Any = "", required: bool = True
) -> RadioField:
    """Radio buttons of which one must be chosen, none in advance."""
    validators = [InputRequired(_l("请选一个：%(question)s", question=label))] if required else [Optional()]
    return RadioField(label, validators, choices=options(choices), description=description)


class SectionForm(PageForm):
    """A page of the application whose fields are kept under their own names."""

    def to_answers(self) -> dict[str, Any]:
        """The page's answers: money as decimal strings, empty fields left out."""
        kept: dict[str, Any] = {}
        for field in self:
            if field.name == "csrf_token":
                continue
            value = field.data
            if isinstance(field, MoneyField):
                value = None if field.amount is None else money(field.amount)
            if isinstance(value, str):
                value = value.strip()
            if value not in (None, "", []):
                kept[field.name] = value
        return kept


def shown(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Kept answers as a page shows them again: whole amounts without decimals."""
    return {
        key: value.removesuffix(".00")
        if isinstance(value, str) and re.fullmatch(r"-?\d+\.00", value)
        else value
        for key, value in kept.items()
    }


def read_date(text: str) -> date | None:
    """A day as people write it: 2015-3-8, 2015年3月8日, 2015.3.8, 20150308."""
    plain = plain_digits(text)
    parts = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", plain) or re.fullmatch(
        r"(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?", plain
    )
    if not parts:
        return None
    try:
        return date(*(int(part) for part in parts.groups()))
    except ValueError:
        return None


def validate_past_day(_form: Any, field: Any) -> None:
    """A day that is not in the future; kept in ISO form."""
    day = read_date(field.data or "")
    if day is None:
        raise ValidationError(_l("请写成 2015年3月8日 这样。"))
    if not date(1900, 1, 1) <= day <= clock.today():
        raise ValidationError(_l("这个日期不对，请检查。"))
    field.data = day.isoformat()


class ResumeForm(PageForm):
    code = StringField(
        _l("您的编码"),
        [InputRequired(_l("请填编码。"))],
        description=_l("9 位字母和数字。大小写都行，横线可以不写。"),
    )


class ProxyForm(SectionForm):
    """Somebody who fills in for the applicant (社会救助法 art. 37)."""

    name = StringField(_l("您（代办人）的姓名"), NAME)
    kind = one_of(
        [
            ("committee", _l("村（居）委会工作人员")),
            ("relative", _l("亲戚")),
            ("neighbour", _l("邻居、朋友")),
            ("other", _l("别的人")),
        ],
        _l("您是申请人的什么人？"),
    )
    unit = StringField(
        _l("哪个村（居）委会或者单位"),
        [Optional(), Length(max=60, message=_l("太长了，最多 60 个字。"))],
        description=_l("工作人员才填。例如：南湖社区居委会。"),
    )
    phone = StringField(_l("您（代办人）的电话"), [InputRequired(_l("请填电话。")), validate_phone])


class ProgrammesForm(SectionForm):
    programmes = SelectMultipleField(
        _l("想申请什么？可以选几项"),
        [InputRequired(_l("请至少选一项。拿不准就选“低保”，部门会看您合适哪一项。"))],
        choices=options(
            [
                (programme, _l("%(name)s：%(about)s", name=name, about=programmes.ABOUT[programme]))
                for programme, name in programmes.NAMES.items()
            ]
        ),
        description=_l("只填一次。几项一起办。"),
    )


class PlaceForm(SectionForm):
    region = SelectField(_l("县、市、区"), [InputRequired(_l("请选县、市或者区。"))])
    township = StringField(
        _l("乡镇或者街道"),
        [Optional(), Length(max=60, message=_l("太长了，最多 60 个字。"))],
        description=_l("例如：南湖街道。不清楚可以不填。"),
    )
    area = one_of(
        [("urban", _l("城镇")), ("rural", _l("农村")), ("unclear", _l("不清楚"))],
        _l("您家在城镇还是农村？"),
    )


class ApplicantForm(SectionForm):
    name = StringField(_l("您的姓名"), NAME, description=_l("和身份证上一样。"))
    id_number = StringField(_l("身份证号"), [InputRequired(_l("请填身份证号。")), validate_id_number])
    phone = StringField(
        _l("电话"),
        [InputRequired(_l("请填电话，办的时候好找您。")), validate_phone],
        description=_l("没有手机，填家人或邻居的。"),
    )
    address = StringField(
        _l("现在住哪里"),
        [
            InputRequired(_l("请填住址，工作人员好上门。")),
            Length(max=200, message=_l("太长了，最多 200 个字。")),
        ],
        description=_l("写到门牌或者村组。"),
    )
    hukou = one_of(
        [("here", _l("在这个县、市、区")), ("elsewhere", _l("在别的地方")), ("unclear", _l("不清楚"))],
        _l("您的户口在哪里？"),
    )
    account = StringField(
        _l("收钱的银行卡号或社保卡号"),
        [Optional(), Length(max=40, message=_l("太长了，请检查。"))],
        description=_l("可以不填。批准以后再给也行。"),
    )


YES_NO_UNCLEAR = [("no", _l("没有")), ("yes", _l("有")), ("unclear", _l("不清楚"))]


class PropertyForm(SectionForm):
    cash = MoneyField(_l("全家现金"), description=_l("大概数就行。不清楚可以不填。"))
    deposits = MoneyField(_l("全家存款"), description=CHECKED)
    securities = MoneyField(_l("股票、基金、保险等"), description=CHECKED)
    claims = MoneyField(_l("别人欠您家的钱"))
    houses = one_of(
        [
            ("none", _l("没有房子")),
            ("one", _l("只有一处，自己住")),
            ("more", _l("两处以上，或者有门面")),
            ("unclear", _l("不清楚")),
        ],
        _l("家里名下有几处房子？"),
        description=CHECKED,
    )
    vehicles = one_of(
        YES_NO_UNCLEAR,
        _l("有汽车、船吗？"),
        description=_l("残疾人代步车、农用三轮不算。由部门核对，不用交证明。"),
    )
    registration = one_of(YES_NO_UNCLEAR, _l("有公司、店铺登记吗？"), description=CHECKED)
    staff_relative = one_of(
        YES_NO_UNCLEAR,
        _l("家里有没有近亲在办低保的部门或者村（居）委会工作？"),
        description=_l("有也能申请，只是要登记。"),
    )


class SpendingForm(SectionForm):
    medical = MoneyField(_l("看病吃药，自己出的"), description=_l("报销以后自己出的。平均每个月。"))
    education = MoneyField(_l("上学"), description=_l("平均每个月。"))
    care = MoneyField(_l("请人照顾、康复"), description=_l("平均每个月。"))
    other_necessary = MoneyField(_l("别的非花不可的钱"), description=_l("例如房租。平均每个月。"))


class ReasonForm(SectionForm):
    codes = SelectMultipleField(
        _l("为什么困难？可以选几个"),
        [InputRequired(_l("请至少选一个。"))],
        choices=options(
            [
                ("illness", _l("生病")),
                ("disability", _l("残疾")),
                ("age", _l("年老")),
                ("schooling", _l("孩子上学")),
                ("lost_job", _l("没了工作")),
                ("no_worker", _l("家里没人能干活")),
                ("disaster", _l("受灾")),
                ("accident", _l("出事故")),
                ("other", _l("别的原因")),
            ]
        ),
    )
    text = TextAreaField(
        _l("想说的话"),
        [Optional(), Length(max=1000, message=_l("太长了，最多 1000 个字。"))],
        description=_l("用自己的话写。也可以不写。"),
    )


def _event() -> RadioField:
    return one_of(
        [
            ("illness", _l("得了重病")),
            ("accident", _l("出了事故、火灾")),
            ("disaster", _l("受了灾")),
            ("no_food", _l("没饭吃、没地方住")),
            ("other", _l("别的事")),
        ],
        _l("出了什么事？"),
    )


def _needed() -> StringField:
    return StringField(
        _l("眼前最缺什么"),
        [Optional(), Length(max=200, message=_l("太长了，最多 200 个字。"))],
        description=_l("例如：这几天的饭钱、药费。"),
    )


class EventForm(SectionForm):
    """What temporary aid asks besides: the event and what is needed first."""

    event = _event()
    event_date = StringField(
        _l("哪天的事"), [Optional(), validate_past_day], description=_l("例如 2026年3月8日。记不清可以不填。")
    )
    needed = _needed()


SELF_CARE = [
    ("eat", _l("吃饭")),
    ("dress", _l("穿衣")),
    ("bed", _l("上下床")),
    ("toilet", _l("上厕所")),
    ("walk", _l("屋里走动")),
    ("bathe", _l("洗澡")),
]


class TekunForm(SectionForm):
    self_care = SelectMultipleField(
        _l("哪些事自己做得了？"),
        [Optional()],
        choices=options(SELF_CARE),
        description=_l("做得了的打勾。都做不了就都不勾。"),
    )
    wish = one_of(
        [
            ("home", _l("在家里住")),
            ("institution", _l("去供养机构（敬老院等）")),
            ("unclear", _l("还没想好")),
        ],
        _l("以后想在哪里生活？"),
        description=_l("由您自己选。"),
    )
    carer = StringField(
        _l("谁能照顾"),
        [Optional(), Length(max=60, message=_l("名字太长了，最多 60 个字。"))],
        description=_l("在家里住才填。没有可以不填。"),
    )


class EmergencyForm(SectionForm):
    """The short way to temporary aid: who, what, where, phone."""

    name = StringField(_l("您的姓名"), NAME)
    phone = StringField(_l("电话"), [InputRequired(_l("请填电话，好马上找您。")), validate_phone])
    region = SelectField(_l("事情在哪个县、市、区"), [InputRequired(_l("请选县、市或者区。"))])
    address = StringField(
        _l("您现在在哪里"),
        [InputRequired(_l("请填您在哪里。")), Length(max=200, message=_l("太长了，最多 200 个字。"))],
    )
    id_number = StringField(
        _l("身份证号"), [InputRequired(_l("请填身份证号。没带在身上，请打电话办。")), validate_id_number]
    )
    event = _event()
    needed = _needed()


def choices_of_places(places: list[tuple[str, str]]) -> list[Any]:
    """The choices of a county select, with an empty first one so that none is chosen unseen."""
    return options([("", _l("请选择")), *places])
