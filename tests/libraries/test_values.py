"""What libraries hand to a run: scalars, tables, parameters and pictures of their own types."""

from __future__ import annotations

import pytest

from tests.libraries.conftest import Logged

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("default")]


def test_scalars_of_xarray_polars_and_pyarrow(logged: Logged) -> None:
    (run,) = logged("""
import numpy as np, polars as pl, pyarrow as pa, pyarrow.compute as pc, runpages, xarray as xr
with runpages.start("scalars", capture=False) as run:
    run.log("xarray", xr.DataArray([1.0, 2.0]).mean())
    run.log("polars", pl.Series([1.0, 3.0]).mean())
    run.log("pyarrow", pc.mean(pa.array([1.0, 2.0])))
    run.log("long", np.longdouble(2.5))
    run.log_list("series", pl.Series([1.0, 2.0]))
    run.log_list("array", pa.array([1, 2]))
""")
    values = {name: series.values for name, series in run.series.items()}
    assert values == {
        "xarray": [1.5], "polars": [2.0], "pyarrow": [1.5], "long": [2.5], "series": [1.0, 2.0], "array": [1, 2],
    }  # fmt: skip


def test_frames_whose_index_says_what_the_rows_are(logged: Logged) -> None:
    (run,) = logged("""
import pandas as pd, runpages
frame = pd.DataFrame({"model": ["a", "b", "a"], "fold": [1, 1, 2], "loss": [1.0, 2.0, 3.0]})
with runpages.start("frames", capture=False) as run:
    run.log_table("plain", frame)
    run.log_table("means", frame.groupby("model")[["loss"]].mean())
    run.log_table("describe", frame[["loss"]].describe())
    run.log_table("crosstab", pd.crosstab(frame["model"], frame["fold"]))
""")
    tables = {table.name: table for table in run.tables}
    assert tables["plain"].columns == ["model", "fold", "loss"]
    assert tables["means"].rows == [{"model": "a", "loss": 2.0}, {"model": "b", "loss": 2.0}]
    first = tables["describe"].columns[0]
    assert [row[first] for row in tables["describe"].rows][:3] == ["count", "mean", "std"]
    assert tables["crosstab"].rows == [{"model": "a", "1": 1, "2": 1}, {"model": "b", "1": 1, "2": 0}]


def test_frames_of_polars_and_pyarrow(logged: Logged) -> None:
    (run,) = logged("""
import datetime, polars as pl, pyarrow as pa, runpages
day = datetime.date(2026, 1, 2)
with runpages.start("frames", capture=False) as run:
    run.log_table("polars", pl.DataFrame({"day": [day, None], "x": [1, 2]}))
    run.log_table("pyarrow", pa.table({"day": [day, None], "x": [1, 2]}))
""")
    rows = [{"day": "2026-01-02", "x": 1}, {"day": None, "x": 2}]
    assert [(table.name, table.rows) for table in run.tables] == [("polars", rows), ("pyarrow", rows)]


def test_figures_of_libraries_that_draw_on_matplotlib(logged: Logged) -> None:
    (run,) = logged("""
import matplotlib
matplotlib.use("Agg")
import numpy as np, pandas as pd, plotnine as p9, runpages, seaborn as sns
from sklearn.metrics import ConfusionMatrixDisplay
frame = pd.DataFrame({"x": [1, 2, 3, 4], "y": [1.0, 4.0, 9.0, 16.0], "k": list("aabb")})
with runpages.start("figures", capture=False) as run:
    run.log_image("axes", plot=frame.plot(x="x", y="y"))
    run.log_image("facets", plot=sns.relplot(frame, x="x", y="y", col="k"))
    run.log_image("joint", plot=sns.jointplot(frame, x="x", y="y"))
    run.log_image("display", plot=ConfusionMatrixDisplay(np.eye(2)).plot())
    run.log_image("plotnine", plot=p9.ggplot(frame, p9.aes("x", "y")) + p9.geom_point())
""")
    assert {image.name for image in run.images} == {"axes", "facets", "joint", "display", "plotnine"}
    assert all((image.width or 0) > 100 for image in run.images)


def test_settings_of_many_kinds(logged: Logged) -> None:
    (run,) = logged("""
import argparse, dataclasses, enum, pathlib
import attrs, ml_collections, numpy as np, pydantic, runpages
from omegaconf import OmegaConf

class Mode(enum.Enum):
    FAST = "fast"

@dataclasses.dataclass
class Data:
    path: pathlib.Path = pathlib.Path("data/x.csv")
    mode: Mode = Mode.FAST

@attrs.define
class Optimizer:
    lr: float = 0.1
    betas: tuple = (0.9, 0.99)

class Model(pydantic.BaseModel):
    width: int = 3
    token: pydantic.SecretStr = pydantic.SecretStr("hunter2")

params = {
    "omega": OmegaConf.create({"a": {"b": 1}, "c": "${a.b}", "d": [1, 2]}),
    "missing": OmegaConf.create({"lr": "???", "n": 2}),
    "args": argparse.Namespace(lr=0.1, layers=[1, 2]),
    "data": Data(),
    "optimizer": Optimizer(),
    "model": Model(),
    "collections": ml_collections.ConfigDict({"x": {"y": 1}}),
    "dtype": np.float32,
    "activation": np.tanh,
    "class": dict,
}
with runpages.start("settings", params=params, capture=False):
    pass
""")
    assert run.params["args"] == {"lr": 0.1, "layers": [1, 2]}
    assert run.params["data"] == {"path": "data/x.csv", "mode": "fast"} or run.params["data"]["mode"] in (
        "FAST",
        "Mode.FAST",
    )
    assert run.params["optimizer"] == {"lr": 0.1, "betas": [0.9, 0.99]}
    assert run.params["model"]["width"] == 3 and "hunter2" not in str(run.params)
    assert run.params["collections"] == {"x": {"y": 1}}
    assert run.params["missing"] == {"lr": "???", "n": 2}
    assert "float32" in run.params["dtype"] and " at 0x" not in str(run.params)
