"""What the staff's pages call roles, states and actions."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.hotline.access import Role

ROLES = {Role.OPERATOR: _l("接线员"), Role.SUPERVISOR: _l("组长"), Role.AUDITOR: _l("审计员")}

# What the audit's action ids mean; one that is not listed is shown as it is.
ACTIONS = {
    "staff.signed_in": _l("登录"),
    "staff.sign_in_failed": _l("登录失败"),
    "staff.recovery_code_used": _l("用了备用码"),
    "staff.phone_bound": _l("绑定手机"),
    "staff.password_changed": _l("改密码"),
    "staff.recovery_renewed": _l("换备用码"),
    "staff.added": _l("添加账号"),
    "staff.rights_changed": _l("改岗位或地方"),
    "staff.disabled": _l("停用账号"),
    "staff.enabled": _l("恢复账号"),
    "staff.reset": _l("重设账号"),
    "staff.sessions_ended": _l("让人退出"),
    "staff.typing_kept": _l("留下没存的字"),
    "audit.exported": _l("导出审计表"),
    "caller.checked": _l("核对来电人"),
    "caller.refused": _l("核对来电人没有通过"),
    "application.read": _l("看申请"),
    "application.started": _l("代填申请"),
    "application.unlocked": _l("解开查进度的锁"),
    "application.code_renewed": _l("发新查询码"),
    "application.code_shown": _l("念查询码"),
    "application.opened_at_desk": _l("在热线的电脑上查进度"),
    "consent.confirmation_refused": _l("不让在热线的电脑上确认同意"),
    "consent.read_out": _l("念同意书"),
    "consent.withdrawn": _l("撤回同意"),
    "call_back.number": _l("看回拨电话"),
    "delivery.replay": _l("重新送达"),
    "delivery.park": _l("停下送达"),
    "variant.add": _l("添加问法"),
    "variant.take_back": _l("收回问法"),
}


# What was read or told of a person; anything else stands as it was written.
FIELDS = {
    "standing": _l("送达"),
    "case_state": _l("办理"),
    "deadline": _l("期限"),
    "asked_for": _l("要补的材料"),
    "signed_count": _l("签字"),
    "query_code": _l("查询码"),
    "number": _l("申请编号"),
    "id_number": _l("身份证号"),
    "name": _l("姓名"),
    "tail": _l("身份证号后四位"),
    "phone": _l("电话"),
    "estimate": _l("估算"),
    "consents": _l("同意"),
    "sign_in_lock": _l("登录"),
    "network": _l("网络"),
    "browser": _l("热线的电脑"),
    "minutes": _l("过了几分钟"),
    "shown_to": _l("谁看过查询码"),
}


def field_word(name: str) -> str:
    """A field of an audit entry in words; what stands behind a colon follows, but for the hash of a network."""
    name, _colon, value = name.partition(":")
    if name not in FIELDS:
        return f"{name}:{value}" if value else name
    return f"{FIELDS[name]} {value}" if value and name != "network" else str(FIELDS[name])


def action_word(action: str) -> str:
    """The action of an audit entry in words."""
    return str(ACTIONS.get(action, action))


def role_word(role: Role | str) -> str:
    """The role as colleagues say it."""
    return str(ROLES[Role(role)])
