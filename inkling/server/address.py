"""The address at which other devices on the network reach this server."""

import ipaddress
import socket
from urllib.parse import urlsplit


def network_address() -> str | None:
    """Return this machine's own IP address on the network; None if it has none.

    No packet is sent: a datagram socket that is connected only tells which address would be used.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation
            address = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if ipaddress.ip_address(address).is_loopback else address


def address_for_pupils(url: str, own: str | None) -> str:
    """Return where pupils find the app, given where the teacher's browser found it.

    Parameters
    ----------
    url : str
        Of a page in the teacher's browser.
    own : str or None
        From `network_address`.

    Returns
    -------
    str
        Without a path. A name that only this machine knows, such as localhost, is replaced.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if own is not None and (host == "localhost" or _is_loopback(host)):
        host = own
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
