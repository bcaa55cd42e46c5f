"""Charts drawn on the server by pygal, as plain SVG in the page.

Its own styles, scripts, ids and tooltips are taken out: the page's policy allows none of them, the style sheet
has rules for the classes, and the numbers stand in the table beneath.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from xml.etree.ElementTree import Element, tostring

import pygal
from markupsafe import Markup

# pygal leaves a finder for its plug-ins behind that slows and warns at every later import; we use none.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

Series = tuple[str, Sequence[int | None]]
_NOT_OURS = ("defs", "title", "desc", "style", "script")


def bars(label: str, names: Sequence[str], series: Sequence[Series], *, stacked: bool = False) -> Markup:
    """Columns, side by side or stacked; None leaves a gap. `label` says what it shows to who cannot see it."""
    return _drawn(pygal.StackedBar if stacked else pygal.Bar, label, names, series)


def lines(label: str, names: Sequence[str], series: Sequence[Series]) -> Markup:
    """Lines over time."""
    return _drawn(pygal.Line, label, names, series)


def _drawn(kind: type[pygal.Graph], label: str, names: Sequence[str], series: Sequence[Series]) -> Markup:
    chart = kind(
        width=900,
        height=330,
        js=[],
        css=[],
        margin=10,
        legend_at_bottom=True,
        legend_at_bottom_columns=3,
        legend_box_size=14,
        truncate_legend=-1,
        truncate_label=-1,
        show_y_guides=True,
        order_min=0,
        no_data_text="",
        disable_xml_declaration=True,
    )
    chart.value_formatter = lambda value: f"{value:.0f}"
    chart.x_labels = list(names)
    for name, values in series:
        chart.add(name, list(values))
    root = chart.render_tree()
    _strip(root)
    root.set("class", "chart-svg")
    root.set("role", "img")
    root.set("aria-label", label)
    return Markup(tostring(root, encoding="unicode"))  # noqa: S704  # pygal escapes the texts; the rest is geometry


def _strip(element: Element) -> None:
    for name in ("id", "style"):
        element.attrib.pop(name, None)
    for child in list(element):
        if not isinstance(child.tag, str) or child.tag in _NOT_OURS or child.get("class") == "tooltip":
            element.remove(child)
        else:
            _strip(child)
