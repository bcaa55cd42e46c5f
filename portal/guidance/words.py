"""The words people read for the ids machines use: programmes, outcomes, statuses, relations."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

PROGRAMMES: dict[str, LazyString] = {
    "dibao": _l("最低生活保障（低保）"),
    "dibao_danren": _l("单人户低保"),
    "dibao_jiantui": _l("低保渐退期"),
    "dishouru": _l("低保边缘家庭（低收入家庭）"),
    "zhichuxing": _l("刚性支出困难家庭"),
    "tekun": _l("特困人员供养"),
    "linshi": _l("临时救助"),
    "yiliao": _l("医疗救助"),
    "jiaoyu": _l("教育救助"),
    "zhufang": _l("住房救助"),
    "jiuye": _l("就业救助"),
    "canji_shenghuo": _l("困难残疾人生活补贴"),
    "canji_huli": _l("重度残疾人护理补贴"),
    "canji_kangfu": _l("残疾儿童康复救助"),
    "ertong": _l("孤儿和无人抚养儿童保障"),
    "shouzai": _l("受灾人员救助"),
    "liulang": _l("流浪乞讨人员救助"),
    "qunuan": _l("取暖补助"),
    "dianjia": _l("电价补贴"),
    "binzang": _l("殡葬费减免"),
    "falv": _l("法律援助、司法救助"),
    "wujia": _l("物价补贴"),
    "doudi": _l("社会保障兜底对象"),
}

# What each is for, in one short line.
PURPOSES: dict[str, LazyString] = {
    "dibao": _l("家里收入低，每月补到标准"),
    "dibao_danren": _l("一个人单独按低保帮"),
    "dibao_jiantui": _l("收入高了一点，低保不马上停"),
    "dishouru": _l("比低保线高一点的困难家庭"),
    "zhichuxing": _l("看病、上学花得太多的家庭"),
    "tekun": _l("没人养、没收入的老人、残疾人、孩子"),
    "linshi": _l("突然出事，过不下去"),
}

STATUSES: dict[str, LazyString] = {
    "in_force": _l("现行"),
    "historical": _l("历史文件"),
    "ended": _l("历史文件"),
    "draft": _l("征求意见稿"),
    "unverified": _l("效力未核实"),
    "not_yet": _l("还没有生效"),
}

RELATIONS: dict[str, LazyString] = {
    "self": _l("您自己"),
    "spouse": _l("丈夫或妻子"),
    "child": _l("孩子"),
    "father": _l("父亲"),
    "mother": _l("母亲"),
    "grandparent": _l("爷爷奶奶、外公外婆"),
    "grandchild": _l("孙子孙女"),
    "sibling": _l("兄弟姐妹"),
    "child_in_law": _l("儿媳、女婿"),
    "parent_in_law": _l("公婆、岳父母"),
    "other": _l("别的亲人"),
}


def programme_name(programme: str) -> str:
    """The name of a programme, or its id where a table knows one that has no name yet."""
    return str(PROGRAMMES.get(programme, programme))


_UNITS: dict[str, LazyString] = {
    "CNY": _l("元"),
    "CNY/month": _l("元/月"),
    "CNY/year": _l("元/年"),
    "CNY/person/month": _l("元/人/月"),
    "CNY/person/year": _l("元/人/年"),
    "ratio": _l("倍（比例）"),
}


def unit_word(unit: str) -> str:
    """A unit as people write it."""
    return str(_UNITS.get(unit, unit))


def amount_said(amount: str, unit: str) -> str:
    """The amount in large type: 每月约 1,110 元起."""
    from_on = amount.endswith("+")
    figure = amount.removesuffix("+")
    if unit in ("CNY/month", "CNY/person/month"):
        return str(_("每月约 %(n)s 元起", n=figure) if from_on else _("每月约 %(n)s 元", n=figure))
    if unit in ("CNY/year", "CNY/person/year"):
        return str(_("每年约 %(n)s 元起", n=figure) if from_on else _("每年约 %(n)s 元", n=figure))
    return str(_("约 %(n)s 元起", n=figure) if from_on else _("约 %(n)s 元", n=figure))


def status_word(status: str) -> str:
    """How a document stands, in a word."""
    return str(STATUSES.get(status, status))


# Questions that are asked of the whole household at once, or (with @) of one person, {who}.
_QUESTIONS: dict[str, LazyString] = {
    "household.assets": _l("全家一共有多少积蓄？"),
    "household.spending_monthly": _l("有哪些非花不可的钱？"),
    "member.income_monthly@": _l("{who}每个月有哪些收入？"),
    "member.student": _l("家里谁在上学？"),
    "member.employed": _l("家里谁有工作？"),
    "member.registered_unemployed": _l("家里谁登记过失业？"),
    "member.disability_grade": _l("家里谁有残疾证？是几级？"),
    "member.disability_category": _l("残疾证上写的是哪一类？"),
    "member.severe_illness": _l("家里谁得了重病？"),
    "member.nine_disease_inpatient": _l("谁因为九种大病住院？"),
    "member.labour_capacity": _l("家里每个人能干活吗？"),
    "member.no_livelihood_source": _l("谁自己没有生活来源？"),
    "member.no_capable_supporter": _l("谁没有家人能供养？"),
    "member.tekun_care_mode": _l("想在家里生活，还是住供养机构？"),
    "member.family_dependent": _l("谁靠家里人养活？"),
    "member.cannot_separate_household": _l("谁没法单独立户口本？"),
    "member.life_difficult": _l("谁的生活有困难？"),
    "member.in_resident_insurance": _l("谁参加了城乡居民医保？"),
    "member.co_living": _l("谁和您一起生活？"),
    "member.job_refusals_6_months": _l("半年里，谁没接受介绍的工作？几次？"),
    "standards.dibao_standard": _l("公告栏上的低保标准是多少？"),
}
_HELP: dict[str, LazyString] = {
    "household.assets": _l("全家加在一起，大概数就行。没有的不用填，按 0 算。"),
    "household.spending_monthly": _l("按月平均，只算自己付的。没有的不用填，按 0 算。"),
    "member.income_monthly": _l("按月平均，大概数就行。没有的不用填，按 0 算。低保金、救助金不用算。"),
    "standards.dibao_standard": _l("看村里、社区里贴的公告，或打 12345 问。填每人每月多少元。"),
}
# Help for pages where the persons are ticked, not asked yes or no.
_WHO_HELP: dict[str, LazyString] = {
    "member.student": _l("从幼儿园到大学都算。"),
    "member.disability_grade": _l("一级最重，四级最轻。"),
    "member.employed": _l("上班、打工、种地、做生意都算。"),
    "member.registered_unemployed": _l("在社区或人社部门登记过的才算。"),
    "member.severe_illness": _l("当地认定的重特大疾病，例如癌症、尿毒症。"),
    "member.nine_disease_inpatient": _l("医院或医保局可以查。"),
    "member.no_livelihood_source": _l("自己的收入低于低保标准，财产也在规定以内的人。"),
    "member.no_capable_supporter": _l("没有父母、子女、配偶，或者他们也没有能力。"),
    "member.family_dependent": _l("自己没有收入，靠父母、兄弟照顾的人。"),
    "member.cannot_separate_household": _l("派出所不给单独立户的人。"),
    "member.life_difficult": _l("吃穿用药常常不够的人。"),
    "member.in_resident_insurance": _l("每年自己交钱的那种医保。"),
    "member.co_living": _l("夫妻、没成年的孩子、还在读书的孩子都算。在外单过的不算。"),
}
_PURSE_PARTS: dict[str, LazyString] = {
    "household.assets.cash": _l("现金"),
    "household.assets.deposits": _l("存款"),
    "household.assets.securities": _l("股票、基金、债券"),
    "household.assets.claims": _l("别人欠您家的钱"),
    "household.spending_monthly.medical": _l("看病吃药"),
    "household.spending_monthly.education": _l("上学"),
    "household.spending_monthly.care": _l("护理、康复、照顾"),
    "household.spending_monthly.other_necessary": _l("别的必需花费"),
    "member.income_monthly.wage": _l("工资、打工"),
    "member.income_monthly.business": _l("做生意（净赚）"),
    "member.income_monthly.farming": _l("种地、养殖（净赚）"),
    "member.income_monthly.property": _l("租金、利息、分红"),
    "member.income_monthly.transfer": _l("补偿、失业金等"),
    "member.income_monthly.pension_central_basic": _l("城乡居民养老金（基础部分）"),
    "member.income_monthly.pension_other": _l("退休金、其他养老金"),
    "member.income_monthly.support": _l("儿女、父母给的钱"),
    "member.income_monthly.poverty_project": _l("扶贫项目分红"),
}
# Whole numbers that are chosen, not typed: the words stand at their number.
NUMBERED: dict[str, tuple[LazyString, ...]] = {
    "member.disability_grade": (
        _l("没有残疾证"),
        _l("一级（最重）"),
        _l("二级"),
        _l("三级"),
        _l("四级（最轻）"),
    ),
}
# Asked on the place page and on the person's card, not in the interview.
ON_THE_CARD = frozenset({"area", "member.age", "member.birth_date", "member.relation", "member.co_living"})


def question(name: str) -> str:
    """Our wording of a page's question, or nothing where the table's own is asked."""
    return str(_QUESTIONS.get(name, ""))


def help(name: str) -> str:
    """Our wording of a page's help, or nothing."""
    return str(_HELP.get(name, ""))


def who_help(name: str) -> str:
    """Our help where several persons are ticked, or nothing."""
    return str(_WHO_HELP.get(name, ""))


def purse_part(fact: str) -> str:
    """The short name of one amount on a page of several, or nothing."""
    return str(_PURSE_PARTS.get(fact, ""))
