"""Writes and reads one point of a metric as one line of ``metrics.csv``.

A line is ``name,step,time,value,text``. A field with a comma or a quote is quoted as in CSV. A name or a text that
holds a control character, or begins with a quote, is a JSON string literal inside its field, so a line never spans
two. Where ``value`` is empty the datum is the string in ``text``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .records import Value

_WORDS: dict[str, Value] = {
    "true": True, "false": False, "null": None,
    "nan": float("nan"), "inf": float("inf"), "-inf": float("-inf"),
}  # fmt: skip


def text_field(text: str) -> str:
    """Spell a name or a text as one CSV field."""
    # Whatever is printable holds nothing that would need a closer look.
    if text.startswith('"') or not text.isprintable():
        text = _literal(text)
    if "," in text or '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return text


# What must not stand in a line as it is: control characters, the separators that some readers take for line
# ends, the byte order mark, and lone surrogates, which have no UTF-8 form.
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]"


def _literal(text: str) -> str:
    """The text as a JSON string literal if it has to be one, else as it is."""
    import json
    import re

    if text.startswith('"') or re.search(_CONTROL, text):
        return re.sub(_CONTROL, lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
    return text


def text_of(field: str) -> str:
    """Read the text of a field that is out of its CSV quotes; raises ValueError for a broken literal."""
    if field.startswith('"'):
        import json

        text = json.loads(field)
        if not isinstance(text, str):
            raise ValueError(f"{field} is not a JSON string")
        return text
    return field


def number_field(value: float | bool | None) -> str:
    """Spell a number, a truth value or None; ints stay ints, floats take the shortest form that comes back."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    return int.__repr__(value) if isinstance(value, int) else float.__repr__(value)


def number_of(field: str) -> Value:
    """Read a number, a truth value or ``null``, also as others spell them; raises ValueError for anything else."""
    if field in _WORDS:
        return _WORDS[field]
    if "_" not in field:  # Python would read 1_000; no other reader does.
        try:
            return int(field)
        except ValueError:
            pass
        try:
            number = float(field)
        except ValueError:
            pass
        else:
            # Of a whole number with more digits than Python reads, float would make infinity.
            if number - number == 0 or not field.strip().lstrip("+-").isdigit():
                return number
    word = field.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    from .spelling import number as foreign

    return foreign(field)


def split(line: str) -> list[str]:
    """Split a line into its fields, out of their quotes; raises ValueError where a quote is not closed."""
    if '"' not in line:
        return line.split(",")
    fields = []
    at = 0
    while True:
        field, at = field_at(line, at)
        fields.append(field)
        if at > len(line):
            return fields


def field_at(line: str, at: int) -> tuple[str, int]:
    """The field that begins at ``at``, and where the next one begins: past the end after the last."""
    if not line.startswith('"', at):
        end = line.find(",", at)
        end = len(line) if end < 0 else end
        return line[at:end], end + 1
    parts = []
    at += 1
    while True:
        end = line.find('"', at)
        if end < 0:
            raise ValueError("a quote is not closed")
        parts.append(line[at:end])
        if line.startswith('"', end + 1):
            parts.append('"')
            at = end + 2
        elif end + 1 == len(line) or line[end + 1] == ",":
            return "".join(parts), end + 2
        else:
            raise ValueError("text follows a closing quote")
