"""Names that hold keys and passwords, and names that only sound so."""

from __future__ import annotations

import pytest

from runpages.format.secret import FILES, FOLDERS, PLACES, is_secret, is_secret_variable

SECRET = """
.env .env.local .env.production conf/.env.test prod.env docker/.env-staging .envrc .Renviron .secrets secrets.toml
secrets.yaml secrets.yml .streamlit/secrets.toml credentials credentials.json credentials.yml credentials.xml
credentials.csv passwords.txt openai_api_key.txt token.json token.pickle hf_token hf_token.txt .token
server.pem a.key tls/server.KEY key.p8 cert.p12 cert.pfx cert.pkcs12 app.jks release.keystore putty.ppk
id_rsa id_dsa id_ecdsa id_ed25519 id_ed25519_sk deploy_rsa github_ed25519 ssh_host_rsa_key private_key.json
my-private-key.asc secret-key.gpg secring.gpg vault.kdbx old.kdb pw.psafe3 login.keychain login.keychain-db wallet.dat
key.properties .aws/credentials .aws/config home/.AWS/credentials accessKeys.csv someone_accessKeys.csv rootkey.csv
application_default_credentials.json client_secret_123.json client_secrets.json service-account.json
service_account_prod.json serviceAccountKey.json gha-creds-0a1b.json app-firebase-adminsdk-x1.json google-services.json
.config/gcloud/credentials.db .config/gcloud/configurations/config_default .azure/accessTokens.json .oci/config
.boto .s3cfg .passwd-s3fs rclone.conf web.PublishSettings .databrickscfg .kube/config kubeconfig kubeconfig.yaml
.docker/config.json .dockercfg terraform.tfstate terraform.tfstate.backup prod.tfvars prod.auto.tfvars.json
.terraformrc .vault-token .vault_pass.txt .chef/knife.rb .npmrc .pypirc pip.conf .netrc _netrc .git-credentials
.gitconfig .git/config .config/gh/hosts.yml .config/hub .cargo/credentials.toml .gem/credentials .m2/settings.xml
auth.json .kaggle/kaggle.json kaggle.json .huggingface/token .cache/huggingface/token clearml.conf .comet.config
.modal.toml .cdsapirc .dvc/config.local jupyter_cookie_secret runtime/jpserver-17.json .pgpass .my.cnf .mylogin.cnf
.htpasswd wp-config.php LocalSettings.php filezilla.xml recentservers.xml sftp-config.json .vscode/sftp.json .ftpconfig
office.ovpn remote.rdp wg0.conf .msmtprc .smbcredentials .rhosts etc/shadow shadow .bash_history .zsh_history
.python_history .mysql_history .psql_history .Rhistory .bashrc .ssh/config .ssh/known_hosts .gnupg/pubring.kbx
.mozilla/firefox/logins.json key4.db cookies.txt .netrc~ .env.bak id_rsa.old credentials.json.orig .a.key.swp
C:\\users\\me\\.ssh\\id_rsa
"""

INNOCENT = """
keys.csv token_counts.json tokenizer.json tokenizer_config.json special_tokens_map.json tokens.npy environment.yml
environment.json env.py envs.csv .env.example .env.sample .env.template example.env credentials_test_results.csv
credential_scores.json secrets_of_the_sea.txt secret_santa.ipynb test_secret.py keyboard.json keypoints.json
monkey.png keyframes.mp4 key_metrics.json keras.json turkey.csv rsa.py dsa.ipynb passwords.py password_strength.csv
shadow.png shadows.npy history.csv history.json training_history.json cookies.csv auth.py authors.json config.json
config.yaml settings.json settings.py docker-compose.yml Dockerfile .dockerignore .gitignore .gitattributes npm.log
kube.md terraform.md main.tf variables.tf pem.txt model.pt model.safetensors weights.h5 elevation.asc grid.asc
clouds.yaml gcloud.md aws.csv service.json accounts.csv account.json netrc.md bashrc.txt pipeline.conf requirements.txt
pyproject.toml README.md train.py conda.yaml wandb-summary.json hub.py hosts.yml metrics.csv snapshot.zip git.diff
"""


@pytest.mark.parametrize("path", SECRET.split())
def test_a_name_that_holds_a_secret(path: str) -> None:
    for one in (path, path.upper(), f"a/b/{path}"):
        assert is_secret(one), one


@pytest.mark.parametrize("path", INNOCENT.split())
def test_a_name_that_only_sounds_so(path: str) -> None:
    for one in (path, path.upper(), f"artifacts/outputs/{path}"):
        assert not is_secret(one), one


def test_the_tables_are_as_long_as_they_are_to_be() -> None:
    assert len(set(SECRET.split())) >= 100
    assert len(set(INNOCENT.split())) >= 60
    for name in (*FILES, *FOLDERS, *PLACES):
        assert name == name.lower(), "paths are compared in small letters"


VARIABLES = """
API_KEY OPENAI_API_KEY KAGGLE_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY HF_TOKEN GITHUB_TOKEN LAB_TOKEN SECRET
CLIENT_SECRET DB_PASSWORD PGPASSWORD MYSQL_PWD DB_PASS SSH_PASSPHRASE GOOGLE_APPLICATION_CREDENTIALS SENTRY_DSN
DATABASE_URL AZURE_STORAGE_CONNECTION_STRING apikey db_password
"""

PLAIN_VARIABLES = """
PATH PWD OLDPWD HOME PYTHONPATH TOKENIZERS_PARALLELISM MAX_TOKENS CUDA_VISIBLE_DEVICES SEED KEYS MONKEY BYPASS PASSES
NUM_PASSES SECRETARY LOG_LEVEL DATA_URL KEYBOARD
"""


def test_variables_that_hold_secrets_are_known_by_their_names() -> None:
    assert [name for name in VARIABLES.split() if not is_secret_variable(name)] == []
    assert [name for name in PLAIN_VARIABLES.split() if is_secret_variable(name)] == []
