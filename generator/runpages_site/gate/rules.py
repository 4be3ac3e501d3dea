"""Finds keys, tokens and passwords in text: the signatures of detect-secrets, and what these miss.

Only a line that is a candidate is shown to the rules, in windows of bounded length, so a long line costs no more than
its bytes. detect-secrets is loaded for the first candidate; it imports an HTTP client for verifying what it finds,
which is never called here: its compiled patterns are used alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from itertools import accumulate
from typing import AnyStr, NamedTuple

from runpages.format.secret import is_secret_variable

from .candidates import CASES, STRONG_CASES, begins, shape_of


class Hit(NamedTuple):
    """A secret in a text: from where to where, and what it is called."""

    start: int
    end: int
    rule: str


WINDOW = 4_096
"""Characters that a rule sees at once."""

_OVERLAP = 512
"""Characters that two windows share; a secret of one line is no longer."""

_WORDS = (
    r"passw(?:or)?d|passwd|passphrase|pwd|secret|credentials?|token|dsn|database[_-]?url|conn(?:ection)?[_-]?str(?:ing)?"
    r"|(?:api|access|account|auth|private|client|service|encryption|signing)[_-]?key|_auth"
)
"""What the name of a value has in it that is a secret."""

_STYLE = re.compile(r"(?:\x1b|\\{1,4}(?:u001|x1)[bB])\[[0-9;:]{0,40}[mK]")
"""A colour or another style of a terminal, also as JSON and Python spell it."""
_ESCAPES = re.compile(r"\\[nrt]")


_OWN: tuple[tuple[str, str], ...] = (
    ("AWS access key", r"(?<![A-Za-z0-9+/])(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("GitHub token", r"(?<![A-Za-z0-9])(?:github_pat_\w{22,255}|gh[pousr]_[A-Za-z0-9]{36,255})"),
    ("Hugging Face token", r"(?<![A-Za-z0-9])(?:hf_[A-Za-z0-9]{30,64}|api_org_[A-Za-z0-9]{30,64})(?![A-Za-z0-9])"),
    (
        "API key of a language model",
        r"(?<![A-Za-z0-9])(?:sk-(?:ant|proj|svcacct|admin|or)-[\w-]{20,250}|sk-[A-Za-z0-9]{32,64}(?![A-Za-z0-9])"
        r"|gsk_[A-Za-z0-9]{40,64}|r8_[A-Za-z0-9]{37,40})",
    ),
    ("Google API key", r"(?<![A-Za-z0-9])AIza[\w-]{35}(?![\w-])"),
    ("Google token", r"(?<![A-Za-z0-9])(?:ya29\.[\w-]{20,400}|GOCSPX-[\w-]{20,40})"),
    (
        "W&B key",
        r"(?<![A-Za-z0-9])wandb_v1_\w{20,120}"
        r"|(?:(?<=wandb login )|(?<=--relogin ))[0-9a-f]{40}\b",
    ),
    ("W&B key", r"wandb\.login\([^)\n]{0,80}key=[\\\"']{1,8}([0-9a-f]{40})\b"),
    ("Slack token", r"(?<![A-Za-z0-9])(?:xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,250}|xapp-\d-[\w-]{10,250})"),
    ("Databricks token", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])"),
    ("DigitalOcean token", r"(?<![A-Za-z0-9])do[opr]_v1_[0-9a-f]{64}"),
    ("Docker token", r"(?<![A-Za-z0-9])dckr_pat_[\w-]{20,64}"),
    ("npm token", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    (
        "API key",
        r"(?<![A-Za-z0-9])(?:pplx-[A-Za-z0-9]{40,64}|key-[0-9a-f]{32}(?![0-9a-f])|lin_api_[A-Za-z0-9]{32,64}"
        r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|ATATT3[\w=-]{100,250}|glsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}"
        r"|pscale_(?:tkn|pw|oauth)_[\w.-]{32,64}|NRAK-[A-Z0-9]{27}|tskey-[a-z]{3,10}-[\w-]{20,80}|rubygems_[0-9a-f]{48}"
        r"|figd_[\w-]{32,60}|ntn_[A-Za-z0-9]{40,60}|xai-[A-Za-z0-9]{60,100})",
    ),
    ("private key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("password in the environment", r"\b[A-Z][A-Z0-9_]{0,40}_PASS=[\"']?([^\s\"'$<{]{6,200})"),
    (
        "password in a command",
        r"\bcurl\s(?:[^\n]{0,200}\s)?(?:-u|--user)[\s=][\"']?[^\s:\"']{1,60}:([^\s\"'$<{]{6,200})",
    ),
    ("Vault token", r"(?<![A-Za-z0-9])hv[sb]\.[\w-]{24,250}"),
    ("Azure signature", r"[?&;]sig=([A-Za-z0-9%+/=]{20,200})"),
    ("Azure key", r"(?:Account|SharedAccess)Key=([A-Za-z0-9+/=]{40,200})"),
    ("Neptune token", r"(?<![A-Za-z0-9])eyJhcGlfYWRkcmVzcyI6[\w+/=]{20,400}"),
    ("JSON web token", r"(?<![A-Za-z0-9])eyJ[\w-]{10,3000}\.eyJ[\w-]{5,3000}(?:\.[\w-]{5,1000})?"),
    (
        "authorization header",
        r"(?i)authorization[\\\"']{0,6}\s{0,3}[:=]\s{0,3}[\\\"']{0,6}(?:[a-z]{3,12}\s)?([\w.~+/=-]{12,2000})",
    ),
    ("authorization header", r"(?i)\bbearer\s(?=[\w.~+/-]{0,40}\d)([\w.~+/-]{20,2000}={0,2})"),
    (
        "Kaggle key",
        r"\"username[\\\"]{1,6}\s?:\s?[\\\"]{1,6}[^\"\\]{1,60}[\\\"]{1,6}\s?,\s?[\\\"]{1,6}key[\\\"]{1,6}\s?:\s?"
        r"[\\\"]{1,6}([0-9a-f]{32})\b",
    ),
    ("registry password", r"\"auth[\\\"]{1,6}\s?:\s?[\\\"]{1,6}([A-Za-z0-9+/]{16,400}={0,2})"),
    ("password in a URL", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>{}]{0,100}:([^\s/@\"'<>{}]{3,200})@[A-Za-z0-9\[]"),
    ("token in a URL", r"https?://(?=[\w.-]{0,60}\d)([\w.-]{20,250})@[A-Za-z0-9\[]"),
    ("token in a URL", r"[?&](?:access_token|api_?key|token|(?:X-(?:Amz|Goog)-)?[sS]ignature)=([\w.~+/%-]{16,400})"),
    ("webhook", r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(\d+/[\w-]{40,100})"),
)  # fmt: skip


@cache
def _late(pattern: AnyStr) -> re.Pattern[AnyStr]:
    """A pattern for candidates, compiled for the first one: all of them take as long as reading a run."""
    return re.compile(pattern)


@cache
def _own() -> list[tuple[str, re.Pattern[str]]]:
    """These patterns."""
    return [(rule, _late(pattern)) for rule, pattern in _OWN]


@cache
def _by_name() -> list[tuple[str, re.Pattern[str]]]:
    """Those for which the name of a value is enough."""
    return [one for one in _own() if one[0] in ("Kaggle key", "registry password")]


_PLUGINS = {
    "aws.AWSKeyDetector": "AWS access key",
    "azure_storage_key.AzureStorageKeyDetector": "Azure key",
    "discord.DiscordBotTokenDetector": "Discord token",
    "github_token.GitHubTokenDetector": "GitHub token",
    "gitlab_token.GitLabTokenDetector": "GitLab token",
    "mailchimp.MailchimpDetector": "Mailchimp key",
    "openai.OpenAIDetector": "API key of a language model",
    "pypi_token.PypiTokenDetector": "PyPI token",
    "sendgrid.SendGridDetector": "SendGrid key",
    "slack.SlackDetector": "Slack token",
    "square_oauth.SquareOAuthDetector": "Square token",
    "stripe.StripeDetector": "Stripe key",
    "telegram_token.TelegramBotTokenDetector": "Telegram token",
    "twilio.TwilioKeyDetector": "Twilio key",
}
"""The plugins whose patterns are used, and what their hits are called.

