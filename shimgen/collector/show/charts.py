"""SVG charts, made by pygal and stripped to what a style sheet can colour.

pygal puts a script and a style sheet into each chart; neither is needed here, and the
pages' security policy would forbid both. Colours come from the page's style sheet, by
the classes that pygal gives its shapes, so that charts follow dark mode and print.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

import pygal
from markupsafe import Markup
from pygal.style import Style

# pygal's finder of plugins is of a kind that Python 3.12 has no more, and each later
# import warns of it.
sys.meta_path[:] = [x for x in sys.meta_path if type(x).__module__ != pygal.__name__]

_FONT = 12  # as in style.css: pygal makes room for labels of that size
_COMMON = {
    "style": Style(label_font_size=_FONT, major_label_font_size=_FONT),
    "css": [],
    "js": [],
    "margin": 4,
    "show_legend": False,
    "print_values": False,
    "truncate_label": 24,
}
_MOST_LABELS = 8


class _NoTips:
    """Leaves out what pygal's script would show, which takes a quarter of the time."""

    def _tooltip_and_print_values(self, *_: object) -> None: ...


class _Upright(_NoTips, pygal.StackedBar):  # type: ignore[misc]  # pygal has no types
    """Upright stacked bars."""


class _Lying(_NoTips, pygal.HorizontalStackedBar):  # type: ignore[misc]  # as above
    """Lying stacked bars."""


def stacked(
    name: str, title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]
) -> Markup:
    """Return upright stacked bars, one a label; `series` in the order of stacking."""
    every = max(1, -(-len(labels) // _MOST_LABELS))
    chart = _Upright(
        **_COMMON,
        width=880,
        height=260,
        spacing=6,
        x_labels_major_every=every,
        show_minor_x_labels=False,
        max_scale=5,
    )
    chart.x_labels = list(labels)
    return _finished(chart, name, title, series)


def bars(
    name: str, title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]
) -> Markup:
    """Return lying stacked bars, the first label on top."""
    chart = _Lying(
        **_COMMON, width=880, height=60 + 26 * len(labels), spacing=6, max_scale=5
    )
    chart.x_labels = list(reversed(labels))
    turned = {key: list(reversed(values)) for key, values in series.items()}
    return _finished(chart, name, title, turned)


def _finished(
    chart: pygal.Graph, name: str, title: str, series: Mapping[str, Sequence[int]]
) -> Markup:
    for key, values in series.items():
        chart.add(key, list(values))
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_idle(child):
                parent.remove(child)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title")
    root.attrib.pop("id", None)
    label = ET.Element("title", id=f"{name}-title")
    label.text = title
    root.insert(0, label)
    return Markup(ET.tostring(root, encoding="unicode"))


def _is_idle(node: ET.Element) -> bool:
    """Whether a node is there for pygal's script, or names every shape again."""
    if not isinstance(node.tag, str):
        return True  # a comment
    tag = node.tag.rpartition("}")[2]
    return tag in ("defs", "title", "desc", "script", "style") or (
        tag == "g" and "tooltip" in node.get("class", "")
    )
