"""The signing secrets of development mode: generated once, the same for every process."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from app.config.token_secret import SECRET_BYTES_MIN

TOKEN_SECRET = "development-secret"
CHECKPOINT_KEY = "development-checkpoint-key"


def development_secret(data_dir: Path, name: str) -> str:
    """Returns the secret of this name in `data_dir`; generates it first if there is none.

    It is 32 random bytes in base64.

    Raises:
        OSError: the file cannot be written or read.
        ValueError: the file is damaged.
    """
    path = data_dir / name
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        _create_once(path, secrets.token_urlsafe(SECRET_BYTES_MIN))
    secret = path.read_text(errors="replace")
    if len(secret) < SECRET_BYTES_MIN:
        raise ValueError(f"{path} is damaged. Delete it: the service then generates a new secret")
    return secret


def _create_once(path: Path, text: str) -> None:
    # Only the owner may read a temporary file. The link gives it its name when it is complete, and
    # fails if another process was first.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as draft:
        draft.write(text)
        draft.flush()
        with suppress(FileExistsError):
            os.link(draft.name, path)