Not used: entropy, which takes hashes for secrets; public addresses; ``Artifactory``, which takes ``AP50Validation`` for
a password; ``KeywordDetector`` and the four that look for an assignment to almost any name, for which ``_ASSIGNED``
stands; ``BasicAuth``, ``JwtToken``, ``Npm`` and ``PrivateKey``, whose hits begin or end elsewhere than the secret.
"""

_TOKEN = 16
"""Characters of a group that is the secret itself, and no prefix of it."""


@cache
def _library() -> list[tuple[str, re.Pattern[str]]]:
    """The patterns of detect-secrets."""
    found = []
    for place, rule in _PLUGINS.items():
        module, _, name = place.partition(".")
        plugin = getattr(import_module(f"detect_secrets.plugins.{module}"), name)
        found += [(rule, pattern) for pattern in plugin.denylist]
    return found


# --- values that a name says are secrets ------------------------------------------------------------------

_LETTER = r"[^\s\"'`,;<>(){}\[\]\\|]"
_VALUE = rf"(?P<quote>[\\\"'`]{{0,6}})(?P<value>{_LETTER}{{6,400}})"
_SIGN = (
    r"[\\\"']{0,6}\]?"
    r"(?:>|[ \t]{0,4}(?:=>|:=|==?|:[ \t]?str[ \t]?=|:)[ \t]{0,4}|[ \t]{0,30}(?:[|\t]|│|\\{1,4}u2502)[ \t]{0,4})"
)
_ASSIGNED = rf"(?i)(?P<name>(?:{_WORDS})(?:[_.-]?[a-z0-9]{{0,12}}){{0,2}}){_SIGN}{_VALUE}"
_GIVEN = rf"[\w.\x80-\xff-]{{0,80}}{_SIGN}[\\\"'`]{{0,6}}"
_NAMED = (
    (
        rf"(?:{CASES}){_GIVEN}(?={_LETTER}{{0,400}}[0-9])(?={_LETTER}{{0,400}}[A-Za-z\x80-\xff]){_LETTER}{{10}}"
        rf"|(?:{STRONG_CASES}){_GIVEN}{_LETTER}{{6}}|--[\w-]{{0,40}}(?:{CASES})[\w-]*[ \t]|auth[\\\"]{{1,6}}[ \t]?:"
    )
    .replace("u2502", "u0000")
    .encode()
)
"""A name with a value that may be a secret: not the numbers and words that most lines with such a name have."""
_ZEROS = bytes.maketrans(b"123456789", b"000000000")


@lru_cache(4_096)
def _is_named(line: bytes) -> bool:
    """Whether a line, in which all digits are zeros, may hold a secret by its name: many lines are then the same."""
    return _late(_NAMED).search(line) is not None


_OPTION = rf"(?i)--(?P<name>[\w-]{{0,40}}(?:{_WORDS})[\w-]{{0,24}})[ \t]{{1,4}}{_VALUE}"
_LOGIN = re.compile(r"\blogin\s{1,8}\S{1,100}\s{1,8}password\s{1,8}(\S{3,200})")
_PLACEHOLDER = re.compile(
    r"(?i)[x*•.#_-]+|none|null|nil|true|false|undefined|changeme|change[_-]?me|passw(?:or)?d\d*|secrets?|tokens?|required"
    r"|optional|hidden|masked|redacted|missing|invalid|unknown|your[_-].*|my[_-]?(?:passw|secret|token|api|key).*|example.*"
    r"|placeholder.*|todo.*|insert.*|dummy.*|fake.*|[$%&].*|env[.:].*|secrets\..*|https?:.*|sha\d+:.*|arn:.*"
    r"|\d+(?:\.\w+){1,5}=\w+|your@\w+|(?-i:(?:[A-Z]+_)+(?:PASSWORD|PASS|PWD|SECRET|TOKEN|KEY))"
)
_PATH = re.compile(r"[~./].*|[A-Za-z]:[/\\].*|.*\.[A-Za-z][A-Za-z0-9]{1,10}|[\w.-]+/[\w./-]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{30,}={0,2}")
_STRONG = re.compile(r"(?i)passw(?:or)?d|passwd|passphrase|pwd")
_WEAK = re.compile(r"(?i)(?:^|[_.-])(?:token|key|auth|dsn|credentials?)$")


def is_secret_value(name: str, value: str, *, quoted: bool = True) -> bool:
    """Whether a value is a secret if it has a certain name; ``quoted`` says that it is no expression of code.

    Passwords may be any word that is no placeholder. Other names are also those of ordinary values (``pad_token``,
    ``label_key``): there a secret is long, has letters and digits, and is no path.
    """
    if _PLACEHOLDER.fullmatch(value) or len(value) < 6 or any(one.isspace() for one in value):
        return False
    mixed = any(one.isdigit() for one in value) and any(one.isalpha() for one in value)
    odd = any(one in "!@#$%^&*+=?~" for one in value)
    if _STRONG.search(name):
        return value[0] not in "/~." and (
            mixed or odd or (quoted and value.replace("-", "").isalpha() and len(value) >= 8)
        )
    return mixed and len(value) >= (16 if _WEAK.search(name) else 10) and not _is_path(value)


def _is_path(value: str) -> bool:
    packed = _BASE64.fullmatch(value) and value.upper() != value != value.lower()
    return not packed and _PATH.fullmatch(value) is not None


_NAME = re.compile(f"(?i)(?:{_WORDS})(?:[_.-]?[a-z0-9]{{0,12}}){{0,2}}$")


def is_secret_name(name: str) -> bool:
    """Whether the name of a parameter, a tag, a column or an option is one that a secret may have."""
    return len(name) < 100 and (_NAME.search(name) is not None or is_secret_variable(name))


def _assigned(text: str) -> Iterator[tuple[int, int, str]]:
    for match in (*_late(_ASSIGNED).finditer(text), *_late(_OPTION).finditer(text)):
        name, value = match["name"], match["value"].rstrip(".:")
        is_word = bool(match["quote"]) or match.re is _late(_OPTION)
        if is_secret_value(_whole_name(text, match.start(), name), value, quoted=is_word):
            yield match.start("value"), match.start("value") + len(value), _called(name)


def _whole_name(text: str, start: int, name: str) -> str:
    before = re.search(r"[\w.-]{0,40}$", text[max(0, start - 40) : start])
    return (before[0] if before else "") + name


def _called(name: str) -> str:
    return "password" if _STRONG.search(name) else "by its name"


# --- keys over several lines ------------------------------------------------------------------------------

_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_KEY_ENDS = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: ?\w+")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,\-]|\\[nr]|\s(?=[A-Za-z0-9+/=]{16}))*")
_KEY_LONGEST = 32_768


def _keys(text: str) -> Iterator[Hit]:
    for begin in _KEY_BEGINS.finditer(text):
        end = _KEY_ENDS.search(text, begin.end(), begin.end() + _KEY_LONGEST)
        body = end or _KEY_BODY.match(text, begin.end(), begin.end() + _KEY_LONGEST)
        yield Hit(begin.start(), body.end() if body else begin.end(), "private key")


def find(text: str) -> list[Hit]:
    """The secrets in a text in the order of their places; what overlaps is one.

    The styles of a terminal are looked through: they may stand within a secret.
    """
    styles = [match.span() for match in _STYLE.finditer(text)]
    if not styles:
        return _find(text)
    ends = [0, *(end for _, end in styles)]
    starts = [*(start for start, _ in styles), len(text)]
    plain = "".join(text[end:start] for end, start in zip(ends, starts, strict=True))
    removed = list(accumulate((end - start for start, end in styles), initial=0))
    places = [end - gone for end, gone in zip(ends, removed, strict=True)]

    def place(at: int) -> int:
        """Where a letter of the plain text stands."""
        return at + removed[bisect_right(places, at) - 1]

    return [Hit(place(start), place(end - 1) + 1, rule) for start, end, rule in _find(plain)]


def _find(text: str) -> list[Hit]:
    found = [*_keys(text), *(Hit(*match.span(1), "password") for match in _LOGIN.finditer(text))]
    start, data = 0, text.encode("utf-8", "replace")
    for shape, line in zip(shape_of(data).split(b"\n"), _zeros(data).split(b"\n"), strict=True):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        has_token, has_name = begins(shape)
        if end - start > WINDOW and (has_token or has_name):
            found += _in_long_line(text, start, end)
        elif has_token or (has_name and _is_named(line)):
            found += _in_window(text[start:end], start, has_token, has_name)
        start = end + 1
    return _merged(found)


def _in_long_line(text: str, start: int, end: int) -> Iterator[Hit]:
    stop = start
    while stop < end:
        stop = min(end, start + WINDOW)
        window = text[start:stop]
        data = window.encode("utf-8", "replace")
        has_token, has_name = begins(shape_of(data))
        if has_token or (has_name and _late(_NAMED).search(_zeros(data))):
            yield from _whole(text, stop, _in_window(window, start, has_token, has_name))
        start = stop - _OVERLAP


def _zeros(data: bytes) -> bytes:
    """A text with zeros for all digits, and with blanks for each line end that is spelled in it."""
    return data.translate(_ZEROS).replace(b"\\n", b"  ").replace(b"\\t", b"  ").replace(b"\\r", b"  ")


_REST = re.compile(r"[\w.~+/=%-]*")


def _whole(text: str, stop: int, hits: Iterable[Hit]) -> Iterator[Hit]:
    """The hits of a window, with the rest of what the window that ends at ``stop`` cut off."""
    for hit in hits:
        rest = _REST.match(text, stop) if hit.end == stop else None
        yield hit._replace(end=rest.end()) if rest else hit


def _in_window(window: str, start: int, has_token: bool, has_name: bool) -> Iterator[Hit]:
    if "\\" in window:  # In JSON a line end is spelled by a letter, which would stand right before a token.
        window = _ESCAPES.sub("  ", window)
    for rule, pattern in (*_own(), *_library()) if has_token else _by_name():
        for match in pattern.finditer(window):
            whole = rule not in _GROUPED and len(match[1] or "" if pattern.groups else "") < _TOKEN
            first, last = match.span(0 if whole else 1)
            if rule not in _GROUPED or not _PLACEHOLDER.fullmatch(window[first:last]):
                yield Hit(start + first, start + last, rule)
    if has_name:
        for first, last, rule in _assigned(window):
            yield Hit(start + first, start + last, rule)


_GROUPED = frozenset([
    "password in a URL", "token in a URL", "authorization header", "registry password", "password in the environment",
    "password in a command",
])  # fmt: skip


def _merged(found: list[Hit]) -> list[Hit]:
    merged: list[Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if merged and hit.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(hit.end, merged[-1].end))
        else:
            merged.append(hit)
    return merged
