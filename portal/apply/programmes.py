"""What can be applied for here: the names people read, and what each asks beyond the common questions."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

NAMES: dict[str, LazyString] = {
    "dibao": _l("最低生活保障（低保）"),
    "dishouru": _l("低保边缘家庭（低收入家庭）"),
    "zhichuxing": _l("刚性支出困难家庭"),
    "tekun": _l("特困人员供养"),
    "linshi": _l("临时救助"),
    "canji_shenghuo": _l("困难残疾人生活补贴"),
    "canji_huli": _l("重度残疾人护理补贴"),
}
ABOUT: dict[str, LazyString] = {
    "dibao": _l("家里收入低，每月补一些钱"),
    "dishouru": _l("收入比低保线高一点"),
    "zhichuxing": _l("看病、上学花得太多"),
    "tekun": _l("没有收入，也没有人养"),
    "linshi": _l("突然出事，眼前过不下去"),
    "canji_shenghuo": _l("家里困难的残疾人"),
    "canji_huli": _l("一级、二级残疾，要人照顾"),
}
# Where the estimate found one of these, this is what to apply for.
APPLIED_FOR_AS = {"dibao_danren": "dibao"}


def name(programme: str) -> str:
    """The name of a programme as people read it."""
    return str(NAMES.get(programme, programme))


def from_estimate(found: Iterable[str]) -> list[str]:
    """The programmes to apply for, in our order, where an estimate found these likely."""
    wanted = {APPLIED_FOR_AS.get(programme, programme) for programme in found}
    return [programme for programme in NAMES if programme in wanted]
