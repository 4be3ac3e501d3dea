"""k nearest neighbours on the digits, k from 1 to 15: many small runs that differ in one parameter."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

import runpages


def main():
    X, y = load_digits(return_X_y=True)
    X_train, X_val, y_train, y_val = train_test_split(X / 16, y, test_size=0.2, random_state=0)
    for k in range(1, 16):
        with runpages.start("digits-knn", name=f"k{k}", params={"k": k}, capture=()) as run:
            model = KNeighborsClassifier(n_neighbors=k).fit(X_train, y_train)
            wrong = model.predict(X_val) != y_val
            run.log("accuracy", 1 - wrong.mean())
            run.log("errors", wrong.sum())  # numpy numbers are fine
            print(f"k {k:2}  accuracy {1 - wrong.mean():.4f}")


if __name__ == "__main__":
    main()
