"""Which names say that a file, or a variable, holds keys or passwords: it enters no snapshot and no site.

The names are facts from the signatures of gitrob and shhgit, from leaky-repo, by which scanners are measured, from the
templates of github/gitignore, and from the documentation of the tools that write such files. A name is here if what
has it is most often a secret; ``settings.py``, ``*.log`` and ``*.sql``, which scanners look into as well, are not. A
new one belongs here, and in the table of ``tests/format/test_secret.py``.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILES = (
    # The environment, and what is called a secret.
    ".env", ".env.*", ".env-*", "*.env", ".envrc", ".renviron", "credentials", ".credentials", "credentials.csv",
    "credentials.db", "credentials.json", "credentials.toml", "credentials.xml", "credentials.y*ml", ".secret",
    ".secrets", "secrets.env", "secrets.ini", "secrets.json", "secrets.toml", "secrets.y*ml", "password.txt",
    "passwords.csv", "passwords.txt", "*api_key.txt", "*api-key.txt", "*apikey.txt", ".token", "token.json",
    "token.pickle", "hf_token*",
    # Private keys, and where they are kept.
    "*.pem", "*.key", "*.keypair", "*.p8", "*.p12", "*.pfx", "*.pkcs12", "*.jks", "*.bks", "*.keystore", "*.ppk",
    "*.snk", "*.agekey", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "id_xmss*", "*_rsa", "*_dsa", "*_ecdsa",
    "*_ed25519", "ssh_host_*_key", "private_key*", "privatekey*", "*private*.asc", "*secret*.asc", "*private*.gpg",
    "*secret*.gpg", "secring.*", "otr.private_key", "*.kdb", "*.kdbx", "*.psafe3", "*.1pif", "*.keychain",
    "*.keychain-db", "*.keyring", "*.kwallet", "wallet.dat", "key.properties", "keystore.properties",
    "*.mobileprovision",
    # Clouds and clusters.
    "accesskeys.csv", "*_accesskeys.csv", "rootkey.csv", "application_default_credentials.json", "access_tokens.db",
    "client_secret*.json", "service-account*.json", "service_account*.json", "serviceaccount*.json",
    "gha-creds-*.json", "*-firebase-adminsdk-*.json", "google-services.json", "googleservice-info.plist", ".boto",
    ".s3cfg", "*passwd-s3fs", "rclone.conf", "accesstokens.json", "azureprofile.json", "*.publishsettings",
    "*.cscfg", ".databrickscfg", ".tugboat", "kubeconfig", "kubeconfig.*", "*.kubeconfig", ".dockercfg",
    ".dockerconfigjson", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json", ".terraformrc", "terraform.rc",
    "credentials.tfrc.json", ".vault-token", ".vault_pass*", "vault_pass*", ".vault-pass*", "vault-pass*",
    "knife.rb", "encrypted_data_bag_secret",
    # Packages, code hosts, and services for training.
    ".npmrc", ".pypirc", "pip.conf", ".netrc", "_netrc", ".git-credentials", ".gitconfig", "auth.json",
    "settings-security.xml", ".sentryclirc", "kaggle.json", "clearml.conf", ".comet.config", ".modal.toml",
    ".cdsapirc", ".ecmwfapirc", ".edl_token", "jupyter_cookie_secret", "jpserver-*.json", "nbserver-*.json",
    # Databases, servers, networks.
    ".pgpass", "pgpass.conf", ".my.cnf", ".mylogin.cnf", ".htpasswd", "htpasswd", ".htdigest", "wp-config.php",
    "localsettings.php", "secret_token.rb", "robomongo.json", "dbeaver-data-sources.xml", "filezilla.xml",
    "sitemanager.xml", "recentservers.xml", "sftp-config.json", ".ftpconfig", ".ftppass", ".remote-sync.json",
    "proftpdpasswd", "*.ovpn", "*.tblk", "*.rdp", "wg[0-9].conf", ".msmtprc", ".esmtprc", ".fetchmailrc", ".muttrc",
    ".cvspass", ".smbcredentials", ".rhosts", ".shosts", ".wgetrc", ".curlrc",
    # Accounts: what was typed, set and stored.
    "shadow", "shadow-", "gshadow", "master.passwd", ".history", ".*_history", ".rhistory", ".bashrc",
    ".bash_profile", ".zshrc", ".zshenv", ".profile", ".exports", "logins.json", "key3.db", "key4.db",
    "cookies.sqlite", "cookies.txt",
)  # fmt: skip
"""Names of files that hold keys and passwords."""

FOLDERS = frozenset(
    [
        *(".git", ".hg", ".svn", ".bzr", ".subversion", ".ssh", ".gnupg", ".password-store", ".pki", ".mozilla"),
        *(".aws", ".azure", ".oci", ".kube", ".docker", ".chef", ".pulumi", ".snowflake", ".snowsql", ".huggingface"),
        *(".kaggle", ".bluemix"),
    ]
)
"""Names of folders that do; the history of a repository may hold what was deleted from it."""

PLACES = (
    ".config/gcloud/*", "legacy_credentials/*", "huggingface/token", "huggingface/stored_tokens", ".config/hub",
    "gh/hosts.yml", "glab-cli/config.yml", "doctl/config.yaml", "containers/auth.json", ".cargo/credentials*",
    ".gem/credentials*", ".m2/settings.xml", ".dvc/config.local", "openstack/clouds.yaml", "openstack/secure.yaml",
    "sops/age/keys.txt", ".vscode/sftp.json", ".idea/webservers.xml", ".idea/datasources.local.xml",
    "*.agilekeychain/*", "*.opvault/*", ".purple/accounts.xml", ".irssi/config", "etc/security/opasswd",
    ".streamlit/secrets.*",
)  # fmt: skip
"""Files whose names say it together with those of their folders."""

_EXACT = frozenset(name for name in FILES if "*" not in name and "[" not in name)  # Each file of each run is looked at.
_EXAMPLES = r".*\.(example|sample|template|tmpl|dist)|(example|sample|template)\.env"
# What editors and people put behind the name of a copy.
_COPIES = r"(~|\.(bak|backup|old|orig|save|swp|copy))$"

_VARIABLES = (
    r"(^|_)(SECRETS?|TOKEN|PASS|PASSWD|PASSPHRASE|CREDENTIALS?|DSN|DATABASE_URL)(_|$)"
    r"|PASSWORD|_PWD$|API_?KEY|ACCESS_?KEY|_KEY$|CONNECTION_?STRING|CONN_STR"
)

_patterns: dict[str, Any] = {}
"""The compiled patterns, made for the first name: few scripts need them, and ``re`` takes longer to load than a run."""


def _pattern(kind: str) -> Any:
    if not _patterns:
        import re
        from fnmatch import translate

        names = "|".join(translate(name) for name in FILES if name not in _EXACT)
        places = "|".join(translate(f"*/{place}") for place in PLACES)
        # At once, since another thread may ask meanwhile.
        _patterns.update(
            name=re.compile(names),
            place=re.compile(places),
            example=re.compile(_EXAMPLES),
            copy=re.compile(_COPIES),
            variable=re.compile(_VARIABLES, re.IGNORECASE),
        )
    return _patterns[kind]


def is_secret(path: str) -> bool:
    """Whether a file's name, or that of a folder on its way, is one that holds keys and passwords."""
    path = _pattern("copy").sub("", path.lower().replace("\\", "/"))
    *folders, name = path.split("/")
    if not FOLDERS.isdisjoint(folders) or _pattern("place").match(f"/{path}"):
        return True
    return (name in _EXACT or _pattern("name").match(name) is not None) and not _pattern("example").fullmatch(name)


def is_secret_variable(name: str) -> bool:
    """Whether the name of an environment variable is one that holds a key or a password."""
    return _pattern("variable").search(name) is not None
