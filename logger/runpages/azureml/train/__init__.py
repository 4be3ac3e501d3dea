"""What ``azureml.train`` had: the first place of the widget."""

from __future__ import annotations

from .. import absent

absent.register(__name__, "automl", "dnn", "estimator", "hyperdrive")
