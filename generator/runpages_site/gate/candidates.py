"""Whether a text may hold a secret, at the speed of a search: most text holds none.

One expression of what each secret begins with is searched in lines without their digits: logs and tables then consist
of few different lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import BinaryIO

_KEYWORDS = (
    "passw", "passphrase", "pwd", "secret", "credential", "token", "dsn", "database_url", "database-url",
    "connection_str", "connectionstr", "conn_str", "key", "_auth",
)  # fmt: skip


def _cased(*words: str) -> str:
    return "|".join(dict.fromkeys(case for word in words for case in (word, word.upper(), word.title())))


CASES = _cased(*_KEYWORDS)
STRONG_CASES = _cased("passw", "passphrase", "pwd")

# Digits are deleted from what these are searched in. A search is fast where a match begins with few letters: here with
# what is none, since no letter stands before what a provider's token begins with, or with one of the literals.
_TOKENS = re.compile(
    rb"[^A-Za-z](?:A(?:KIA|SIA|BIA|CCA|T[A-Z]{8})[A-Z]|AC[a-z]{4}|SK[a-z]{4}|AIza|GOCSPX-|SG\.|ey[JK]"
    rb"|[MNO][\w-]{12,}\.[\w-]+\.|dapi[a-f]|do[opr]_v_|dckr_pat_|gh[pousr]_|github_pat|gl(?:pat|dt|ft|soat|rt|cbt|imt"
    rb"|ptt|agent|oas)-|gsk_|hf_|api_org_|hv[sb]\.|npm_|pypi-|r_[A-Za-z]|[sr]k_live|sk-|sqcsp-|wandb_v"
    rb"|xapp-|xox[a-z]|ya\.|:[\w-]{20}|xai-|pplx-|key-[a-f]|AGE-SECRET|lin_api_|shp(?:at|ca|pa|ss)_|ATATT|glsa_"
    rb"|pscale_|NRAK-|tskey-|rubygems_|figd_|ntn_)"
)
_MARKS = re.compile(
    rb"hooks\.slack|api/webhooks/|-us(?![a-z])|AccountKey=|wandb[ .]login|--relogin|_PASS=|curl |://[^\s/\"'<>]*@"
    rb"|\?[\w-]*(?:sig|ignature)=|&[\w-]*(?:sig|ignature)=|;[\w-]*(?:sig|ignature)=|bearer |Bearer |BEARER "
    rb"|uthorization|UTHORIZATION|PRIVATE KEY|PuTTY-User"
)
_NAMES = re.compile(
    f"(?:{CASES})[\\w.-]{{0,24}}[\\\\\"'\\]]{{0,8}}(?:[ \t]{{0,4}}[=:,>]|[ \t]{{0,30}}(?:[|\t]|│|\\\\{{1,4}}u))"
    f"|--[\\w-]{{0,40}}(?:{CASES})[\\w-]*[ \t]"
    r"|\blogin[ \t]|auth[\\\"]{1,6}[ \t]?:".encode()
)
_DIGITS = b"0123456789"
_BARE_STYLE = re.compile(rb"(?:\x1b|\\{1,4}[ux][bB])\[[;:]*[mK]")
"""A colour or another style of a terminal, also as JSON and Python spell it, without its digits."""
_LONG = 400
_PACKED = re.compile(rb"[A-Za-z+/]{%d,}" % _LONG)
_PHRASES = (b"wandb login", b"curl ", b"bearer ", b"Bearer ", b"BEARER ", b"PRIVATE KEY")  # Have a blank in them.
_KEYWORD = re.compile(f"{CASES}|login|auth".encode())


def is_candidate(data: bytes) -> bool:
    """Whether a text may hold a secret; a text for which this is false holds none."""
    bare = data.translate(None, _DIGITS)
    if len(bare) < _LONG:
        return any(begins(shape_of(data)))
    # Logs have many different lines of few different words, and no expression spans two words, but for the phrases.
    shape = _unstyled(b"\n".join(set(bare.splitlines())), data)
    words = set(shape.split())
    if max(map(len, words), default=0) >= _LONG:
        shape = _PACKED.sub(b" ", shape)
        words = set(shape.split())
    text = b"\n".join(words)
    if _has_token(text):
        return True
    if any(phrase.partition(b" ")[0] in text and phrase in shape for phrase in _PHRASES):
        return True
    lines = shape.split(b"\n") if _KEYWORD.search(text) else ()
    return any(_KEYWORD.search(line) and _NAMES.search(line) for line in lines)


_NUMERIC = b"0123456789.,-+eE\n"
"""What lines of numbers consist of; no secret does, and none goes on over a comma."""


_PIECE = 1 << 20


def is_candidate_of_points(file: BinaryIO, counts: Mapping[str, int]) -> bool:
    """Whether a metrics file with so many points of each name may hold a secret: it does not if this is false.

    Of lines of numbers only the names are searched.
    """
    header = file.readline(_PIECE)
    names = {name.encode("utf-8", "surrogatepass"): count for name, count in counts.items()}
    # If all that is no number has the length of the names, it is the names, which stand as they are if none is quoted.
    others = sum(count * len(name.translate(None, _NUMERIC)) for name, count in names.items())
    while others >= 0 and (piece := file.read(_PIECE)):
        others = -1 if b'"' in piece else others - len(piece.translate(None, _NUMERIC))
    return others != 0 or is_candidate(b"\n".join([header, *(name + b"," for name in names)]))


@lru_cache(1_024)
def begins(shape: bytes) -> tuple[bool, bool]:
    """Whether a line without its digits has what a token begins with, and what may name a secret."""
    return _has_token(shape), _NAMES.search(shape) is not None


def _has_token(shape: bytes) -> bool:
    return _TOKENS.search(b"\n" + shape) is not None or _MARKS.search(shape) is not None


def shape_of(data: bytes) -> bytes:
    """A text without digits and long packed data, and with a blank for each line end that is spelled in it."""
    shape = _unstyled(data.translate(None, _DIGITS), data)
    return _PACKED.sub(b" ", shape) if len(shape) >= _LONG else shape


def _unstyled(bare: bytes, data: bytes) -> bytes:
    """The shape of data, of which ``bare`` has the lines without digits."""
    if b"\\" not in bare and b"\x1b" not in bare:
        return bare
    shape = bare.replace(b"\\n", b" ").replace(b"\\t", b" ").replace(b"\\r", b" ")
    is_styled = b"\x1b" in shape or (b"b[" in shape.lower() and b"1b[" in data.lower())
    return _BARE_STYLE.sub(b"", shape) if is_styled else shape
