"""The pages of a site: values in, finished pages out; nothing here reads or writes a file."""

from .charts import ShownCharts, diagnostics_script, steps_script
from .data import SEARCH, runs_script, search_script, words_script
from .entry import entry_of
from .experiment import experiment_page
from .figures import bundle, drawn, figures_script
from .home import HOME, home_page
from .live import LIVE, is_live, live_script
from .logs import LINES, lines_script
from .metrics import curves
from .outputs import first, hrefs
from .points import chunk_script, points_script
from .preview import RunPreviews, previews
from .run import gallery_script, run_page
from .tables import metric_scripts, table_scripts
from .view import Render

__all__ = [
    "HOME",
    "LINES",
    "LIVE",
    "SEARCH",
    "Render",
    "RunPreviews",
    "ShownCharts",
    "bundle",
    "chunk_script",
    "curves",
    "diagnostics_script",
    "drawn",
    "entry_of",
    "experiment_page",
    "figures_script",
    "first",
    "gallery_script",
    "home_page",
    "hrefs",
    "is_live",
    "lines_script",
    "live_script",
    "metric_scripts",
    "points_script",
    "previews",
    "run_page",
    "runs_script",
    "search_script",
    "steps_script",
    "table_scripts",
    "words_script",
]
