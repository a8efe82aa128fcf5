"""Deliver one report: POST a JSON body, print the answer.

Environment: __api_url, __api_body, __api_agent, __api_limit (seconds). Prints ":",
the first 4096 bytes of the response body without NULs, and the three-digit status,
000 where none came. Prints nothing where it cannot do the job: curl may then try.
A raw socket, because http.client and urllib cost several times the whole send and
are not part of a minimal Python. Python 3.6 or newer. No single quote in here.
"""

import time

try:
    import _signal as signal
    import _socket as socket
    import posix as os
except ImportError:  # another implementation of Python
    import os
    import signal
    import socket

ENV = getattr(os, "environb", os.environ)
LIMIT = float(ENV[b"__api_limit"])
DEADLINE = time.monotonic() + LIMIT


def left():
    """Seconds until the deadline, positive as a timeout must be."""
    return max(DEADLINE - time.monotonic(), 0.001)


def split(url, port=0):
    """Return scheme, credentials, host, port and path of a URL."""
    scheme, _, rest = url.partition(b"#")[0].partition(b"://")
    end = min(rest.find(c) % (len(rest) + 1) for c in (b"/", b"?"))  # -1: at the end
    user, _, host = rest[:end].rpartition(b"@")
    host, colon, digits = host.rpartition(b":")
    if not colon or b"]" in digits:
        host, digits = host + colon + digits, b""
    port = int(digits or port or (443 if scheme.lower() == b"https" else 80))
    return scheme.lower(), user, host.strip(b"[]").lower(), port, rest[end:]


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
    from binascii import b2a_base64, unhexlify

    user, *escaped = (user if b":" in user else user + b":").split(b"%")
    user += b"".join(unhexlify(part[:2]) + part[2:] for part in escaped)
    return header + b": Basic " + b2a_base64(user).strip() + b"\r\n"


def connect(host, port):
    """Try each address, with an equal share of what time is left."""
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    for tries, (family, kind, protocol, _, address) in enumerate(found):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left() / (len(found) - tries))
            sock.connect(address)
            return sock
        except OSError:
            sock.close()
    raise OSError("no address answers")


def secure(sock, host):
    """Start TLS, verified against the store of the system."""
    import ssl
    from socket import socket as full_socket

    sock = full_socket(sock.family, sock.type, sock.proto, sock.detach())
    sock.settimeout(left())
    context = ssl.create_default_context()
    return context.wrap_socket(sock, server_hostname=host.decode())


def read_head(sock):
    """Return status, head and start of the body of the final response."""
    data, status = b"", 100
    while status < 200:
        ends = [data.find(c) + len(c) for c in (b"\n\r\n", b"\n\n") if c in data]
        if ends:
            head, data = data[: min(ends)], data[min(ends) :]
            status = int([*head.split(None, 2), 0, 0][1])
            if not (head.startswith(b"HTTP/1.") and 100 <= status <= 999):
                raise ValueError("not HTTP")
        else:
            sock.settimeout(left())
            more = sock.recv(65536)
            data += more
            if not more or len(data) > 131072:
                raise OSError("no complete head")
    return status, head, data


