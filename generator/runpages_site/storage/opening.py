"""Opens a folder in storage by its URL, through fsspec."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import BuildError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

PACKAGES = {
    "s3": "runpages[remote]", "s3a": "runpages[remote]", "gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs",
    "abfss": "adlfs", "az": "adlfs", "sftp": "paramiko", "ssh": "paramiko", "webdav": "webdav4",
    "hf": "huggingface_hub",
}  # fmt: skip
"""What to install for a scheme."""


_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL")
_CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}


class StorageError(BuildError):
    """Storage cannot be read or written."""


def open_storage(url: str, options: Mapping[str, Any]) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL, and the path in it, without a slash at its end.

    Raises StorageError for an unknown scheme, options that are refused, and a package that is not installed.
    """
    scheme = url.partition("://")[0]
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise StorageError(f"{shown(url)} needs fsspec, which is not installed: {_install(scheme)}") from None
    try:
        fs, path = url_to_fs(url, **{"skip_instance_cache": True, **_plain(scheme, options), **options})
    except ImportError as error:
        raise StorageError(
            f"{shown(url)} needs a package that is not installed: {_install(scheme)} ({error})"
        ) from None
    except (ValueError, TypeError) as error:
        raise StorageError(f"{shown(url)} cannot be opened: {error}") from None
    return fs, path.rstrip("/")


def _plain(scheme: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for S3: what a server that is not that of AWS may not understand is not asked of it."""
    if scheme not in ("s3", "s3a"):
        return {}
    # What is listed is never taken from a cache: others write there, too.
    fresh = {"use_listings_cache": False}
    is_other = "endpoint_url" in options or any(map(os.environ.get, _ENDPOINTS))
    return {**fresh, "config_kwargs": _CHECKSUMS} if is_other else fresh


def shown(url: str) -> str:
    """A URL without the credentials in it."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _install(scheme: str) -> str:
    needed = dict.fromkeys(["runpages[remote]", PACKAGES.get(scheme, "runpages[remote]")])
    return "pip install " + " ".join(f'"{one}"' if "[" in one else one for one in needed)
