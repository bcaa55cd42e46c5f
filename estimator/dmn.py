"""The rule tables as DMN 1.5 for other systems: one file a programme, each whole in itself, with its diagram.

dmn-js reads the namespaces of DMN 1.3 only, so the same files are written for it in a folder beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from estimator.dmn_model import INPUTS, Node, Table, Writer
from estimator.model import FactSpec, Rulebook

MODEL: Final = "https://www.omg.org/spec/DMN/20230324/MODEL/"
DMNDI: Final = "https://www.omg.org/spec/DMN/20230324/DMNDI/"
DC: Final = "http://www.omg.org/spec/DMN/20180521/DC/"
DI: Final = "http://www.omg.org/spec/DMN/20180521/DI/"
DMN_15, DMN_13 = "/DMN/20230324/", "/DMN/20191111/"
DMN_JS: Final = "dmn-js"
_TYPES: Final = {
    "truth": "boolean",
    "money": "number",
    "number": "number",
    "integer": "number",
    "date": "date",
}
_WORDS: Final = {
    "region": "六位地区代码",
    "area": "城乡",
    "as_of": "日期",
    "reading": "怎样看待没有核实的文件和互相矛盾的规定",
    "standards": "当地标准（按月；_annual 按年）",
    "household": "家庭",
    "members": "共同生活的人",
}
_WARNING: Final = (
    "由兜底的规则表导出。DMN 没有“不清楚”和区间：每个事实都要填，少填一个，结果就不可信。"
    "holds 为 null、rule 为 no_rule 时，表示没有规定，不是“不符合”。"
)
# The diagram: boxes in layers, what is needed below what needs it.
_WIDTH, _HEIGHT, _ACROSS, _DOWN, _MARGIN = 180, 60, 210, 130, 40


def export_dmn(book: Rulebook, directory: Path) -> list[Path]:
    """Write each programme as `<id>.dmn` (DMN 1.5) and as `dmn-js/<id>.dmn` (the same in DMN 1.3); the paths."""
    (directory / DMN_JS).mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for programme in book.programmes:
        text = programme_xml(book, programme)
        for path, content in (
            (directory / f"{programme}.dmn", text),
            (directory / DMN_JS / f"{programme}.dmn", text.replace(DMN_15, DMN_13)),
        ):
            path.write_text(content, encoding="utf-8")
            written.append(path)
    return written


def programme_xml(book: Rulebook, programme: str) -> str:
    """One programme and all it builds on, as a DMN 1.5 document."""
    nodes = Writer(book).nodes(programme)
    for prefix, uri in (("", MODEL), ("dmndi", DMNDI), ("dc", DC), ("di", DI)):
        ET.register_namespace(prefix, uri)
    root = _element(
        None,
        "definitions",
        id=f"doudi_{programme}",
        name=programme,
        label=book.programmes[programme].title,
        namespace=f"urn:doudi:rulebook:{book.sha256}:{programme}",
        exporter="Doudi",
        exporterVersion=book.version,
    )
    _element(root, "description").text = _WARNING
    facts = [book.facts[name] for name in _used(book, nodes)]
    inputs = [name for name in INPUTS if any(name in node.needs for node in nodes)]
    for name in inputs:
        _item_definition(root, name, facts, nodes)
    for name in inputs:
        one = _element(root, "inputData", id=f"input_{name}", name=name, label=_WORDS[name])
        _element(one, "variable", id=f"input_{name}_variable", name=name, typeRef=_type_of(name))
    edges: list[tuple[str, str, str]] = []
    for node in nodes:
        _decision(root, node, inputs, edges)
    for norm in dict.fromkeys(norm for node in nodes for norm in node.norms if node.name == programme):
        known = book.norms[norm]
        source = _element(root, "knowledgeSource", id=f"norm_{norm}", name=norm, label=known.title)
        _element(source, "type").text = f"{known.issuer}，{known.document_number or known.title}"
    _authorities(root, programme, nodes)
    _diagram(root, programme, inputs, nodes, edges)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _used(book: Rulebook, nodes: Iterable[Node]) -> list[str]:
    """The facts that the decisions ask for, in the order of the list of facts."""
    used = {name.replace("members.", "member.", 1) for node in nodes for name in node.facts}
    return [name for name in book.facts if name in used]


def _element(parent: ET.Element | None, tag: str, uri: str = MODEL, **attributes: str) -> ET.Element:
    name = f"{{{uri}}}{tag}"
    return ET.Element(name, attributes) if parent is None else ET.SubElement(parent, name, attributes)


def _type_of(name: str) -> str:
    return {"region": "string", "area": "string", "as_of": "date"}.get(name, f"t_{name}")


def _item_definition(root: ET.Element, name: str, facts: Iterable[FactSpec], nodes: Iterable[Node]) -> None:
    if _type_of(name) in ("string", "date"):
        return
    definition = _element(root, "itemDefinition", id=f"type_{name}", name=f"t_{name}")
    if name == "reading":
        _typed(definition, "left_out", "string", many=True, label="不采用的文件")
        _typed(definition, "local_prevails", "boolean", label="矛盾时地方规定优先")
        return
    level = {"household": "household.", "members": "member."}.get(name)
    if level is None:
        used = {one for node in nodes for one in node.facts if one.startswith("standards.")}
        for one in sorted(used):
            kind = "boolean" if one.endswith("accepted") else "number"
            _typed(definition, one.removeprefix("standards."), kind)
        return
    if name == "members":
        definition.set("isCollection", "true")
    groups: dict[str, ET.Element] = {}
    for fact in facts:
        if not fact.id.startswith(level):
            continue
        group, _, leaf = fact.id.removeprefix(level).rpartition(".")
        parent = definition
        if group:
            if group not in groups:
                groups[group] = _element(definition, "itemComponent", id=f"type_{name}_{group}", name=group)
            parent = groups[group]
        component = _typed(parent, leaf, _TYPES.get(fact.type, "string"), label=fact.question)
        if fact.options:
            values = _element(component, "allowedValues", id=f"{component.get('id')}_values")
            _element(values, "text").text = ", ".join(f'"{option}"' for option in fact.options)


def _typed(
    parent: ET.Element, name: str, kind: str, *, many: bool = False, label: str | None = None
) -> ET.Element:
    extra = ({"isCollection": "true"} if many else {}) | ({"label": label} if label else {})
    component = _element(parent, "itemComponent", id=f"{parent.get('id')}_{name}", name=name, **extra)
    _element(component, "typeRef").text = kind
    return component


def _decision(root: ET.Element, node: Node, inputs: Iterable[str], edges: list[tuple[str, str, str]]) -> None:
    decision = _element(root, "decision", id=f"decision_{node.name}", name=node.name, label=node.label)
    if node.description:
        _element(decision, "description").text = node.description
    _element(decision, "variable", id=f"variable_{node.name}", name=node.name)
    for need in node.needs:
        kind, source = ("Input", f"input_{need}") if need in inputs else ("Decision", f"decision_{need}")
        edge = f"needs_{node.name}_{need}"
        requirement = _element(decision, "informationRequirement", id=edge)
        _element(requirement, f"required{kind}", href=f"#{source}")
        edges.append((edge, source, f"decision_{node.name}"))
    if isinstance(node.logic, str):
        logic = _element(decision, "literalExpression", id=f"logic_{node.name}")
        _element(logic, "text").text = node.logic
    else:
        _table(decision, node.name, node.logic)


def _table(decision: ET.Element, name: str, logic: Table) -> None:
    table = _element(decision, "decisionTable", id=f"logic_{name}", hitPolicy="FIRST")
    for number, (label, expression) in enumerate(logic.inputs, 1):
        clause = _element(table, "input", id=f"in_{name}_{number}", label=label)
        said = _element(clause, "inputExpression", id=f"in_{name}_{number}_expression")
        _element(said, "text").text = expression
    for output in logic.outputs:
        _element(table, "output", id=f"out_{name}_{output}", name=output)
    _element(table, "annotation", name="依据")
    for number, rule in enumerate(logic.rules, 1):
        row = _element(table, "rule", id=f"row_{name}_{number}")
        for column, test in enumerate(rule.tests, 1):
            entry = _element(row, "inputEntry", id=f"row_{name}_{number}_in_{column}")
            _element(entry, "text").text = test
        for column, said_ in enumerate(rule.outputs, 1):
            entry = _element(row, "outputEntry", id=f"row_{name}_{number}_out_{column}")
            _element(entry, "text").text = said_
        _element(_element(row, "annotationEntry"), "text").text = rule.annotation


def _authorities(root: ET.Element, programme: str, nodes: Iterable[Node]) -> None:
    """Each norm behind the deciding table is its authority; put before its logic, as the schema orders."""
    decision = root.find(f"{{{MODEL}}}decision[@id='decision_{programme}']")
    if decision is None:
        return
    at = len(decision) - 1
    norms = dict.fromkeys(norm for node in nodes if node.name == programme for norm in node.norms)
    for number, norm in enumerate(norms):
        requirement = ET.Element(f"{{{MODEL}}}authorityRequirement", {"id": f"authority_{programme}_{norm}"})
        _element(requirement, "requiredAuthority", href=f"#norm_{norm}")
        decision.insert(at + number, requirement)


def _diagram(
    root: ET.Element,
    programme: str,
    inputs: list[str],
    nodes: list[Node],
    edges: Iterable[tuple[str, str, str]],
) -> None:
    layers = {f"input_{name}": 0 for name in inputs}
    for node in nodes:  # each stands after all it needs
        below = [layers.get(f"input_{need}", layers.get(f"decision_{need}", 0)) for need in node.needs]
        layers[f"decision_{node.name}"] = 1 + max(below, default=0)
    places = _places(layers)
    diagram = _element(
        _element(root, "DMNDI", DMNDI), "DMNDiagram", DMNDI, id=f"diagram_{programme}", name=programme
    )
    for name, (x, y) in places.items():
        shape = _element(diagram, "DMNShape", DMNDI, id=f"shape_{name}", dmnElementRef=name)
        _element(shape, "Bounds", DC, x=str(x), y=str(y), width=str(_WIDTH), height=str(_HEIGHT))
    for edge, source, target in edges:
        (from_x, from_y), (to_x, to_y) = places[source], places[target]
        line = _element(diagram, "DMNEdge", DMNDI, id=f"edge_{edge}", dmnElementRef=edge)
        _element(line, "waypoint", DI, x=str(from_x + _WIDTH // 2), y=str(from_y))
        _element(line, "waypoint", DI, x=str(to_x + _WIDTH // 2), y=str(to_y + _HEIGHT))


def _places(layers: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """The upper left corner of each box: layers from the bottom up, each centred."""
    rows: dict[int, list[str]] = {}
    for name, layer in layers.items():
        rows.setdefault(layer, []).append(name)
    widest, highest = max(len(row) for row in rows.values()), max(rows)
    places: dict[str, tuple[int, int]] = {}
    for layer, row in rows.items():
        left = _MARGIN + (widest - len(row)) * _ACROSS // 2
        for index, name in enumerate(row):
            places[name] = (left + index * _ACROSS, _MARGIN + (highest - layer) * _DOWN)
    return places
