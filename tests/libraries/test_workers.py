"""Runs and the workers of libraries: threads, greenlets and processes log to the run that they belong to."""

from __future__ import annotations

import pytest

from tests.libraries.conftest import Logged

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("default")]


def test_trials_of_optuna_in_threads(logged: Logged) -> None:
    runs = logged("""
import optuna, runpages
optuna.logging.set_verbosity(optuna.logging.WARNING)

def objective(trial):
    x = trial.suggest_float("x", -1, 1)
    with runpages.start("study", name=f"{trial.number:02d}", params=trial.params, capture=False):
        for step in range(20):
            runpages.Run.get_context().log("x", x)
    return x * x

optuna.create_study().optimize(objective, n_trials=12, n_jobs=4)
""")
    assert [run.name for run in runs] == [f"{number:02d}" for number in range(12)]
    assert all(run.series["x"].values == [run.params["x"]] * 20 for run in runs)


def test_a_scorer_in_the_processes_of_a_grid_search(logged: Logged) -> None:
    (run,) = logged("""
import numpy as np, runpages
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

def scorer(model, x, y):
    score = model.score(x, y)
    runpages.Run.get_context().log("score", score)
    return score

if __name__ == "__main__":
    x = np.random.default_rng(0).normal(size=(60, 3))
    with runpages.start("grid", capture=False) as run:
        search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0, 10.0]}, scoring=scorer, n_jobs=2, cv=4)
        search.fit(x, x @ [1.0, 2.0, 3.0])
        run.log("best", search.best_score_)
""")
    assert run.status == "Completed"
    assert len(run.series["score"].values) == 12
    assert len(run.series["best"].values) == 1


def test_a_run_that_joblib_sends_to_its_workers(logged: Logged) -> None:
    (run,) = logged("""
import runpages
from joblib import Parallel, delayed

def task(run, k):
    run.log("k", k, step=k)

if __name__ == "__main__":
    with runpages.start("parallel", capture=False) as run:
        Parallel(n_jobs=2)(delayed(task)(run, k) for k in range(40))
""")
    assert sorted(run.series["k"].values) == list(range(40))  # type: ignore[type-var]
    assert run.status == "Completed"


def test_tasks_of_dask_in_threads_and_in_processes(logged: Logged) -> None:
    runs = logged("""
import dask, runpages

@dask.delayed
def task(run, k):
    run.log("k", k, step=k)

if __name__ == "__main__":
    for scheduler in ("processes", "threads"):
        with runpages.start("dask", name=scheduler, capture=False) as run:
            dask.compute([task(run, k) for k in range(12)], scheduler=scheduler, num_workers=2)
""")
    assert [sorted(run.series["k"].values) for run in runs] == [list(range(12))] * 2  # type: ignore[type-var]


def test_tasks_and_actors_of_ray(logged: Logged) -> None:
    (run,) = logged("""
import ray, runpages

@ray.remote
def task(run, k):
    run.log("task", k, step=k)

@ray.remote
class Actor:
    def __init__(self, run):
        self.run = run
    def log(self, k):
        self.run.log("actor", k, step=k)

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
with runpages.start("ray", capture=False) as run:
    actor = Actor.remote(run)
    ray.get([task.remote(run, k) for k in range(20)] + [actor.log.remote(k) for k in range(20)])
ray.shutdown()
""")
    assert sorted(run.series["task"].values) == list(range(20))  # type: ignore[type-var]
    assert run.series["actor"].values == list(range(20))
    assert run.status == "Completed"


def test_greenlets_of_gevent(logged: Logged) -> None:
    runs = logged("""
from gevent import monkey
monkey.patch_all()
import gevent, runpages

def trial(name):
    with runpages.start("greenlets", name=name, capture=False):
        for _ in range(5):
            runpages.Run.get_context().log("name", name)
            gevent.sleep(0)

gevent.joinall([gevent.spawn(trial, name) for name in "abc"], raise_error=True)
""")
    assert [run.series["name"].values for run in runs] == [[name] * 5 for name in "abc"]
