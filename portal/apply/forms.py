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
from portal.apply.document import INCOME_KINDS, money
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


RELATIONS = [
    ("spouse", _l("丈夫或妻子")),
    ("child", _l("孩子")),
    ("father", _l("父亲")),
    ("mother", _l("母亲")),
    ("grandparent", _l("爷爷奶奶、外公外婆")),
    ("grandchild", _l("孙子孙女、外孙外孙女")),
    ("sibling", _l("兄弟姐妹")),
    ("child_in_law", _l("儿媳、女婿")),
    ("parent_in_law", _l("公婆、岳父母")),
    ("other", _l("别的亲人")),
]
LIVING = [
    ("together", _l("住在一起，一起过日子")),
    ("study", _l("在外面上学，家里供")),
    ("work", _l("在外面打工")),
    ("apart", _l("分开住，各过各的")),
    ("clergy", _l("出家或者在教堂等地方住了三年以上")),
    ("prison", _l("在服刑或者强制戒毒")),
    ("missing", _l("法院宣告失踪")),
]


class MemberForm(SectionForm):
    name = StringField(_l("姓名"), NAME, description=_l("和身份证、户口本上一样。"))
    relation = SelectField(
        _l("是您的什么人？"),
        [InputRequired(_l("请选是您的什么人。"))],
        choices=options([("", _l("请选择")), *RELATIONS]),
    )
    living = one_of(LIVING, _l("现在怎么住？"))
    id_number = StringField(
        _l("身份证号"),
        [Optional(), validate_id_number],
        description=_l("孩子没有身份证，可以只填下面的出生日期。"),
    )
    birth_date = StringField(
        _l("出生日期"),
        [Optional(), validate_past_day],
        description=_l("填了身份证号就不用填。例如 2015年3月8日。"),
    )

    taken: Mapping[str, str] = {}  # identity numbers of the others, with their names

    def validate_id_number(self, field: Any) -> None:
        if field.data and (whose := self.taken.get(field.data)):
            raise ValidationError(_l("这个号码和 %(name)s 的一样。请看看是不是填重了。", name=whose))


class SituationForm(SectionForm):
    """Health, schooling and work of one person; children are asked less (`for_child`)."""

    health = one_of(
        [
            ("healthy", _l("身体还好")),
            ("chronic", _l("有慢性病，身体弱")),
            ("severe", _l("有重病")),
            ("unclear", _l("不清楚")),
        ],
        _l("身体怎么样？"),
    )
    illness = StringField(
        _l("什么病"),
        [Optional(), Length(max=100, message=_l("太长了，最多 100 个字。"))],
        description=_l("有病才填，也可以不写。"),
    )
    disability = one_of(
        [
            ("none", _l("没有残疾证")),
            ("1", _l("一级")),
            ("2", _l("二级")),
            ("3", _l("三级")),
            ("4", _l("四级")),
            ("unclear", _l("有证，几级不清楚")),
        ],
        _l("有残疾证吗？是几级？"),
        description=CHECKED,
    )
    disability_category = SelectField(
        _l("哪一类残疾"),
        [Optional()],
        choices=options(
            [
                ("", _l("没有，或者不清楚")),
                ("visual", _l("视力")),
                ("hearing", _l("听力")),
                ("speech", _l("言语")),
                ("physical", _l("肢体")),
                ("intellectual", _l("智力")),
                ("mental", _l("精神")),
                ("multiple", _l("多重")),
            ]
        ),
    )
    student = one_of(
        [("no", _l("不上学")), ("full_time", _l("在校上学（全日制）")), ("other", _l("在职或者业余学习"))],
        _l("在上学吗？"),
    )
    work = one_of(
        [
            ("employed", _l("有固定工作")),
            ("flexible", _l("打零工")),
            ("farming", _l("种地、养殖")),
            ("registered_unemployed", _l("没工作，办了失业登记")),
            ("unemployed", _l("没工作，没办登记")),
            ("retired", _l("退休了")),
            ("none", _l("年纪小或者干不了活")),
        ],
        _l("现在做什么？"),
    )
    labour = one_of(
        [
            ("full", _l("能干活")),
            ("partial", _l("只能干一点")),
            ("none", _l("干不了")),
            ("unclear", _l("不清楚")),
        ],
        _l("能干活吗？"),
    )
    decides = one_of(
        [("yes", _l("能")), ("no", _l("不能，要监护人替他（她）"))],
        _l("能自己看懂、自己决定签不签字吗？"),
        description=_l("不识字不要紧，可以念给他（她）听。"),
    )

    def for_child(self) -> None:
        """Leave out what children are not asked."""
        del self.work, self.labour, self.decides

    def for_applicant(self) -> None:
        """Whoever fills the form in decides for himself."""
        del self.decides


class SupportForm(SectionForm):
    """A relative who lives elsewhere and may have a duty to support."""

    phone = StringField(_l("电话"), [Optional(), validate_phone], description=_l("可以不填。"))
    monthly = MoneyField(_l("平均每个月给您家多少钱？"), description=_l("没有给，填 0。不清楚可以不填。"))
    able = one_of(
        [("yes", _l("能帮")), ("no", _l("自己也困难，帮不了")), ("unclear", _l("不清楚"))],
        _l("他（她）有能力帮您家吗？"),
    )


class GuardianForm(SectionForm):
    guardian = RadioField(
        _l("谁是监护人？"),
        [InputRequired(_l("请选一个。"))],
        description=_l("监护人替他（她）签字。一般是父母、配偶或者成年子女。"),
    )


PERIODS = [("month", _l("每月")), ("year", _l("每年"))]
INCOMES: list[tuple[str, Any, Any]] = [  # in the order of document.INCOME_KINDS
    ("wage", _l("工资、打工、零工"), _l("到手的钱，包括奖金。")),
    ("farming", _l("种地、养殖"), _l("卖的钱减去种子、化肥等本钱。")),
    ("business", _l("做买卖、摆摊"), _l("除掉本钱的收入。")),
    ("property", _l("租金、利息、分红"), _l("包括土地出租的钱。")),
    ("support", _l("亲人给的赡养费、抚养费"), ""),
    ("pension_other", _l("退休金、职工养老金"), ""),
    ("pension_central_basic", _l("城乡居民养老金（老农保）"), _l("单独填，有的地方不算收入。")),
    ("transfer", _l("失业金、遗属补助、赔偿、其他"), _l("低保、临时救助、残疾补贴不用填。")),
]


def income_form() -> type[SectionForm]:
    """One person's income: an amount and its period for each kind."""

    class IncomeForm(SectionForm):
        has = one_of(
            [("yes", _l("有，填在下面")), ("no", _l("没有")), ("unclear", _l("不清楚"))],
            _l("有没有收入？"),
            description=_l("按过去 12 个月算。大概数就行。"),
        )

        def validate_has(self, field: Any) -> None:
            filled = [kind for kind in INCOME_KINDS if self[kind].data]
            if field.data == "yes" and not filled:
                raise ValidationError(_l("您选了“有”。请在下面填一个数，说不清就选“不清楚”。"))
            if field.data == "no" and filled:
                raise ValidationError(_l("您选了“没有”，下面又填了数。请改一下。"))

    for kind, label, hint in INCOMES:
        setattr(IncomeForm, kind, MoneyField(label, description=hint))
        setattr(
            IncomeForm,
            f"{kind}_per",
            SelectField(_l("%(kind)s：每月还是每年", kind=label), choices=options(PERIODS), default="month"),
        )
    return IncomeForm


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
