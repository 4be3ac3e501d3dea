"""Parameters of a run without a document from the YAML beside its metrics, such as the ``hparams.yaml`` of Lightning.

JSON and TOML are read with the run; YAML needs a library that only a build has. It is as hostile as everything logged:
it becomes plain values only, and aliases are refused.
"""

from __future__ import annotations

import os
import re
from datetime import date
from typing import Any

from runpages.format import layout
from runpages.format.document import DEEPEST, decode, encode, mapping
from runpages.format.files import content
from runpages.format.loose import CONFIGURATION
from runpages.format.parameters import LARGEST
from runpages.format.records import Problem, RunRecord
from runpages.format.secret import is_secret

_YAML = (".yaml", ".yml")
# YAML 1.1 reads 1e-3 as a text, though a number is meant.
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$")


def with_parameters(record: RunRecord) -> RunRecord:
    """The record with the parameters of its configuration in YAML; what cannot be read is reported."""
    if record.params or os.path.exists(os.path.join(record.folder, layout.RUN)):
        return record
    for name in (file.file for file in record.artifacts if file.size <= LARGEST):
        stem, extension = os.path.splitext(name.lower())
        if stem not in CONFIGURATION or extension not in _YAML or is_secret(name):
            continue
        try:
            found = _read(content(os.path.join(record.folder, name)).decode("utf-8-sig"))
        except (OSError, ValueError) as error:
            record.problems.append(Problem(name, None, str(error), "Not read as parameters", False))
            continue
        if found:
            return record._replace(params=found, document={**record.document, "params": found})
    return record


def _read(text: str) -> dict[str, Any]:
    """A mapping as plain values; empty for what is none. Raises ValueError for what is no YAML, or has aliases."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def untagged(loader: Any, suffix: str, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return node.value or suffix.rpartition(":")[2]

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", untagged)
    Loader.add_multi_constructor("!", untagged)
    Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+0123456789"))
    try:
        depth = 0
        for event in yaml.parse(text, Loader):  # Stops where it gets too deep, which takes the square of the depth.
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise ValueError("It is nested too deeply")
            if isinstance(event, yaml.AliasEvent):
                raise ValueError("It has aliases; write out what they stand for")  # noqa: TRY004, the text is wrong
        return mapping(decode(encode(mapping(_plain(yaml.load(text, Loader))))))  # noqa: S506, it is a safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(f"It is no valid YAML: {where}{getattr(error, 'problem', None) or error}") from None


def _plain(value: Any) -> Any:
    """A value as JSON has it: dates and what else YAML knows as texts."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return list(map(_plain, value))
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, bool, int, float)) else str(value)
