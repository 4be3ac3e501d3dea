"""Made-up secrets of the right shapes, put together while the tests run, so that no scanner finds one in here."""

from __future__ import annotations

import base64
import json
import string
from random import Random
from typing import NamedTuple

UPPER, LOWER, DIGITS = string.ascii_uppercase, string.ascii_lowercase, string.digits
HEX = DIGITS + "abcdef"
ALNUM = UPPER + LOWER + DIGITS


class Made(NamedTuple):
    """A text as somebody would log it, and the part of it that must not be published."""

    text: str
    secret: str


class _Maker:
    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def of(self, letters: str, count: int) -> str:
        """A word that has a digit and a letter, as random ones of this length have."""
        return "a7"[: count // 8] + "".join(self._random.choices(letters, k=count - len("a7"[: count // 8])))

    def upper(self, count: int) -> str:
        return "".join(self._random.choices(UPPER + DIGITS, k=count))

    def b64(self, value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def made(seed: str) -> dict[str, Made]:
    """A secret of each kind; other seeds give others."""
    m = _Maker(seed)
    jwt = f"{m.b64({'alg': 'HS256', 'typ': 'JWT'})}.{m.b64({'sub': m.of(DIGITS, 9)})}.{m.of(ALNUM, 43)}"
    begin, end = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    body = [m.of(ALNUM + "+/", 64) for _ in range(4)]
    key = "\n".join([begin, *body, end])
    plain = {
        "AWS access key": "AK" + "IA" + m.upper(16),
        "GitHub token": "gh" + "p_" + m.of(ALNUM, 36),
        "GitHub fine-grained token": "github_" + "pat_" + m.of(ALNUM, 22) + "_" + m.of(ALNUM, 59),
        "GitLab token": "gl" + "pat-" + m.of(ALNUM, 20),
        "Hugging Face token": "h" + "f_" + m.of(ALNUM, 34),
        "OpenAI project key": "sk" + "-proj-" + m.of(ALNUM, 48),
        "OpenAI key": "s" + "k-" + m.of(ALNUM, 20) + "T3Blbk" + "FJ" + m.of(ALNUM, 20),
        "Anthropic key": "sk" + "-ant-api03-" + m.of(ALNUM, 80),
        "Google API key": "AI" + "za" + m.of(ALNUM, 35),
        "Google OAuth token": "ya" + "29." + m.of(ALNUM, 60),
        "Slack token": "xo" + "xb-" + m.of(DIGITS, 11)[2:] + "123456-" + m.of(ALNUM, 24),
        "Slack webhook": "https://hooks.sl" + f"ack.com/services/T{m.upper(8)}/B{m.upper(8)}/{m.of(ALNUM, 24)}",
        "Stripe key": "sk" + "_live_" + m.of(ALNUM, 24),
        "SendGrid key": "S" + "G." + m.of(ALNUM, 22) + "." + m.of(ALNUM, 43),
        "Twilio key": "S" + "K" + m.of(HEX, 32),
        "PyPI token": "pyp" + "i-AgEIcHlwaS5vcmc" + m.of(ALNUM, 80),
        "npm token": "np" + "m_" + m.of(ALNUM, 36),
        "Databricks token": "da" + "pi" + m.of(HEX, 32),
        "Telegram token": "123456789:A" + "A" + m.of(ALNUM, 33),
        "JSON web token": jwt,
        "Vault token": "hv" + "s." + m.of(ALNUM, 28),
        "W&B key of version 1": "wandb_" + "v1_" + m.of(ALNUM, 40),
        "Grafana token": "gl" + "sa_" + m.of(ALNUM, 32) + "_" + m.of(HEX, 8),
        "New Relic key": "NRA" + "K-" + m.upper(27),
        "Perplexity key": "pp" + "lx-" + m.of(ALNUM, 48),
        "Shopify token": "shp" + "at_" + m.of(HEX, 32),
        "age key": "AGE-SECRET-" + "KEY-1" + m.upper(58),
        "DigitalOcean token": "dop" + "_v1_" + m.of(HEX, 64),
    }
    said = {
        "AWS secret key": ("aws_secret_access_key = {}", m.of(ALNUM + "/+", 40)),
        "Azure storage key": ("DefaultEndpointsProtocol=https;AccountName=lab;AccountKey={}", m.of(ALNUM, 86) + "=="),
        "Azure signature": ("https://lab.blob.core.windows.net/data?sv=2024-11-04&sig={}", m.of(ALNUM, 43) + "%3D"),
        "W&B key": ("WANDB_API_KEY={}", m.of(HEX, 40)),
        "password": ("password: {}", "Zk!" + m.of(ALNUM, 9)),
        "password in an option": ("train.py --db-password {}", m.of(ALNUM, 14)),
        "password in a URL": ("postgresql://lab:{}@db.example.org:5432/runs", m.of(ALNUM, 12)),
        "token in a remote": ("https://{}@git.example.org/lab/model.git", m.of(ALNUM, 24)),
        "authorization header": ("Authorization: Bearer {}", m.of(ALNUM, 40)),
        ".netrc": ("machine api.example.org login lab password {}", m.of(ALNUM, 16)),
        ".npmrc": ("//registry.example.org/:_authToken={}", m.of(ALNUM, 36)),
        ".pypirc": ("[pypi]\nusername = lab\npassword = {}", m.of(ALNUM, 18)),
        "Docker configuration": ('{{"auths": {{"ghcr.io": {{"auth": "{}"}}}}}}', m.of(ALNUM, 32)),
        "Kaggle key": ('{{"username": "lab", "key": "{}"}}', m.of(HEX, 32)),
        "environment variable": ("DB_PASS={}", m.of(ALNUM, 16)),
        "password of curl": ("curl -s -u lab:{} https://api.example.org", m.of(ALNUM, 16)),
        "XML": ("<password>{}</password>", m.of(ALNUM, 16)),
        "table": ("│ api_key    │ {} │", m.of(ALNUM, 32)),
        "connection string": ("Server=db;User Id=lab;Password={};Encrypt=yes", m.of(ALNUM, 16)),
        "annotated constant": ('API_KEY: str = "{}"', m.of(ALNUM, 32)),
        "W&B login": ('wandb.login(key="{}")', m.of(HEX, 40)),
        "coloured value": ("\x1b[1mapi_key\x1b[0m: \x1b[38;5;2m{}\x1b[0m", m.of(ALNUM, 32)),
        "client secret": ('client_secret: "{}"', m.of(ALNUM, 32)),
    }
    return {
        **{kind: Made(f"using {one} now", one) for kind, one in plain.items()},
        **{kind: Made(text.format(one), one) for kind, (text, one) in said.items()},
        "private key": Made(key, body[1]),
    }


ORDINARY = (
    "commit 3f2a9c1e5b7d8f0a1c2e4d6b8a9f7e5c3d1b0a29",
    "5d41402abc4b2a76b9719d911017c592  model.npz",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "id: 123e4567-e89b-12d3-a456-426614174000",
    "wandb run 3k9x2f7q synced, run id 1a2b3c4d, project lab-2026",
    "20261127-080408-wcxau4",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5",
    "meta-llama/Llama-3.1-8B-Instruct sentence-transformers/all-MiniLM-L6-v2 openai/whisper-large-v3",
    "tokenizer: meta-llama/Llama-3.1-8B-Instruct",
    "pad_token: <|endoftext|>",
    "eos_token_id=128009",
    "max_tokens: 4096",
    "num_tokens = 15000000000 tokens/s: 1532.7",
    "bos_token: <s>",
    "mask_token='[MASK]'",
    "token_type_ids: 0",
    "label_key: class_1_name",
    "sort_key=val/accuracy",
    "primary_key: run_2026_11_27",
    "cache_key = features-v2-large",
    "key: value",
    "keys=['a', 'b']",
    "sorted(runs, key=lambda run: run.created)",
    "for key, value in items:",
    "password: ********",
    "password = getpass.getpass()",
    "api_key=os.environ['API_KEY']",
    "token = secrets.token_hex(16)",
    "API_KEY=${API_KEY}",
    "password: <your password>",
    "secret: changeme",
    "api_key: null",
    "token: true",
    "password=args.password",
    "def login(user, password):",
    "the password is required",
    "secret sharing, key exchange",
    "private_key: ~/.ssh/id_ed25519",
    "credentials: /run/secrets/gcp.json",
    "auth: none",
    "auth_token_path=conf/token.txt",
    "git@github.com:lab/model.git",
    "https://git@github.com/lab/model.git",
    "https://github.com/lab/model.git",
    "postgresql://localhost:5432/runs",
    "https://user:password@host.example.org/",
    "s3://bucket/path@version/file",
    "AP50Validation AP75 APsmall AKIRA ASIAN",
    "task-learning-rate-schedule-warmup-cosine",
    "disk-usage-monitor-interval-sec",
    "sk-learn-pipeline-with-standard-scaler",
    "hf_transfer hf_hub_download_with_progress_bar",
    "npm_config_registry npm_lifecycle_event",
    "loss=0.1234567890123456789 lr=1e-05 step=123456 2026-11-27T08:04:08.947Z",
    "epoch 12:3456789012345678901234567890123456789",
    "Bearer of bad news, bearer tokens are sent",
    "tcp://127.0.0.1:8786 http://10.0.0.1:8080/status",
    "resnet50.a1_in1k vit_base_patch16_224.augreg2_in21k_ft_in1k",
    "SKIPPED: 0123456789abcdef SK1 AC3d",
    "pkg:pypi/numpy@2.4.6 numpy==2.4.6 --hash=sha256:0123456789abcdef0123456789abcdef0123456789abcdef",
    "eyJ is how JSON begins in base64: eyJhIjoxfQ",
    "ContentSnapshotId: 709351f5da6c810d2d78a4dc2a123cbbfa3c7d33ee4f31d2bf329053b228337e",
    "token budget: 4096, secret santa: yes, passwordless: on",
    "monkey: banana1234567890abc, turkey=1234567890abcdefgh, keyboard: x1",
    "us-east-1 eu-west-3 0123456789abcdef-us",
    "wandb login",
    "2 passwords and 3 tokens found",
    "encoder.layers.0.attn.key.weight: 0.0123456789abcdef",
    "query_key_value: 3f2a9c1e",
    "kv_cache_key=layer12_head3",
    "  - asttokens=2.2.1=pyhd8ed1ab_0",
    "mlflow server --backend-store-uri postgresql://DB_USER:DB_PASSWORD@host/db",
    "| num_tokens | 15000000000 |",
    "tokenizer | bert-base-uncased",
    "curl -u user:$PASSWORD https://api.example.org",
    "\x1b[32mtokens\x1b[0m: 1024",
    "<token>the</token>",
)
"""What looks like a secret to some, and is none."""
