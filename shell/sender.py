"""Send one report: POST a JSON body, print the answer.

Standard input: the body, one line. Environment: __api_url, __api_agent, __api_limit in
seconds. Prints ":", 4096 bytes of the response body without NULs, and its status, 000
if no answer came. Prints nothing if it cannot do the job: curl then tries. It uses a
raw socket, as http.client and urllib take several times as long to start, and a minimal
Python lacks them. 3.6 or newer, no single quote; few reports need the late imports.
"""

import sys
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
# A server must not answer HTTP/1.0 with chunks (RFC 9112, 6.1).
REQUEST = (
    b"POST %s HTTP/1.0\r\nHost: %s\r\n%sUser-Agent: %s\r\nAccept: */*\r\nContent-Type: "
    b"application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
)


def main():
    """POST, follow redirects as a POST, print the last answer."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a limit that holds in getaddrinfo
    signal.setitimer(signal.ITIMER_REAL, LIMIT + 0.2)
    body, newline, _ = sys.stdin.buffer.read().partition(b"\n")
    if not newline:
        os._exit(1)  # the rest of the body is missing
    url = ENV[b"__api_url"]
    try:
        for _ in range(6):  # follows at most 5 redirects
            status, location, answer = post(url, body)
            url = location and status in (301, 302, 307, 308) and follow(url, location)
            if not url:
                break
    except ImportError:  # no ssl
        os._exit(1)
    except Exception:  # whatever it was, curl must not send the report again
        status, answer = 0, b""
    os.write(1, b":%s%03d" % (answer.replace(b"\0", b"")[:4096], status))
    os._exit(0)


def post(url, body):
    """POST once; return status, Location and start of the response body."""
    scheme, user, netloc, host, port, path = split(url)
    path = path if path.startswith(b"/") else b"/" + path
    sock, path, extra = reach(scheme, user, netloc, host, port, path)
    sock.sendall(REQUEST % (path, netloc, extra, ENV[b"__api_agent"], len(body), body))
    status, head, start = read_head(sock)
    answer = b"" if status in (204, 304) else read_body(sock, head, start)
    return status, header(head, b"location"), answer


def split(url, port=0):
    """Return scheme, credentials, host with port, host, port and path of a URL."""
    scheme, _, tail = url.partition(b"#")[0].partition(b"://")
    end = len(min(tail.partition(b"/")[0], tail.partition(b"?")[0]))  # the shorter
    user, _, netloc = tail[:end].rpartition(b"@")
    host, colon, digits = netloc.rpartition(b":")
    if not colon or b"]" in digits:
        host, digits = netloc, b""
    port = int(digits or port or (443 if scheme.lower() == b"https" else 80))
    return scheme.lower(), user, netloc, host.strip(b"[]").lower(), port, tail[end:]


def follow(url, location):
    """Return where a redirect leads, or nothing if it must not be followed."""
    from re import match
    from urllib.parse import urljoin

    form = rb"(https?:)?//([^/?#@]*@)?([^][/?#@:]+|\[[^][/?#@]*\])(:[0-9]*)?([/?#]|$)"
    old, new = match(form, url.lower()), match(form, location.lower())
    if not match(b"//|[^/?#]*:", location):
        new = old  # it is a path
    same = old and new and old[3] == new[3] and new[1] in (b"https:", old[1], None)
    return urljoin(url, location) if same and match(b"[!-~]+$", location) else b""


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
    if any(exempts(name, host) for name in names.replace(b",", b" ").split()):
        return b""
    names = [b"https_proxy", b"HTTPS_PROXY"] if scheme == b"https" else [b"http_proxy"]
    return next(filter(None, map(ENV.get, [*names, b"all_proxy", b"ALL_PROXY"])), b"")


def exempts(name, host):
    """Tell whether an entry of no_proxy is the host, its domain or its network."""
    network, _, bits = name.partition(b"/")
    kind, size = (socket.AF_INET6, 128) if b":" in host else (socket.AF_INET, 32)
    try:
        one = int.from_bytes(socket.inet_pton(kind, network.decode()), "big")
        other = int.from_bytes(socket.inet_pton(kind, host.decode()), "big")
        rest = size - int(bits or 0)
        return one ^ other < 1 << (rest if 0 < rest < size else 0)
    except (OSError, ValueError):  # it is a name
        name = name.lstrip(b".")
        return name == b"*" or (name and (b"." + host).endswith(b"." + name))


def basic(header, user):
    """Return the header line for the credentials of a URL, if it has some."""
    if not user:
        return b""
    from binascii import b2a_base64
    from urllib.parse import unquote_to_bytes

    user = unquote_to_bytes(user if b":" in user else user + b":")
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


def left():
    """Seconds until the deadline, positive as a timeout must be."""
    return max(DEADLINE - time.monotonic(), 0.001)


def open_tunnel(sock, host, port, permit):
    """Have an HTTP proxy connect to a host."""
    peer = (b"[%s]:%d" if b":" in host else b"%s:%d") % (host, port)
    sock.sendall(b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (peer, peer, permit))
    if read_head(sock)[0] // 100 != 2:
        raise OSError("the proxy refused")


def secure(sock, host):
    """Start TLS, verified against the CA store of the system."""
    import ssl
    from socket import socket as full_socket

    sock = full_socket(sock.family, sock.type, sock.proto, sock.detach())
    sock.settimeout(left())
    return ssl.create_default_context().wrap_socket(sock, server_hostname=host.decode())


def read_head(sock):
    """Return status, head and start of the body of the final response."""
    data, status = b"", 100
    while status < 200:
        head = min(data.partition(b"\n\r\n")[0], data.partition(b"\n\n")[0])  # shorter
        if head != data:
            data = data[len(head) + 1 :].partition(b"\n")[2]
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


def read_body(sock, head, body):
    """Return what came of the body; of a long one the start is enough."""
    size = header(head, b"content-length")[:18]
    size = int(size) if size.isdigit() else 65536
    more, enough = b"-", 4096 + body.count(0)
    try:
        while more and left() > 0.001 and len(body) < min(size, 65536, enough):
            sock.settimeout(left())
            more = sock.recv(65536)
            body, enough = body + more, enough + more.count(0)
    except OSError:
        pass  # the head came: that is an answer
    return body[:size]


main()
