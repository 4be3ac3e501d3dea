"""The open data set that the first tutorial of the SDK trains on; the others are refused."""

from __future__ import annotations

from . import absent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Diabetes"]


class Diabetes:
    """The diabetes data of scikit-learn, with the columns of the open data set: ``AGE`` to ``S6``, and ``Y``."""

    @classmethod
    def get_tabular_dataset(cls) -> type[Diabetes]:
        """The same data."""
        return cls

    @staticmethod
    def to_pandas_dataframe() -> Any:
        """442 rows and 11 columns of a data frame; needs scikit-learn and pandas."""
        from sklearn.datasets import load_diabetes

        frame = load_diabetes(as_frame=True, scaled=False).frame
        return frame.rename(columns={"target": "y"}).rename(columns=str.upper)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> None:
        """Refuse the other data sets."""
        if name.startswith("__"):  # Python itself asks for these.
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        raise absent.refusal(__name__, name, absent.INSTEAD["opendatasets"])
