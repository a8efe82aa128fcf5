"""Deliver one report: POST a JSON body, print the answer.

Standard input: the body in one line, then the code of the rest. Environment:
__api_url, __api_agent and __api_limit, in seconds. Prints ":", 4096 bytes of the body
of the response without NULs, and its status, 000 where none came; nothing where it
cannot do the job: curl may then try. A raw socket: http.client and urllib cost several
times as much, and a minimal Python lacks them. 3.6 or newer, and no single quote.
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
REQUEST = (
    b"POST %s HTTP/1.0\r\nHost: %s\r\n%sUser-Agent: %s\r\nAccept: */*\r\nContent-Type: "
    b"application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
)


def rest(name, *values):
    """Call a function of the rest, which few reports need and which costs 1 ms."""
    names = {}
    exec(REST, names)
    return names[name](*values)


def left():
    """Seconds until the deadline, positive as a timeout must be."""
    return max(DEADLINE - time.monotonic(), 0.001)


def split(url, port=0):
    """Return scheme, credentials, host with port, host, port and path of a URL."""
    scheme, _, tail = url.partition(b"#")[0].partition(b"://")
    size = len(tail) + 1  # modulo this, a find of -1 is the end
    end = min(tail.find(b"/") % size, tail.find(b"?") % size)
    user, _, netloc = tail[:end].rpartition(b"@")
    host, colon, digits = netloc.rpartition(b":")
    if not colon or b"]" in digits:
        host, digits = netloc, b""
    port = int(digits or port or (443 if scheme.lower() == b"https" else 80))
    return scheme.lower(), user, netloc, host.strip(b"[]").lower(), port, tail[end:]


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


def read_head(sock):
    """Return status, head and start of the body of the final response."""
    data, status = b"", 100
    while status < 200:
        head = min(data.partition(b"\n\r\n")[0], data.partition(b"\n\n")[0])  # shorter
        if head != data:
            data = data[len(head) + 1 :]
            data = data[data.find(b"\n") + 1 :]
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
    chunked = header(head, b"transfer-encoding").lower() == b"chunked"
    size = header(head, b"content-length")[:18]
    size = int(size) if size.isdigit() and not chunked else 65536
    try:
        while len(body) < min(size, 65536):
            enough = len(body) >= 4096 + body.count(0)
            if body.endswith(b"0\r\n\r\n") if chunked else enough:
                break
            sock.settimeout(left())
            more = sock.recv(65536)
            if not more:
                break
            body += more
    except OSError:
        pass  # the head came: that is an answer
    return rest("dechunk", body) if chunked else body[:size]


def post(url, body):
    """POST once; return status, Location and start of the response body."""
    scheme, user, netloc, host, port, path = split(url)
    path = path if path.startswith(b"/") else b"/" + path
    extra = b""
    if scheme == b"https" or user or b"_proxy" in b" ".join(ENV).lower():
        sock, path, extra = rest("reach", scheme, user, netloc, host, port, path)
    else:
        sock = connect(host, port)
    sock.sendall(REQUEST % (path, netloc, extra, ENV[b"__api_agent"], len(body), body))
    status, head, start = read_head(sock)
    answer = b"" if status in (204, 304) else read_body(sock, head, start)
    return status, header(head, b"location"), answer


def main():
    """POST, follow redirects as a POST, print the last answer."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it at once
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a limit that holds in getaddrinfo
    signal.setitimer(signal.ITIMER_REAL, LIMIT + 0.2)
    global REST
    body, end, REST = sys.stdin.buffer.read().partition(b"\n")
    if not end:
        os._exit(1)
    url, redirects = ENV[b"__api_url"], 0
    try:
        while url:
            status, location, answer = post(url, body)
            redirected = status in (301, 302, 307, 308) and location and redirects < 5
            url = redirected and rest("follow", url, location)
            redirects += 1
    except ImportError:  # no ssl
        os._exit(1)
    except Exception:  # whatever it was, curl must not send the report again
        status, answer = 0, b""
    os.write(1, b":%s%03d" % (answer.replace(b"\0", b"")[:4096], status))
    os._exit(0)


main()
