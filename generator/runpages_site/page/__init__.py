"""The pages of a site: values in, finished pages out; nothing here reads or writes a file."""

from .experiment import experiment_page
from .home import home_page
from .run import run_page

__all__ = ["experiment_page", "home_page", "run_page"]
