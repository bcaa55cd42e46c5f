"""The questions about people: who someone is, how he is, who is his guardian, what he earns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from portal.apply.document import INCOME_KINDS
from portal.apply.forms import CHECKED, NAME, SectionForm, one_of, validate_past_day
from portal.forms import MoneyField, options, validate_id_number, validate_phone

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
    related: Mapping[str, str] = {}  # relations of which there is but one, with who has it already

    def validate_relation(self, field: Any) -> None:
        if whose := self.related.get(field.data):
            raise ValidationError(_l("%(name)s 已经选了这个关系。请看看是不是选错了。", name=whose))

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
