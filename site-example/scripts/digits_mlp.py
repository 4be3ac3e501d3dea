"""Train a small neural network on the digits and log every epoch.

python digits_mlp.py --learning-rate 0.01 --seed 0
"""

import argparse
import contextlib
import csv
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

import runpages

EPOCHS = 30
HIDDEN = 64
BATCH_SIZE = 64
CLASSES = np.arange(10)
LAYER_EPOCHS = (1, 5, 15, 30)  # a picture of the weights at each epoch would say little more
SAMPLES = 8
THRESHOLDS = np.linspace(0, 1, 51)

BOLD, GREEN, YELLOW, RESET = "\x1b[1m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


class Tee(io.TextIOBase):
    """Write to several text streams at once."""

    def __init__(self, *streams):
        self.streams = streams

    def write(self, text):
        for stream in self.streams:
            stream.write(text)
            stream.flush()  # the log of a run that dies ends where the program died
        return len(text)


def parse_arguments():
    parser = argparse.ArgumentParser(description="Train a small neural network on the digits.")
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", choices=["adam", "sgd"], default="adam")
    parser.add_argument("--name", help="name of the run")
    return parser.parse_args()


def plot_first_layer(weights):
    """Show what 16 of the hidden units look at, each as a square of 8 × 8 weights."""
    figure = Figure(figsize=(2.4, 2.4), dpi=100, layout="constrained")
    limit = np.abs(weights).max()
    for axes, unit in zip(figure.subplots(4, 4).flat, weights.T, strict=False):
        axes.imshow(unit.reshape(8, 8), cmap="RdBu", vmin=-limit, vmax=limit)
        axes.set_axis_off()
    return figure


def accuracy_table(y, probabilities):
    """Count at each threshold how many of each class are found and missed, rightly and wrongly."""
    tables = []
    for label in CLASSES:
        is_class, score = y == label, probabilities[:, label]
        found = score >= THRESHOLDS[:, None]
        counts = [found & is_class, found & ~is_class, ~found & ~is_class, ~found & is_class]
        tables.append(np.stack([count.sum(axis=1) for count in counts], axis=1).tolist())
    labels = [str(label) for label in CLASSES]
    return {"probability_tables": tables, "probability_thresholds": THRESHOLDS.tolist(), "class_labels": labels}


def log_epoch(run, epoch, model, train, val):
    """Log both losses and accuracies; return those of the validation data."""
    for prefix, (X, y) in {"train": train, "val": val}.items():
        probabilities = model.predict_proba(X)
        loss = log_loss(y, probabilities, labels=CLASSES)
        accuracy = (probabilities.argmax(axis=1) == y).mean()
        run.log(f"{prefix}/loss", loss, step=epoch)
        run.log(f"{prefix}/accuracy", accuracy, step=epoch)
    norm = np.sqrt(sum((weights**2).sum() for weights in model.coefs_))
    run.log("weights_norm", norm, step=epoch)
    if epoch in LAYER_EPOCHS:
        run.log_image("first layer", plot=plot_first_layer(model.coefs_[0]), step=epoch)
    return loss, accuracy


def train_model(run, model, train, val):
    best_loss, best_epoch = np.inf, 0
    for epoch in range(1, EPOCHS + 1):
        start = time.perf_counter()
        model.partial_fit(*train, classes=CLASSES)
        run.log("epoch_seconds", time.perf_counter() - start, step=epoch)
        loss, accuracy = log_epoch(run, epoch, model, train, val)
        mark = ""
        if loss < best_loss:
            best_loss, best_epoch = loss, epoch
            mark = f"  {GREEN}best{RESET}"
        print(f"epoch {epoch:2}/{EPOCHS}  val loss {loss:.4f}  accuracy {accuracy:.4f}{mark}")
    if EPOCHS - best_epoch >= 10:
        print(f"{YELLOW}warning: val loss has not improved since epoch {best_epoch}{RESET}")


def draw_digit(pixels):
    """Dark ink on white, 64 × 64."""
    return (255 - pixels.reshape(8, 8) * 255).astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)


def log_predictions(run, X, y, predicted, confidence):
    """Log what the model says of each digit, with pictures of the wrong ones: where two models differ, one is wrong."""
    wrong = np.flatnonzero(predicted != y)
    for i in wrong:
        run.log_image("wrong digits", draw_digit(X[i]), step=int(i), caption=f"{y[i]} → {predicted[i]}")
    pictures = np.full(len(y), None)
    pictures[wrong] = run.get_metrics("wrong digits").get("wrong digits", [])
    columns = {"row": range(len(y)), "picture": pictures, "true": y, "predicted": predicted}
    run.log_table("predictions", {**columns, "probability": confidence.round(4)})


