"""Publishes to a branch of a git repository: one commit on top of what is there, or in place of it."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import OutputError
from ..write import site_folder
from . import space
from .destination import PRIVATE, Moved, PublishError, emptied, run, without_secrets

NO_JEKYLL = ".nojekyll"
"""Without this file GitHub Pages leaves out what begins with an underscore."""

ATTRIBUTES = ".gitattributes"

OTHERS = frozenset(["README.md", "LICENSE", "CNAME", ATTRIBUTES, ".gitignore", NO_JEKYLL, "style.css"])
"""What a new branch may hold that is no site."""

_PUBLISHED = "refs/published"
"""The commit that the mirror was made from."""

_SENT = "refs/heads/sent"

_SETTINGS = (
    "core.symlinks=false", "core.excludesFile=", "core.hooksPath=", "core.logAllRefUpdates=false",
    "gc.auto=0", "maintenance.auto=false", "protocol.ext.allow=never",
)  # fmt: skip


class GitBranch:
    """A branch. With ``squash`` it has one commit, whatever was there; ``title`` is that of a static Space."""

    def __init__(self, url: str, branch: str, *, squash: bool = False, title: str | None = None) -> None:
        if url.startswith("-") or branch.startswith("-"):
            raise PublishError(f"{url}#{branch} is not a repository and a branch")
        self.name = f"{without_secrets(url)}#{branch}"
        self._url = os.path.abspath(url) if os.path.isdir(url) else url
        self._ref = f"refs/heads/{branch}"
        self._squash = squash
        self._space = title
        self._head: str | None = None
        self._env: dict[str, str] = {}

    def fetch(self, mirror: Path) -> bool:
        """Check the branch out; see ``Destination``."""
        repository = mirror.with_name("git")
        mirror.mkdir(parents=True, exist_ok=True)
        # Variables of a hook that runs this would lead to its own repository.
        inherited = {key: value for key, value in os.environ.items() if key not in _LOCAL}
        self._env = {**inherited, "GIT_DIR": str(repository), "GIT_WORK_TREE": str(mirror), "GIT_TERMINAL_PROMPT": "0"}
        if not (repository / "HEAD").is_file():
            self._git("init", "-q")
        if self._run("check-ref-format", self._ref, fails=(1,))[0]:
            raise PublishError(f"{self.name}: git takes no such name of a branch. Name another")
        self._store_as_they_are(_read(mirror / ATTRIBUTES))
        # Of a publish that was killed; the lock on the mirror is ours.
        for left in (*repository.glob("*.lock"), *repository.glob("refs/**/*.lock")):
            left.unlink()
        self._head = self._remote()
        if self._head is None:
            had = self._is_known(_PUBLISHED)
            self._git("update-ref", "-d", _PUBLISHED)
            (repository / "index").unlink(missing_ok=True)
            return emptied(mirror) if had or not site_folder.exists(mirror) else False
        if self._head == self._commit(_PUBLISHED):
            return False
        self._git("fetch", "-q", "--depth", "1", "--no-tags", self._url, f"+{self._ref}:refs/fetched")
        self._head = self._commit("refs/fetched")
        assert self._head is not None
        if self._space is not None:
            self._store_as_they_are(self._run("show", f"{self._head}:{ATTRIBUTES}", fails=(128,))[1])
        self._git("reset", "-q", "--hard", self._head)
        self._git("clean", "-ffdxq")
        self._git("update-ref", _PUBLISHED, self._head)
        self._adopt(mirror)
        return True

    def send(self, mirror: Path, message: str) -> bool:
        """Commit and push; see ``Destination``."""
        (mirror / NO_JEKYLL).touch()
        if self._space is not None:
            space.prepare(mirror, self._space)
            self._store_as_they_are(_read(mirror / ATTRIBUTES))
        self._git("add", "-A", "-f", "--", ".", *(f":(exclude,top){path}" for path in PRIVATE))
        tree = self._git("write-tree").strip()
        if self._head is not None and tree == self._git("rev-parse", f"{self._head}^{{tree}}").strip():
            return False
        parents = [] if self._squash or self._head is None else ["-p", self._head]
        commit = self._git(*self._author(), "commit-tree", tree, *parents, "-m", message).strip()
        lease = [f"--force-with-lease={self._ref}:{self._head or ''}"] if self._squash else []
        try:
            if self._space is not None and space.patterns(_read(mirror / ATTRIBUTES)):
                self._git("update-ref", _SENT, commit)  # Git LFS pushes refs.
                self._git("lfs", "push", "origin", _SENT)
            # On this machine git writes the repository as well, and a kill would leave a lock there, which git keeps.
            is_here = os.path.isdir(self._url.removeprefix("file://"))
            self._run("push", "-q", *lease, self._url, f"{commit}:{self._ref}", apart=is_here)
        except PublishError as error:
            if self._remote() != self._head:
                raise Moved(f"somebody else has published to {self.name}") from error
            raise
        self._git("update-ref", _PUBLISHED, commit)
        return True

    def _store_as_they_are(self, attributes: str) -> None:
        """Store files as they are, whatever the branch says; those of a Space that its rules give to Git LFS, by it."""
        rules = space.patterns(attributes) if self._space is not None else []
        lines = ["* -text -ident -filter -working-tree-encoding", *(f"{one} filter=lfs" for one in rules)]
        info = Path(self._env["GIT_DIR"]) / "info"
        info.mkdir(exist_ok=True)
        (info / "attributes").write_text("\n".join(lines) + "\n", "utf-8")

    def _adopt(self, mirror: Path) -> None:
        """Take a branch that holds no site and nothing in the way of one as an empty site."""
        try:
            site_folder.exists(mirror)
        except OutputError:
            others = set(os.listdir(mirror)) - OTHERS
            if others - ({"index.html"} if self._space is not None else set()):
                raise PublishError(
                    f"{self.name} holds no site, but files such as {min(others)}; name another branch"
                ) from None
            site_folder.Output(mirror, fresh=False).begin()

    def _remote(self) -> str | None:
        """The commit of the branch at the destination; None if there is no such branch yet."""
        code, lines = self._run("ls-remote", "--exit-code", self._url, self._ref, fails=(2,))
        return None if code else lines.split()[0]

    def _commit(self, ref: str) -> str | None:
        code, line = self._run("rev-parse", "-q", "--verify", ref, fails=(1,))
        return None if code else line.strip()

    def _is_known(self, ref: str) -> bool:
        return self._commit(ref) is not None

    def _author(self) -> list[str]:
        """Who commits, where git knows nobody, such as on a CI runner."""
        code, _ = self._run("var", "GIT_COMMITTER_IDENT", fails=(128,))
        return ["-c", "user.name=runpages", "-c", "user.email=runpages@localhost"] if code else []

    def _git(self, *arguments: str) -> str:
        return self._run(*arguments)[1]

    def _run(self, *arguments: str, fails: tuple[int, ...] = (), apart: bool = False) -> tuple[int, str]:
        known = (
            (*_SETTINGS, *space.SETTINGS, f"remote.origin.url={self._url}") if self._space is not None else _SETTINGS
        )
        settings = (part for setting in known for part in ("-c", setting))
        return run(("git", *settings, *arguments), name=self.name, env=self._env, fails=fails, apart=apart)


_LOCAL = frozenset(
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"]
)


def _read(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""
