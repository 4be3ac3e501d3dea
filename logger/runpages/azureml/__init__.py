"""The module paths of the Azure ML SDK: replace ``azureml`` by ``runpages.azureml`` in a script's imports."""

from __future__ import annotations

from . import absent

absent.install()
