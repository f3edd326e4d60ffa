"""YAML in and out: reads a file into plain data with the line of every place, writes data so that people can edit it.

YAML 1.2, so that `no` and `on` are words, not false and true. No anchors, no tags: what stands there is all there is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lead_reviver.errors import BadInput

LONGEST: Final = 1_000_000
"""Characters of a file."""
_DEEPEST: Final = 20
_ONE_LINE: Final = 100
"""Characters: a list of words that fits is written in one line."""
_TAG: Final = "tag:yaml.org,2002:"
_STEP: Final = re.compile(r"(\.[^.\[\]]*|\[\d+\])$")


class Document(NamedTuple):
    """A file as data."""

    data: Any
    lines: dict[str, int]
    """The line, from 1 on, of each place: `$.questions[2].ask.es`."""


class NoYaml(BadInput):
    """A text is no YAML, or more than the plain YAML that is read here."""

    def __init__(self, what: str, line: int | None) -> None:
        self.what, self.line = what, line
        super().__init__(what if line is None else f"line {line}: {what}")


def decode_yaml(text: str) -> Document:
    """Read a YAML document. Raises `NoYaml`."""
    if len(text) > LONGEST:
        raise NoYaml(f"the file has more than {LONGEST:,} characters", None)
    try:
        root = YAML(typ="safe", pure=True).compose(io.StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoYaml(str(error.problem or "it is no YAML"), mark.line + 1 if mark else None) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise NoYaml(f"it is no YAML ({type(error).__name__})", None) from None
    if root is None:
        raise NoYaml("the file is empty", None)
    lines: dict[str, int] = {}
    return Document(_built(root, "$", lines, 0), lines)


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of a place, or of the nearest one around it: what is missing has no line of its own."""
    while path not in lines:
        shorter = _STEP.sub("", path)
        if shorter == path:
            return None
        path = shorter
    return lines[path]


def encode_yaml(data: Mapping[str, Any]) -> str:
    """Write plain data as YAML."""
    writer = YAML()
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.width = 4096
    writer.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    writer.dump(_laid_out(data), out)
    return out.getvalue()


def _built(node: Node, path: str, lines: dict[str, int], depth: int) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if node.anchor is not None:
        raise NoYaml("anchors are not read here; write it out twice", line)
    if depth > _DEEPEST:
        raise NoYaml("it is nested too deeply", line)
    if isinstance(node, MappingNode):
        return dict(_pairs(node, path, lines, depth))
    if isinstance(node, SequenceNode):
        if node.tag != f"{_TAG}seq":
            raise NoYaml(f"the tag {node.tag} is not read here", line)
        return [_built(each, f"{path}[{index}]", lines, depth + 1) for index, each in enumerate(node.value)]
    return _scalar(node, line)


def _pairs(node: MappingNode, path: str, lines: dict[str, int], depth: int) -> Iterator[tuple[str, Any]]:
    if node.tag != f"{_TAG}map":
        raise NoYaml(f"the tag {node.tag} is not read here", node.start_mark.line + 1)
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise NoYaml("a name is one word or text", line)
        if key.value in seen:
            raise NoYaml(f"{key.value!r} stands here twice", line)
        seen.add(key.value)
        lines[f"{path}.{key.value}"] = line
        yield key.value, _built(value, f"{path}.{key.value}", lines, depth + 1)


def _scalar(node: Node, line: int) -> Any:
    value = str(node.value)
    kind = str(node.tag).removeprefix(_TAG)
    try:
        match kind:
            case "str" | "timestamp":  # a date stays as written, so that one reader reads it from YAML and from JSON
                return value
            case "int":
                return int(value.replace("_", ""), 0)
            case "float":
                return float(value.replace("_", ""))
            case "bool":
                return value.casefold() == "true"
            case "null":
                return None
    except ValueError:
        raise NoYaml(f"{value!r} is no number that is read here; put a text in quotes", line) from None
    raise NoYaml(f"the tag {node.tag} is not read here", line)


def _laid_out(data: Any) -> Any:
    """Return data with short lists of words in one line."""
    if isinstance(data, Mapping):
        laid = CommentedMap()
        for key, value in data.items():
            laid[key] = _laid_out(value)
        return laid
    if isinstance(data, list):
        listed = CommentedSeq([_laid_out(each) for each in data])
        if all(isinstance(each, str) for each in data) and sum(len(each) + 2 for each in data) < _ONE_LINE:
            listed.fa.set_flow_style()
        return listed
    return data
