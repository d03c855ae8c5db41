"""Class mode and the teacher's secret, set by environment variables.

By default the app serves one person, who sees every saved run. With ``INKLING_CLASS=1`` a visitor
sees their own runs and those that others published; what is not theirs they cannot change.
"""

import hashlib
import hmac
import os
from collections.abc import Mapping

SHORTEST_SECRET = 12  # characters


def class_mode(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether visitors see only their own and published runs."""
    return environment.get("INKLING_CLASS") == "1"


def has_teacher(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a teacher's page: in class mode, with a secret of 12 characters or more."""
    secret = environment.get("INKLING_TEACHER_SECRET", "")
    return class_mode(environment) and len(secret) >= SHORTEST_SECRET


def is_secret(given: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is the teacher's secret, ``INKLING_TEACHER_SECRET``; compared in constant time.

    Digests are compared, so that the time does not depend on the length either.
    """
    if not has_teacher(environment):
        return False
    known = environment["INKLING_TEACHER_SECRET"]
    digests = [hashlib.sha256(secret.encode()).digest() for secret in (given, known)]
    return hmac.compare_digest(*digests)
