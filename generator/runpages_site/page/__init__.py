"""The pages of a site: values in, finished pages out; nothing here reads or writes a file."""

from .data import SEARCH, runs_script, search_script, words_script
from .entry import entry_of
from .experiment import experiment_page
from .figures import bundle, drawn, figures_script
from .home import home_page
from .metrics import curves
from .outputs import first, hrefs
from .points import chunk_script, points_script
from .preview import RunPreviews, previews
from .run import run_page

__all__ = [
    "SEARCH",
    "RunPreviews",
    "bundle",
    "chunk_script",
    "curves",
    "drawn",
    "entry_of",
    "experiment_page",
    "figures_script",
    "first",
    "home_page",
    "hrefs",
    "points_script",
    "previews",
    "run_page",
    "runs_script",
    "search_script",
    "words_script",
]
