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


_S3, _SFTP = ("s3", "s3a"), ("sftp", "ssh")
_IN_BUCKETS = (*_S3, "gs", "gcs", "abfs", "abfss", "az")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL")
_CHECKSUMS = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}


AT_ONCE = 16
"""Requests that are under way at a time."""

PATIENCE = 60.0
"""Seconds that a request, with what is tried again of it, may take beside the time for its bytes."""

SLOWEST = 10_000
"""Bytes a second that one of several files travels at least."""

_TRIES = 2
"""How often s3fs asks; botocore asks five times each time, and waits 15 seconds for an answer."""

_CONNECT = 15.0
"""Seconds to wait for an SFTP server to accept a connection."""


class StorageError(BuildError):
    """Storage cannot be read or written."""


def open_storage(url: str, options: Mapping[str, Any]) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL, and the path in it, without a slash at its end.

    Raises StorageError for an unknown scheme, options that are refused, and a package that is not installed.
    """
    scheme, slashes, place = url.partition("://")
    if not slashes or (scheme in _IN_BUCKETS and not place.strip("/")):
        scheme = scheme.rstrip(":/")
        raise StorageError(f"{scheme}:// names no place; write {scheme}://BUCKET/FOLDER")
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise StorageError(f"{shown(url)} needs fsspec, which is not installed: {_install(scheme)}") from None
    try:
        opened = _sftp if scheme in _SFTP else url_to_fs
        fs, path = opened(url, **{"skip_instance_cache": True, **options, **_plain(scheme, options)})
    except ImportError as error:
        raise StorageError(
            f"{shown(url)} needs a package that is not installed: {_install(scheme)} ({error})"
        ) from None
    except (ValueError, TypeError) as error:
        raise StorageError(f"{shown(url)} cannot be opened: {error}") from None
    if scheme in _S3:
        fs.retries = _TRIES
    elif scheme in _SFTP:
        fs.ftp.get_channel().settimeout(PATIENCE)
    return fs, path.rstrip("/")


def _sftp(url: str, **options: Any) -> tuple[AbstractFileSystem, str]:
    """The file system of a URL of SFTP, whose server has the key that ``known_hosts`` names, if it names one.

    fsspec does not read ``known_hosts``, and would send a password to any server that answers at the address.
    """
    import paramiko
    from fsspec.implementations.sftp import SFTPFileSystem

    class Known(SFTPFileSystem):  # type: ignore[misc]
        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(getattr(self, "host_key_policy", paramiko.AutoAddPolicy()))
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    path: str = Known._strip_protocol(url)
    return Known(**{**Known._get_kwargs_from_urls(url), **options}), path


def within(fs: AbstractFileSystem, size: int = 0) -> dict[str, float]:
    """The argument for a call of a file system by which it ends though nothing answers; ``size`` is in bytes.

    Clients of S3 wait without a limit for the server's consent to a body (``100 Continue``), and while it reads none.
    Clients that are not asynchronous have limits of their own.
    """
    return {"timeout": PATIENCE + size / SLOWEST} if fs.async_impl else {}


def is_silence(error: BaseException) -> bool:
    """Whether an error says that nothing answered in time."""
    return isinstance(error, TimeoutError) or "Timeout" in type(error).__name__


def said(error: Exception) -> str:
    """What went wrong, in one line, and what may help."""
    said = " ".join(str(error).split()) or type(error).__name__
    kind = type(error).__name__
    if kind == "BadHostKeyException":
        return f"{said}. Another machine may answer at its address; if its key is a new one: ssh-keygen -R HOST"
    if isinstance(error, TypeError) and "unexpected keyword argument" in said:
        return f"there is no option {said.rpartition(' ')[2]}. Check what --storage-option names"
    if isinstance(error, PermissionError) or "Credential" in kind or "authentication" in f"{kind} {said}".lower():
        return f"access was refused ({said}). Check the credentials: in the environment, or with --storage-option"
    if is_silence(error):
        return f"there was no answer ({said}). See whether the server can be reached, and build again"
    return f"{said} ({kind})"


def _plain(scheme: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are always given, where ``options`` do not name another value.

    What an S3 server that is not that of AWS may not understand is not asked of it.
    """
    if scheme in _SFTP:
        return {"timeout": options.get("timeout", _CONNECT)}
    if scheme not in _S3:
        return {}
    is_other = "endpoint_url" in options or any(map(os.environ.get, _ENDPOINTS))
    # As many connections as requests: one that waits for a connection is waited for without an end.
    config = {"max_pool_connections": AT_ONCE, **(_CHECKSUMS if is_other else {}), **options.get("config_kwargs", {})}
    # What is listed is never taken from a cache: others write there, too.
    return {"use_listings_cache": options.get("use_listings_cache", False), "config_kwargs": config}


def shown(url: str) -> str:
    """A URL without the credentials in it."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _install(scheme: str) -> str:
    needed = dict.fromkeys(["runpages[remote]", PACKAGES.get(scheme, "runpages[remote]")])
    return "pip install " + " ".join(f'"{one}"' if "[" in one else one for one in needed)
