"""k nearest neighbours on the digits, k from 1 to 15 or as given: many small runs that differ in one parameter."""

import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

import runpages


def parse_arguments():
    parser = argparse.ArgumentParser(description="Let the nearest neighbours of each digit vote.")
    parser.add_argument("--k", type=int, nargs="+", default=range(1, 16), help="how many neighbours vote")
    parser.add_argument("--suffix", default="", help="end of the names of the runs")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X / 16, y, test_size=0.2, random_state=0)
    for k in arguments.k:
        with runpages.start("digits-knn", name=f"k{k}{arguments.suffix}", params={"k": k}, capture=()) as run:
            run.take_snapshot(__file__)
            model = KNeighborsClassifier(n_neighbors=k).fit(X_train, y_train)
            wrong = model.predict(X_val) != y_val
            run.log("accuracy", 1 - wrong.mean())
            run.log("errors", wrong.sum())  # numpy numbers are fine
            print(f"k {k:2}  accuracy {1 - wrong.mean():.4f}")


if __name__ == "__main__":
    main()
