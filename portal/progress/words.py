"""States in the citizen's words; free text from the wire never becomes a heading or a link."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from portal.handoff import DECIDED, Standing, reason

__all__ = ["CASE_STATES", "DECIDED", "LIMITS", "RELATIONS", "STANDINGS", "message"]

# State: heading, what it means, what to do now.
STANDINGS: dict[Standing, tuple[Any, Any]] = {
    Standing.SAVED: (_l("已保存"), _l("您的申请我们已经存好，马上送往民政部门。您不用再做什么。")),
    Standing.ON_THE_WAY: (_l("正在送达"), _l("正在把申请送往民政部门。慢一点也不会丢。您不用再做什么。")),
    Standing.DELIVERED: (_l("已送达"), _l("民政部门已经收到您的申请。")),
    Standing.BLOCKED: (_l("送达受阻，我们在处理"), _l("申请没有丢，我们的人正在处理。着急可以打电话。")),
}
CASE_STATES: dict[str, tuple[Any, Any]] = {
    "accepted": (_l("已受理"), _l("民政部门已经开始办。法定期限从受理那天算起。")),
    "under_review": (_l("正在审核"), _l("工作人员在核对情况，可能会上门看看。")),
    "materials_requested": (_l("要补材料"), _l("请按下面写的补材料。不会写、拿不到，可以打电话。")),
    "public_notice": (_l("公示中"), _l("在村（社区）公示 7 天，只写姓名、人数和金额。")),
    "approved": (_l("已同意"), _l("您的申请已经同意。待遇从哪个月发，看决定书。")),
    "rejected": (_l("未同意"), _l("您的申请没有同意。理由在下面。您可以要求重新审查。")),
    "closed": (_l("已结束"), _l("这次申请已经办结。情况有变化，可以再申请。")),
}
RELATIONS: dict[str, Any] = {  # as the application names them
    "self": _l("本人"),
    "spouse": _l("丈夫或妻子"),
    "child": _l("孩子"),
    "father": _l("父亲"),
    "mother": _l("母亲"),
    "grandparent": _l("爷爷奶奶、外公外婆"),
    "grandchild": _l("孙子孙女、外孙外孙女"),
    "sibling": _l("兄弟姐妹"),
    "child_in_law": _l("儿媳、女婿"),
    "parent_in_law": _l("公婆、岳父母"),
    "other": _l("别的亲人"),
}
LIMITS: dict[str, Any] = {
    "dibao_30": _l("低保：一般 30 个工作日"),
    "dibao_45": _l("低保：情况特殊，延长到 45 个工作日"),
    "dibao_20": _l("低保：由乡镇、街道确认，20 个工作日"),
    "zhichuxing_30": _l("刚性支出困难家庭：一般 30 个工作日"),
    "zhichuxing_45": _l("刚性支出困难家庭：情况特殊，延长到 45 个工作日"),
    "tekun": _l("特困：调查 15 个工作日，公示 7 天，审核 15 个工作日"),
}


def message(state: str | None, details: dict[str, Any]) -> str:
    """The written reason of a refusal or the list of papers asked for; plain text, may be empty."""
    if state == "rejected":
        return reason(details)
    if state == "materials_requested":
        found = details.get("materials")
        if isinstance(found, list):
            return "；".join(str(entry) for entry in found if isinstance(entry, str))
        return found.strip() if isinstance(found, str) else reason(details)
    return ""
