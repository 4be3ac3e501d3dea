"""The pages of a site: values in, finished pages out; nothing here reads or writes a file."""

from .entry import entry_of
from .experiment import experiment_page
from .home import home_page
from .run import run_page

__all__ = ["entry_of", "experiment_page", "home_page", "run_page"]
