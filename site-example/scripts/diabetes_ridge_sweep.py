"""Ridge regression on the diabetes data for 20 values of alpha, all in one run."""

import io

import joblib
import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import train_test_split

import runpages

ALPHAS = [round(0.05 * i, 2) for i in range(20)]


def plot_mse(alphas, mses):
    figure = Figure(figsize=(5, 3), dpi=90, layout="constrained")
    axes = figure.subplots()
    axes.plot(alphas, mses, marker="o", markersize=4)
    best = int(np.argmin(mses))
    label = f"{mses[best]:.2f} at {alphas[best]:.2f}"
    axes.annotate(label, (alphas[best], mses[best]), (0, 24), textcoords="offset points", ha="center")
    axes.set(xlabel="alpha", ylabel="mean squared error")
    return figure


def plot_coefficients(alphas, coefficients, feature_names):
    figure = Figure(figsize=(5, 3), dpi=90, layout="constrained")
    axes = figure.subplots()
    axes.plot(alphas, coefficients, label=feature_names)
    axes.set(xlabel="alpha", ylabel="coefficient")
    figure.legend(loc="outside right center", frameon=False)
    return figure


def binned_residuals(residuals):
    counts, edges = np.histogram(residuals, bins=16)
    return {"bin_edges": edges.tolist(), "bin_counts": counts.tolist()}


def binned_predictions(y, predicted):
    """Mean and standard deviation of what was predicted, in ten bins of the true values."""
    edges = np.linspace(y.min(), y.max(), 11)
    place = np.clip(np.digitize(y, edges) - 1, 0, 9)
    bins = [predicted[place == at] for at in range(10)]
    return {
        "bin_averages": [values.mean() if len(values) else np.nan for values in bins],
        "bin_errors": [values.std() if len(values) else np.nan for values in bins],
        "bin_counts": [len(values) for values in bins],
        "bin_edges": edges.tolist(),
    }


def main():
    data = load_diabetes()
    X_train, X_test, y_train, y_test = train_test_split(data.data, data.target, test_size=0.2, random_state=0)
    with runpages.start(
        "diabetes-ridge",
        name="alpha-sweep",
        params={"model": "ridge", "sweep": {"alpha": {"from": 0.0, "to": 0.95, "step": 0.05}}},
        tags={"Description": "Ridge regression with 20 values of alpha"},
        description="The error over the strength of the penalty: `alpha` and `mse` are vectors of one run.",
        capture=("python", "packages"),
    ) as run:
        run.define("mse", goal="min", description="Mean squared error on the test fifth of the data")
        models, mses = [], []
        for alpha in ALPHAS:
            model = Ridge(alpha=alpha).fit(X_train, y_train)
            mse = mean_squared_error(y_test, model.predict(X_test))
            # The same name again and again makes a vector; the row keeps what belongs together.
            run.log("alpha", alpha)
            run.log("mse", mse)
            run.log_row("mse by alpha", alpha=alpha, mse=mse)
            print(f"alpha {alpha:.2f}  mse {mse:.2f}")
            models.append(model)
            mses.append(mse)

        best = int(np.argmin(mses))
        run.log("best/alpha", ALPHAS[best])
        run.log("best/mse", mses[best])
        run.log_list("coefficients", models[best].coef_)
        run.log_table("coefficients by feature", {"feature": data.feature_names, "value": models[best].coef_})
        predicted = models[best].predict(X_test)
        run.log_residuals("residuals", binned_residuals(predicted - y_test))
        run.log_predictions("predicted and true", binned_predictions(y_test, predicted))
        run.log_image("mse over alpha", plot=plot_mse(ALPHAS, mses))
        run.log_image(
            "coefficients over alpha",
            plot=plot_coefficients(ALPHAS, [model.coef_ for model in models], data.feature_names),
        )
        # A stream goes into the run without a file on the way.
        stream = io.BytesIO()
        joblib.dump(models[best], stream)
        stream.seek(0)
        run.upload_file("outputs/model.pkl", stream)


if __name__ == "__main__":
    main()
