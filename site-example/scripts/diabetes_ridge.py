"""One ridge regression on the diabetes data, logged with the calls of the Azure ML SDK.

Apart from the import and ``capture``, this is a script written for that SDK.
"""

import joblib
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

from runpages import Experiment, Workspace

# The three names of a cloud workspace are kept as labels; the runs are written to ./runs.
workspace = Workspace(workspace_name="small-data", subscription_id="local", resource_group="examples")
experiment = Experiment(workspace, "diabetes-ridge")

X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

# This run is published: no host, folder or command goes into it.
run = experiment.start_logging(display_name="alpha0.03", capture=("python", "packages"))
run.tag("Description", "Ridge regression with one alpha")

alpha = 0.03
model = Ridge(alpha=alpha).fit(X_train, y_train)
mse = mean_squared_error(y_test, model.predict(X_test))
run.log("alpha", alpha)
run.log("mse", mse)

joblib.dump(model, "model.pkl")
run.upload_file(name="outputs/model.pkl", path_or_stream="model.pkl")
run.complete()

print(f"alpha {alpha:.2f}  mse {mse:.2f}")
