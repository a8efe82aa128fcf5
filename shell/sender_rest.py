"""The rest of the sender, run when needed: TLS, proxies, redirects, chunked answers."""

from __main__ import ENV, connect, left, os, read_head, split


def reach(scheme, user, netloc, host, port, path):
    """Connect; return the socket, the request target and further header lines."""
    extra = basic(b"Authorization", user)
    proxy = proxy_for(scheme, host)
    if not proxy:
        sock = connect(host, port)
    else:
        proxy = proxy if b"://" in proxy else b"http://" + proxy
        kind, user, _, proxy_host, proxy_port, _ = split(proxy, 1080)
        if kind != b"http":
            os._exit(1)  # SOCKS, or TLS to the proxy: curl can
        permit = basic(b"Proxy-Authorization", user)
        sock = connect(proxy_host, proxy_port)
        if scheme == b"https":
            open_tunnel(sock, host, port, permit)
        else:
            path, extra = b"http://" + netloc + path, extra + permit
    return secure(sock, host) if scheme == b"https" else sock, path, extra


def proxy_for(scheme, host):
    """Return the proxy that curl would take, or nothing."""
    names = (ENV.get(b"no_proxy") or ENV.get(b"NO_PROXY", b"")).lower()
    for name in names.replace(b",", b" ").split():
        name = name.lstrip(b".")
        if name == b"*" or (name and (b"." + host).endswith(b"." + name)):
            return b""
    names = [b"https_proxy", b"HTTPS_PROXY"] if scheme == b"https" else [b"http_proxy"]
    return next(filter(None, map(ENV.get, [*names, b"all_proxy", b"ALL_PROXY"])), b"")


def basic(header, user):
    """Return the header line for the credentials of a URL, if it has some."""
    if not user:
        return b""
    from binascii import b2a_base64
    from urllib.parse import unquote_to_bytes

    user = unquote_to_bytes(user if b":" in user else user + b":")
    return header + b": Basic " + b2a_base64(user).strip() + b"\r\n"


def open_tunnel(sock, host, port, permit):
    """Have an HTTP proxy connect to a host."""
    peer = (b"[%s]:%d" if b":" in host else b"%s:%d") % (host, port)
    lines = b"CONNECT " + peer + b" HTTP/1.1\r\nHost: " + peer + b"\r\n" + permit
    sock.sendall(lines + b"\r\n")
    if read_head(sock)[0] // 100 != 2:
        raise OSError("the proxy refused")


def secure(sock, host):
    """Start TLS, verified against the store of the system."""
    import ssl
    from socket import socket as full_socket

    sock = full_socket(sock.family, sock.type, sock.proto, sock.detach())
    sock.settimeout(left())
    context = ssl.create_default_context()
    return context.wrap_socket(sock, server_hostname=host.decode())


def dechunk(raw):
    """Return the content of what came of a chunked body."""
    plain = b""
    while b"\n" in raw:
        size, _, raw = raw.partition(b"\n")
        size = size.partition(b";")[0].strip()
        size = int(size, 16) if size.isalnum() and not size.strip(HEX) else 0
        if not size:
            break
        plain, raw = plain + raw[:size], raw[size + 2 :]
    return plain


HEX = b"0123456789abcdefABCDEF"


def follow(url, location):
    """Return where a redirect leads, or nothing where it must not be followed."""
    from urllib.parse import urljoin

    scheme, colon, rest = location.lower().partition(b":")
    opaque = scheme in (b"http", b"https") and colon and not rest.startswith(b"//")
    if opaque or not all(0x20 < c < 0x7F for c in location):
        return b""
    target = urljoin(url, location)
    return target if split(target)[0] in (b"https", split(url)[0]) else b""