def header(head, name):
    """Return the value of a header, or nothing."""
    for line in head.split(b"\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def dechunk(raw):
    """Return the content of what came of a chunked body, and whether it is all."""
    plain = b""
    while b"\n" in raw:
        size, _, raw = raw.partition(b"\n")
        try:
            size = int(size.partition(b";")[0], 16)
        except ValueError:
            size = 0
        if size <= 0:
            return plain, True
        plain, raw = plain + raw[:size], raw[size + 2 :]
    return plain, False


def read_body(sock, head, raw):
    """Return what came of the body; of a long one the start is enough."""
    chunked = header(head, b"transfer-encoding").lower() == b"chunked"
    size = header(head, b"content-length")[:18]
    size = int(size) if size.isdigit() else 4096
    while True:
        body, ended = dechunk(raw) if chunked else (raw[:size], len(raw) >= size)
        if ended or len(body) >= 4096 or len(raw) > 131072:
            return body
        try:
            sock.settimeout(left())
            more = sock.recv(65536)
        except OSError:  # the head came: that is an answer
            more = b""
        if not more:
            return body
        raw += more


def open_tunnel(sock, host, port, permit):
    """Have an HTTP proxy connect to a host."""
    peer = (b"[%s]:%d" if b":" in host else b"%s:%d") % (host, port)
    lines = b"CONNECT " + peer + b" HTTP/1.1\r\nHost: " + peer + b"\r\n" + permit
    sock.sendall(lines + b"\r\n")
    if read_head(sock)[0] // 100 != 2:
        raise OSError("the proxy refused")


def post(url, body):
    """POST once; return status, Location and start of the response body."""
    scheme, user, host, port, path = split(url)
    netloc = url.partition(b"://")[2].partition(b"#")[0]
    netloc = netloc[: len(netloc) - len(path)].rpartition(b"@")[2]
    path = path if path.startswith(b"/") else b"/" + path
    extra = basic(b"Authorization", user)
    proxy = proxy_for(scheme, host)
    if not proxy:
        sock = connect(host, port)
    else:
        proxy = proxy if b"://" in proxy else b"http://" + proxy
        kind, user, proxy_host, proxy_port, _ = split(proxy, 1080)
        if kind != b"http":
            os._exit(1)  # SOCKS, or TLS to the proxy: curl can
        permit = basic(b"Proxy-Authorization", user)
        sock = connect(proxy_host, proxy_port)
        if scheme == b"https":
            open_tunnel(sock, host, port, permit)
        else:
            path, extra = b"http://" + netloc + path, extra + permit
    if scheme == b"https":
        sock = secure(sock, host)
    lines = b"POST " + path + b" HTTP/1.0\r\nHost: " + netloc + b"\r\n" + extra
    lines += b"User-Agent: " + ENV[b"__api_agent"] + b"\r\nAccept: */*\r\n"
    lines += b"Content-Type: application/json\r\nConnection: close\r\n"
    sock.sendall(lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    status, head, rest = read_head(sock)
    answer = b"" if status in (204, 304) else read_body(sock, head, rest)
    return status, header(head, b"location"), answer


def follow(url, location):
    """Return where a redirect leads, or nothing where it must not be followed."""
    scheme, rest = url.partition(b"#")[0].split(b"://", 1)
    path = split(url)[4]
    root, path = rest[: len(rest) - len(path)], path.partition(b"?")[0]
    word, colon, _ = location.partition(b":")
    if not colon or any(c in word for c in b"/?#"):  # it has no scheme
        if location.startswith(b"//"):
            root = b""
            location = location[2:]
        elif location.startswith(b"?"):
            location = path + location
        elif not location.startswith(b"/"):
            location = path.rpartition(b"/")[0] + b"/" + location
        location = scheme + b"://" + root + location
    kind = location.lower()
    safe = all(0x20 < c < 0x7F for c in location)
    if safe and kind.startswith((b"https://", scheme.lower() + b"://")):
        return location
    return b""


def main():
    """POST, follow redirects as a POST, print the last answer."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a limit that holds in getaddrinfo
    signal.setitimer(signal.ITIMER_REAL, LIMIT + 0.2)
    url, redirects = ENV[b"__api_url"], 0
    try:
        while url:
            status, location, answer = post(url, ENV[b"__api_body"])
            redirected = status in (301, 302, 307, 308) and location and redirects < 5
            url = redirected and follow(url, location)
            redirects += 1
    except ImportError:  # no ssl
        os._exit(1)
    except Exception:  # whatever it was, curl must not send the report again
        status, answer = 0, b""
    os.write(1, b":%s%03d" % (answer[:4096].replace(b"\0", b""), status))
    os._exit(0)


main()
