"""One rule in words: what it says, its expression, its clauses, its place and its days."""

from __future__ import annotations

from estimator.model import Amount, Condition, Decision, Detail, Rule, Rulebook, Step, Value
from estimator.rulebook import default_rulebook

_CLASSES = {
    "C": "由事实算出",
    "E": "按类别享受",
    "P": "标准和参数",
    "D": "由人判断",
    "S": "程序和期限",
    "DR": "只是征求意见稿",
}
_WORDS = {"true": "符合时", "false": "不符合时", "unknown": "不清楚时"}


def explain_rule(rule_id: str, rulebook: Rulebook | None = None) -> str | None:
    """The rule with this id, or the rows of this catalogue id, in lines of text; None if there is none."""
    book = rulebook or default_rulebook()
    rule = book.rules.get(rule_id)
    found = [rule] if rule else [one for one in book.rules.values() if rule_id in one.catalogue]
    return "\n\n".join("\n".join(_lines(book, one)) for one in found) or None


def _lines(book: Rulebook, rule: Rule) -> list[str]:
    scope = rule.scope
    norm = book.norms[scope.norm]
    area = {"urban": "，城镇", "rural": "，农村", None: ""}[scope.area]
    lines = [
        f"{rule.id}  {rule.text}",
        f"文件：{norm.title} {norm.document_number}".rstrip(),
        f"条款：{'；'.join(f'{book.norms.label(one)}（{one}）' for one in rule.citations)}",
        f"地方：{scope.jurisdiction}{area}",
        f"期限：{scope.start} 至 {scope.end or '今'}",
        f"性质：{_CLASSES[rule.rule_class]}",
    ]
    if rule.catalogue:
        lines.append(f"目录：{', '.join(rule.catalogue)}")
    if rule.note:
        lines.append(f"说明：{rule.note}")
    if isinstance(rule, Value | Condition | Amount | Detail):
        lines.append(f"式子：{rule.expression.text}")
    if isinstance(rule, Condition):
        lines += [f"{_WORDS[key]}：{words}" for key, words in rule.words.items()]
    if isinstance(rule, Decision):
        if rule.when is not None:
            lines.append(f"适用于：{rule.when.text}")
        lines.append(f"条件：{', '.join(condition.id for condition in rule.conditions)}（全部符合）")
        if rule.disputes:
            lines.append(f"说法不同：{', '.join(rule.disputes)}")
    if isinstance(rule, Step):
        lines.append(f"种类：{rule.kind}")
    return lines
