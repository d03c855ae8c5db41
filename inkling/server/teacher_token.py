"""Signed, expiring tokens of the teacher, each for one visitor and one purpose.

A page that has signed the teacher in gives the browser a ticket, valid for a minute. The browser
exchanges it for a cookie that scripts cannot read. The key is made of the teacher's secret, so that
tokens hold for every replica and after a restart, and no longer once the secret has changed.
"""

import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

from inkling.server.classroom import has_teacher

TEACHER_COOKIE = "inkling_teacher"
Purpose = Literal["sign in", "sign out", "cookie"]
SECONDS: Mapping[Purpose, int] = {"sign in": 60, "sign out": 60, "cookie": 10 * 3600}
"""How long a token is valid."""
_TOKEN = re.compile(r"([0-9]{1,12})\.([0-9a-f]{64})", re.ASCII)


def teacher_token(
    purpose: Purpose, visitor_id: str, environment: Mapping[str, str] = os.environ
) -> str:
    """Return a new token; only for a visitor who has given the teacher's secret."""
    expires = str(int(time.time()) + SECONDS[purpose])
    return f"{expires}.{_signature(purpose, visitor_id, expires, environment)}"


def is_teacher_token(
    token: str,
    purpose: Purpose,
    visitor_id: str,
    environment: Mapping[str, str] = os.environ,
) -> bool:
    """Return whether a token is this visitor's, for this purpose, and has not expired.

    Signatures are compared in constant time.
    """
    match = _TOKEN.fullmatch(token)
    if match is None or not has_teacher(environment):
        return False
    expires, given = match.groups()
    known = _signature(purpose, visitor_id, expires, environment)
    return hmac.compare_digest(given, known) and time.time() < int(expires)


def _signature(
    purpose: Purpose, visitor_id: str, expires: str, environment: Mapping[str, str]
) -> str:
    text = f"{purpose}\n{visitor_id}\n{expires}".encode()
    return hmac.new(_key(environment["INKLING_TEACHER_SECRET"]), text, hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    """Return the key; slow to compute, so that a token does not help to guess the secret."""
    return hashlib.scrypt(secret.encode(), salt=b"inkling teacher token", n=2**14, r=8, p=1)
