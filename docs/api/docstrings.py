"""Docstrings as Markdown: they are written for a terminal, in numpy's convention, with Sphinx's roles.

For mkdocs alone (an extension of griffe, named in mkdocs.yml); nothing of the package imports it.
"""

import ast
import re
from typing import Any, Final

from griffe import Attribute, Docstring, Extension, Object

_ROLE: Final = re.compile(r":(?:mod|func|class|data|meth|attr|exc):`~?\.?([^`]+)`")
_SEVERAL: Final = re.compile(r"^(\w+(?:, \w+)+)\n((?:    .*\n|\n(?=    ))+)", re.MULTILINE)
_TABLE: Final = re.compile(r"^=+  =+\n(.*?)\n=+  =+\n(.*?)\n=+  =+$", re.MULTILINE | re.DOTALL)
_LITERAL: Final = re.compile(r"::\n\n((?:    .*\n?|\n(?=    ))+)")


def _table(found: re.Match[str]) -> str:
    """Make Markdown of a table with two columns; a line that begins with a blank goes on with the last cell."""
    rows: list[list[str]] = []
    for line in (found[1], "---  ---", *found[2].splitlines()):
        if line.startswith(" ") and rows:
            rows[-1][1] += " " + line.strip()
        else:
            rows.append([*re.split(r"  +", line.strip(), maxsplit=1), ""][:2])
    return "\n".join(f"| {left} | {right} |" for left, right in rows)


def markdown(text: str) -> str:
    """Rewrite one docstring."""
    text = _ROLE.sub(r"``\1``", text + "\n")
    text = _TABLE.sub(_table, text)
    text = _LITERAL.sub(lambda found: ":\n\n```python\n" + re.sub(r"^    ", "", found[1], flags=re.M) + "```\n", text)
    # griffe gives parameters that share a line the type of the first
    return _SEVERAL.sub(lambda found: "".join(f"{name}\n{found[2]}" for name in found[1].split(", ")), text)


def _comment(attribute: Attribute) -> str:
    """What stands behind an attribute, ``#: text``, or on the lines before it."""
    lines = attribute.lines_collection[attribute.filepath]  # type: ignore[index]
    first = (attribute.lineno or 1) - 1
    behind = re.search(r"#:? (.+)$", lines[first])
    if behind:
        return behind[1]
    above: list[str] = []
    while first and lines[first - 1].strip().startswith("#:"):
        first -= 1
        above.insert(0, lines[first].strip().lstrip("#: "))
    return " ".join(above)


def _take_option_apart(attribute: Attribute) -> str:
    """Return the help of a setting, ``name: kind = option(default, help, …)``; leave its default as its value."""
    try:
        call = ast.parse(str(attribute.value), mode="eval").body
    except SyntaxError:
        return ""
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("option"):
        return ""
    values = dict(zip(("default", "help"), call.args, strict=False))
    values |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    attribute.value = ast.unparse(values["default"]) if "default" in values else None
    text = values.get("help")
    if isinstance(text, ast.Constant):
        return str(text.value)
    return f"As `--{attribute.name}` of every command." if ast.unparse(call.func) != "option" else ""


class Docstrings(Extension):
    """Rewrite every docstring; take those of attributes from the source."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Rewrite one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)

    def on_attribute(self, *, attr: Attribute, **_: Any) -> None:
        """Give an attribute what its line says."""
        if attr.docstring is None and attr.lineno and not attr.is_alias:
            text = _take_option_apart(attr) or _comment(attr)
            if text:
                attr.docstring = Docstring(markdown(text).strip(), parent=attr, lineno=attr.lineno)
