"""Id of a visitor, made from the secret in their cookie."""

import hashlib

COOKIE = "inkling_visitor"


def visitor_id_of(secret: str) -> str:
    """Return a visitor's id, 32 hexadecimal digits.

    It is a hash of the secret in the cookie, because runs contain the id of their owner and can be
    passed on.
    """
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()[:32]
