"""What a page may send back: only what it was drawn with, only in its own session, and nothing that was made up.

Each form carries a proof over the session and over exactly what it does. Whoever lures a reader onto a page of theirs
has no proof, and whoever has a button from elsewhere has none for this session.
"""

from __future__ import annotations

import hmac
from hashlib import sha256


def proof(secret: str, *parts: str) -> str:
    """What stands beside these parts in a form. Raises ValueError without a secret."""
    if not secret:
        raise ValueError("without a secret anybody could write these")
    key = hmac.new(secret.encode(), b"usher/mail page", sha256).digest()
    said = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, said, sha256).hexdigest()


def proven(secret: str, given: str, *parts: str) -> bool:
    """Whether we wrote this form with these parts."""
    return hmac.compare_digest(proof(secret, *parts).encode(), given.encode())
