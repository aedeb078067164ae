"""What looks like a secret never travels on: taken out where an error enters, and again where a log is written."""

from __future__ import annotations

import re

HIDDEN = "[secret]"

# The published prefixes of tokens, and whatever stands beside a name that says it is one.
_TOKENS = re.compile(
    r"""
    xox[a-z](?:\.xox[a-z])?-[\w-]+ | xapp-[\w-]+              # Slack
    | gh[pousr]_\w+ | github_pat_\w+                          # GitHub
    | glpat-[\w-]+ | ATATT3x[\w=-]+ | CCI[A-Z]{3}_\w+          # GitLab, Atlassian, CircleCI
    | (?:AKIA|ASIA)[A-Z0-9]{12,}                              # AWS
    | AIza[\w-]{20,} | ya29\.[\w-]+                           # Google
    | (?:sk|rk)_(?:live|test)_\w+ | (?:ntn|secret)_\w{20,}    # Stripe, Notion
    | \bul_[\w-]{40,}                                        # the link of a mail of ours
    | eyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?                       # JSON Web Tokens
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z ]*PRIVATE[ ]KEY-----|\Z)
    | (?<=hooks\.slack\.com/)(?:services|actions|commands|workflows|triggers)/[\w/%-]+   # whoever has it can write
    | (?<=://)[^/\s:@"']*:[^/\s@"']+(?=@)                     # name:password in an address
    | (?<=bearer[ ])[\w.~+/=-]{16,} | (?<=basic[ ])[\w+/]{12,}=*   # Authorization headers
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_NAMED = re.compile(
    r"""
    (\b[\w-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|authorization)[\w-]*
    \\?["']?\s*[=:]\s*\\?["']?)
    (?!\[secret\])(?!(?:bearer|basic)\b)([^\s"'\\,;&)}\]]{6,})
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The text without anything that looks like a token, a private key, or a password beside its name."""
    return _NAMED.sub(rf"\1{HIDDEN}", _TOKENS.sub(HIDDEN, text))
