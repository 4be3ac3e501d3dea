"""Which names say that a file holds keys or passwords: it enters no snapshot and no site."""

from __future__ import annotations

import re
from fnmatch import translate

FILES = (
    ".env", ".env.*", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.keystore", "id_rsa*", "id_dsa*", "id_ecdsa*",
    "id_ed25519*", ".netrc", ".npmrc", ".pypirc", ".git-credentials", "kubeconfig", "credentials",
)  # fmt: skip
"""Names of files that hold keys and passwords."""

FOLDERS = frozenset([".git", ".hg", ".svn", ".ssh", ".aws", ".gnupg", ".kube", ".docker"])
"""Names of folders that do; the history of a repository may hold what was deleted from it."""

_FILES = re.compile("|".join(map(translate, FILES)))  # One for all: each file of each run is looked at.


def is_secret(path: str) -> bool:
    """Whether a file's name, or that of a folder on its way, is one that holds keys and passwords."""
    *folders, name = path.lower().split("/")
    return not FOLDERS.isdisjoint(folders) or _FILES.match(name) is not None
