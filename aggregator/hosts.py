"""Which network addresses are this very machine, where safety and politeness rules may be relaxed."""

from __future__ import annotations

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """True for localhost, 127.0.0.0/8 and ::1: nothing sent there crosses a network (RFC 1122, RFC 4291, RFC 6761)."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
