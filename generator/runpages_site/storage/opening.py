"""Opens storage by its URL, through fsspec, which is loaded here and nowhere before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import BuildError

INSTALL = "pip install 'runpages[remote]'"

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL")
_CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
"""What botocore adds by default servers other than those of AWS may not understand."""


def open_storage(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """The file system of fsspec for a URL, and the path in it without a slash at the end; nothing is asked yet.

    ``options`` are those of the file system. Raises BuildError for a URL or options that cannot be right, and for a
    package that is missing.
    """
    scheme = urlsplit(url).scheme
    try:
        import fsspec
    except ImportError:
        raise BuildError(f"{url} needs fsspec, which is not installed: {INSTALL}") from None
    given = dict(options)
    if scheme in ("s3", "s3a") and ("endpoint_url" in given or any(map(os.environ.get, _ENDPOINTS))):
        given.setdefault("config_kwargs", _CHECKSUMS)
    try:
        storage, path = fsspec.core.url_to_fs(url, skip_instance_cache=True, **given)
    except ImportError as error:
        how = f". To install it: {INSTALL}" if scheme in ("s3", "s3a") else ""
        raise BuildError(f"{url}: {error}{how}") from None
    except (ValueError, TypeError) as error:
        raise BuildError(f"{url} cannot be opened: {error}") from None
    return storage, path.rstrip("/")
