"""A built site as files: its pages, where they lead, and what `runpages check` says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from runpages_site.check.html import read
from runpages_site.check.site import Target, check, target
from runpages_site.site import NOT_FOUND


class Tree:
    """The files of a built site."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        self.pages = sorted(filter(is_page, self.files - {NOT_FOUND}))

    def problems(self) -> Iterator[str]:
        """What is wrong with the site, one line each; a file that the build does not own is wrong, too."""
        report = check(self.root)
        yield from (f"{problem.page}:{problem.line}: {problem.message}" for problem in report.problems)
        yield from (f"{path}: not in the manifest" for path in report.foreign)

    def linked(self, page: str) -> set[str]:
        """The pages that a page leads to."""
        references = read((self.root / page).read_text("utf-8")).references
        found = (target(page, reference.target) for reference in references if reference.is_clicked)
        return {there.path for there in found if isinstance(there, Target)} & set(self.pages)


def is_page(path: str) -> bool:
    """Whether a file is a page of the generator, and no file that a run logged: those lie in the run's folder."""
    folder, _, name = path.rpartition("/")
    of_experiment = folder.startswith("e/") and folder.count("/") == 1
    return name.endswith(".html") and (folder in {"", "reports"} or of_experiment)
