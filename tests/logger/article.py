"""A sweep as one writes it for the Azure ML SDK: a script of twenty trials, its helper, and who hands it over."""

from __future__ import annotations

import re

HELPER = """
import numpy

def alphas():
    return numpy.arange(0.0, 1.0, 0.05)
"""
TRAIN = """
from azureml.core.run import Run

import joblib
import mylib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

run = Run.get_submitted_run()
x, y = load_diabetes(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
for alpha in mylib.alphas():
    model = Ridge(alpha=alpha).fit(x_train, y_train)
    error = mean_squared_error(y_test, model.predict(x_test))
    run.log("alpha", alpha)
    run.log("mse", error)
    file = f"ridge_{alpha:.2f}.pkl"
    joblib.dump(value=model, filename=file)
    run.upload_file(name=file, path_or_stream=file)
    print(f"{alpha:.2f} {error:.2f}")
"""

PREPARE = """
import sys

from azureml.core import Workspace, Run
from azureml.core import Experiment
from azureml.core import ScriptRunConfig
from azureml.core.runconfig import RunConfiguration
from WIDGETS import RunDetails

ws = Workspace.from_config()
experiment = Experiment(workspace=ws, name="diabetes-sweep")

settings = RunConfiguration()
settings.environment.python.user_managed_dependencies = True
settings.environment.python.interpreter_path = sys.executable
source = ScriptRunConfig(source_directory="project", script="train.py", run_config=settings)
"""
SUBMIT = """
run = experiment.submit(source)
RunDetails(run).show()
"""
WAIT = """
run.wait_for_completion(show_output=True)
"""
BEST = """
metrics = run.get_metrics()
mse, alpha = min(zip(metrics["mse"], metrics["alpha"]))
files = [name for name in run.get_file_names() if name.startswith("ridge_")]
print(f"best alpha {alpha:.2f}, MSE {mse:.2f}, of {len(metrics['alpha'])} with {len(files)} files")
print(run.get_portal_url())
"""
FOUND = "best alpha 0.40, MSE 3295.71, of 20 with 20 files"


def moved(text: str, widgets: str = "azureml.widgets") -> str:
    """A text with the imports of this package; ``widgets`` is the old name of the module of ``RunDetails``."""
    return re.sub(r"\bazureml\b", "runpages.azureml", text.replace("WIDGETS", widgets))
