"""What counts as one mail address."""

from __future__ import annotations

from email.utils import parseaddr

#: A path of RFC 5321 has at most 256 characters; the rest is a generous name. The standard library's parser goes down
#: one call for each parenthesis, so what is longer is not shown to it.
_LONGEST = 500


def sole_address(stated: str) -> tuple[str, str] | None:
    """Name and address of a line that states exactly one: `Name <address>`, `address`, `address (Name)`; else None.

    The address is not checked any further.
    """
    if len(stated) > _LONGEST:
        return None
    name, address = parseaddr(stated)
    # parseaddr reads the first of several addresses and keeps silent about the rest.
    is_whole = stated in (address, f"{address} ({name})") or stated.endswith(f"<{address}>")
    return (name, address) if address and is_whole else None
