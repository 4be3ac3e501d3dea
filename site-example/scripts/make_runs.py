"""Make all runs of this example again.

python site-example/scripts/make_runs.py            # refuses where there are runs already
python site-example/scripts/make_runs.py --replace  # puts the new runs in the place of the old ones
"""

import argparse
import json
import os
import runpy
import shutil
import sys
import tempfile
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
RUNS = SCRIPTS.parent / "runs"
EXPERIMENTS = ("diabetes-ridge", "digits-knn", "digits-mlp")

# Sums over several threads can differ in the last digit. This has to be set before numpy is loaded.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))


def call_script(script, *arguments):
    """Run a script of this folder as the command line would, but with its short name in tracebacks."""
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


def edit_script(script, before, after):
    """Change one line of a script, as one does between two runs."""
    path = Path(script)
    text = path.read_text("utf-8")
    if text.count(before) != 1:
        sys.exit(f"error: {script} has {text.count(before)} times {before!r}, not once")
    path.write_text(text.replace(before, after), "utf-8")


def call_scripts():
    call_script("diabetes_ridge.py")
    call_script("diabetes_ridge_sweep.py")
    call_script("digits_knn.py")
    # A change of the code that is no parameter: only the snapshots of the runs know of it.
    edit_script("digits_knn.py", "(n_neighbors=k)", '(n_neighbors=k, weights="distance")')
    call_script("digits_knn.py", "--k", "3", "--suffix=-weighted")
    for learning_rate in ("0.001", "0.01", "0.1"):
        for seed in range(6):
            call_script("digits_mlp.py", "--learning-rate", learning_rate, "--seed", str(seed))
    try:
        call_script("digits_mlp.py", "--solver", "sgd", "--learning-rate", "1e30", "--name", "sgd-lr1e30")
    except ValueError as error:
        print(f"failed, as it should: {error}")
    else:
        sys.exit("error: the run with a learning rate of 1e30 did not fail")


def find_runs(workspace):
    """Map (experiment, name of the run) to the folders of the runs."""
    runs = {}
    for experiment in EXPERIMENTS:
        for document in sorted(workspace.glob(f"{experiment}/*/run.json")):
            name = json.loads(document.read_text("utf-8")).get("name")
            runs.setdefault((experiment, name), []).append(document.parent)
    return runs


def put_in_place(made, old):
    """Move the new runs to where they belong, then remove those they replace, and nothing else."""
    for (experiment, _), folders in made.items():
        target = RUNS / experiment
        target.mkdir(exist_ok=True)
        for folder in folders:
            folder.rename(target / folder.name)
        document = folders[0].parent / "experiment.json"
        if document.exists() and not (target / document.name).exists():
            document.rename(target / document.name)
    for key in made.keys() & old.keys():
        for folder in old[key]:
            shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser(description="Make all runs of this example again.")
    parser.add_argument("--replace", action="store_true", help="replace the runs of the same names")
    arguments = parser.parse_args()

    old = find_runs(RUNS)
    if old and not arguments.replace:
        count = sum(len(folders) for folders in old.values())
        sys.exit(f"error: {RUNS} holds {count} runs already. Call with --replace to replace those of the same names.")

    # The runs are made aside, so that the old ones stay until all new ones are there. The scripts work in a
    # copy of their folder: what they write beside themselves goes away with it. (Readers skip dot folders.)
    RUNS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=RUNS) as aside:
        workspace, copies = Path(aside, "runs"), Path(aside, "scripts")
        shutil.copytree(SCRIPTS, copies, ignore=shutil.ignore_patterns("*.pyc", "__pycache__"))
        os.environ["RUNPAGES_WORKSPACE"] = str(workspace)
        os.chdir(copies)
        call_scripts()
        os.chdir(SCRIPTS)
        made = find_runs(workspace)
        put_in_place(made, old)
    print(f"{sum(len(folders) for folders in made.values())} runs are in {RUNS}")


if __name__ == "__main__":
    main()
