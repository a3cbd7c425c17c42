"""The secret that an issuer and the service share, where tokens are signed with one."""

import jwt
from pydantic import SecretStr

SECRET_BYTES_MIN = 32  # RFC 7518, 3.2: as long as the output of SHA-256


def checked_secret(value: SecretStr | None) -> SecretStr | None:
    """Returns the secret as it is.

    Raises:
        ValueError: it is too short, or it is a public key.
    """
    if value is None:
        return None
    secret = value.get_secret_value().encode()
    if len(secret) < SECRET_BYTES_MIN:
        raise ValueError(
            f"must be at least {SECRET_BYTES_MIN} bytes long; make one with: openssl rand "
            f"-base64 {SECRET_BYTES_MIN}"
        )
    try:
        jwt.get_algorithm_by_name("HS256").prepare_key(secret)
    except jwt.InvalidKeyError:
        raise ValueError(
            "is a public key, not a secret; for signed tokens set LOYALTY_AUTH_JWKS_URL"
        ) from None
    return value
