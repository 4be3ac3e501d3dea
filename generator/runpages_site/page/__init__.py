"""Renders the pages of a site from values, without reading or writing files."""

from .addresses import not_found, robots, sitemaps
from .all_runs import ALL_RUNS, TITLE, all_runs, row_of
from .blocks import logged_of
from .columns import Chosen, column_scripts, views
from .compare import COMPARE, compare_page, comparison_path
from .compared_files import compared_data
from .components import Render
from .data_scripts import (
    LIVE,
    chunk_script,
    is_live,
    live_script,
    points_script,
)
from .experiment import experiment_page
from .feed import events, feed, feed_of, kept_events, site_events
from .figures import bundle, drawn, figures_script
from .files import first, hrefs, page_links
from .head import (
    HEIGHT,
    WIDTH,
    About,
    Picture,
    of_experiment,
    of_site,
    picture_of_experiment,
    picture_of_run,
    picture_of_site,
)
from .home import HOME, home_page
from .home_summary import entry_of
from .logs import LINES, lines_script
from .metrics import curves
from .part import CSV, JSON, Part, known_runs, part_of, restored, stored, together
from .preview import RunPreviews, previews
from .run import Content, gallery_script, run_page, shown_charts
from .run_data import RUN_DATA, run_script
from .runs_export import Field, csv_head, fields, json_of, json_pieces, runs_csv, runs_json, spelled
from .runs_export import names as table_names
from .runs_table import Default, default_columns
from .search_index import search_blocks, search_entry, search_scripts
from .series import metric_tables
from .tables import table_script, table_scripts

__all__ = [
    "ALL_RUNS",
    "COMPARE",
    "CSV",
    "HEIGHT",
    "HOME",
    "JSON",
    "LINES",
    "LIVE",
    "RUN_DATA",
    "TITLE",
    "WIDTH",
    "About",
    "Chosen",
    "Content",
    "Default",
    "Field",
    "Part",
    "Picture",
    "Render",
    "RunPreviews",
    "all_runs",
    "bundle",
    "chunk_script",
    "column_scripts",
    "compare_page",
    "compared_data",
    "comparison_path",
    "csv_head",
    "curves",
    "default_columns",
    "drawn",
    "entry_of",
    "events",
    "experiment_page",
    "feed",
    "feed_of",
    "fields",
    "figures_script",
    "first",
    "gallery_script",
    "home_page",
    "hrefs",
    "is_live",
    "json_of",
    "json_pieces",
    "kept_events",
    "known_runs",
    "lines_script",
    "live_script",
    "logged_of",
    "metric_tables",
    "not_found",
    "of_experiment",
    "of_site",
    "page_links",
    "part_of",
    "picture_of_experiment",
    "picture_of_run",
    "picture_of_site",
    "points_script",
    "previews",
    "restored",
    "robots",
    "row_of",
    "run_page",
    "run_script",
    "runs_csv",
    "runs_json",
    "search_blocks",
    "search_entry",
    "search_scripts",
    "shown_charts",
    "site_events",
    "sitemaps",
    "spelled",
    "stored",
    "table_names",
    "table_script",
    "table_scripts",
    "together",
    "views",
]
