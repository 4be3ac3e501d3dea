"""``python -m runpages_site.settings``: print the JSON Schema of ``runpages.yml``."""

from __future__ import annotations

import json
import sys

from .json_schema import schema

sys.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n")