def log_results(run, model, val):
    """Log where the trained model is right and wrong, and keep its predictions and weights."""
    X, y = val
    probabilities = model.predict_proba(X)
    predicted = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    labels = [str(label) for label in CLASSES]
    run.log_confusion_matrix("validation", {"class_labels": labels, "matrix": confusion_matrix(y, predicted).tolist()})
    run.log_accuracy_table("one against the rest", accuracy_table(y, probabilities))
    precision, recall, f1, n = precision_recall_fscore_support(y, predicted, zero_division=0)
    run.log_table("per class", {"class": labels, "precision": precision, "recall": recall, "f1": f1, "n": n})

    # The wrong ones first, the surest of them on top: they tell the most.
    order = np.lexsort((-confidence, predicted == y))[:SAMPLES]
    for step, i in enumerate(order):
        caption = f"{y[i]} → {predicted[i]} ({confidence[i]:.2f})"
        run.log_image("validation samples", draw_digit(X[i]), step=step, caption=caption)
    pictures = run.get_metrics("validation samples")["validation samples"]
    hardest = {"digit": pictures, "true": y[order], "predicted": predicted[order], "probability": confidence[order]}
    run.log_table("hardest digits", hardest)
    log_predictions(run, X, y, predicted, confidence)

    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(["row", "true", "predicted", "probability", "correct"])
    for i in range(len(y)):
        writer.writerow([i, y[i], predicted[i], f"{confidence[i]:.4f}", "yes" if predicted[i] == y[i] else "no"])
    run.upload_file("outputs/predictions.csv", io.BytesIO(rows.getvalue().encode()))

    wrong = int((predicted != y).sum())
    summary = f"# {wrong} of {len(y)} digits are wrong\n\n| digit | recall |\n|---|--:|\n"
    summary += "".join(f"| {label} | {value:.3f} |\n" for label, value in zip(labels, recall, strict=True))
    run.upload_file("outputs/report/summary.md", io.BytesIO(summary.encode()))
    known = {"accuracy": 1 - wrong / len(y), "layers": [layer.shape for layer in model.coefs_]}
    run.upload_file("outputs/report/model.json", io.BytesIO(json.dumps(known, indent=1).encode()))

    weights = {f"weights_{i}": layer.astype(np.float32) for i, layer in enumerate(model.coefs_)}
    biases = {f"biases_{i}": layer.astype(np.float32) for i, layer in enumerate(model.intercepts_)}
    model_file = io.BytesIO()
    np.savez_compressed(model_file, **weights, **biases)
    model_file.seek(0)
    run.upload_file("outputs/model.npz", model_file)
    print(f"{(predicted == y).sum()} of {len(y)} right; saved outputs/predictions.csv and outputs/model.npz")


def main():
    arguments = parse_arguments()
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X / 16, y, test_size=0.2, random_state=0)
    model = MLPClassifier(
        (HIDDEN,),
        solver=arguments.solver,
        learning_rate_init=arguments.learning_rate,
        batch_size=BATCH_SIZE,
        # A bare seed would shuffle the batches in the same way at each call of partial_fit.
        random_state=np.random.RandomState(arguments.seed),
    )
    name = arguments.name or f"lr{arguments.learning_rate:g}-s{arguments.seed}"
    with runpages.start(
        "digits-mlp",
        name=name,
        params={
            "model": {"hidden": HIDDEN, "activation": model.activation},
            "optimizer": {
                "name": arguments.solver,
                "learning_rate": arguments.learning_rate,
                "batch_size": BATCH_SIZE,
            },
            "epochs": EPOCHS,
            "seed": arguments.seed,
        },
        tags={"data": "digits"},
        description=f"One hidden layer of **{HIDDEN} units** on 8 × 8 pixels, {EPOCHS} epochs of `{arguments.solver}`.",
        capture=("python", "packages"),  # these runs are published: no host, folder or command goes into them
    ) as run:
        run.take_snapshot(__file__)
        run.define("val/loss", goal="min", description="Cross-entropy on the validation fifth of the data")
        run.define("val/accuracy", goal="max", description="Share of the validation digits that are right")
        run.define("epoch_seconds", unit="s", description="Time of one pass over the training data")
        log_path = Path(run.folder, "logs", "console.log")
        log_path.parent.mkdir(exist_ok=True)
        with log_path.open("w", encoding="utf-8") as log, contextlib.redirect_stdout(Tee(sys.stdout, log)):
            print(f"{BOLD}digits-mlp {name}{RESET}")
            print(f"digits: {len(y_train)} train, {len(y_val)} validation, {X.shape[1]} features")
            print(f"{arguments.solver}, learning rate {arguments.learning_rate:g}, seed {arguments.seed}")
            train_model(run, model, (X_train, y_train), (X_val, y_val))
            log_results(run, model, (X_val, y_val))


if __name__ == "__main__":
    main()
