"""Inputs of the functions: values, arguments, answers of a server, files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st

from shimgen.reference import Reply

# Texts that have a rule of their own, or that a missing quote would run as code.
KNOWN = (
    b"8 08 0 8G 8GiB 20g -1 0x10 1e3 999999999 0999999999 1234567890 "
    b"debian 22.04 yes no true false none force completed failed qemu "
    b"$(exit) `exit` ${x} $x $((1)) ~ * ? [a] {a,b} ! # & ; | < > ( ) "
    b'a=b a:b -n -e -- % %s %d \\n \\ \\\\ " \' \\" \'" a/b/c / // '
    b"\xc3\xa4 \xff \xc3 \xe2\x80\xa8 \x01 \x7f \x1b[31m"
).split(b" ")
BLANKS = (b"", b" ", b"  ", b"\t", b"\n", b"\r\n", b"\x0b", b"\xc2\xa0")
# Long values repeat one of these; each stands for another kind of byte.
FILLINGS = (b"8", b" ", b"x y ", b"\xc3\xa4", b"\xff", b'"', b"\\", b"\n", b"a=\t")
# Each is a case of its own for some type of field.
CASES = (
    *(b"", b"8", b"08", b"0", b"010", b"00000000", b"8G", b"8GiB", b"8 G", b"8GG"),
    *(
        b"8g",
        b"G",
        b" 8 ",
        b" 8G ",
        b"\t8",
        b"8\n",
        b"-8",
        b"+8",
        b"8.5",
        b"0x8",
        b"8_0",
    ),
    *(b"999999999", b"000000001", b"0999999999", b"1000000000", b"\xd9\xa3", b"1e3"),
    *(b"a b", b" a ", b"\ta\t", b" \ta", b"a\xc3\xa4b", b"\xff", b"a\x7fb", b"a\nb"),
    *(b'"', b"\\", b'\\"', b"\"'\\", b"$(exit)", b"`exit`", b"${x", b"*", b"~", b"[a]"),
    *(
        b"a=b c:d",
        b"a\tb\nc",
        b"a\rb",
        b"$ % &",
        b"x" * 32,
        b"x" * 33,
        b"x" * 63 + b" y",
    ),
    *(b"x" * 64, b"x" * 65, b"a " * 16, b"a " * 17, b"$ " + b"a " * 16, b'"' * 65),
    *(b" " * 4095 + b"12", b" " * 4096 + b"1", b"\xc3\xa4" * 2048 + b"1", b"1" * 5000),
)
EDGES = (16, 31, 32, 33, 63, 64, 65, 128, 4090, 4095, 4096, 4097, 5000)

pieces = st.sampled_from([*KNOWN, *BLANKS]) | st.binary(max_size=6).map(
    lambda value: value.replace(b"\0", b"")
)


def long(piece: bytes, size: int, end: bytes) -> bytes:
    """Repeat a piece up to a size, and append another end."""
    return (piece * size)[:size] + end


values = (
    pieces
    | st.lists(pieces, max_size=5).map(b"".join)
    | st.lists(pieces, max_size=20).map(b" ".join)
    | st.builds(long, st.sampled_from(FILLINGS), st.sampled_from(EDGES), pieces)
)
numbers = st.builds(
    lambda before, digits, after: before + digits + after,
    st.sampled_from(BLANKS),
    st.from_regex(rb"[0-9]{0,11}", fullmatch=True),
    st.sampled_from([*BLANKS, b"G", b" G", b"G ", b"GG", b"g", b"GiB", b".5", b"x"]),
)
outputs = st.lists(pieces | st.sampled_from([b"/", b"\n", b"8.2.2"]), max_size=8).map(
    b"".join
) | st.builds(
    long, st.sampled_from(FILLINGS), st.sampled_from(EDGES), st.just(b"/8.2.2/x\n")
)

runs = st.sampled_from([b"run-1", b"run-2", b"a\\b\"c'd", b"\xff", b" ", b"*"])
WORDS = b"completed success done ok failed failure error aborted".split()
STRANGE_WORDS = (b"", b"Done", b"FAILED", b"ok ", b"done\n", b"*", b"none")
CODES = (
    *b"0 1 7 100 127 130 210 243 255 007 00 000000255 none".split(),
    *b"INTERRUPTED TERMINATED HANGUP".split(),
)
STRANGE_CODES = (
    *(b"", b"256", b"999", b"0000000001", b"-1", b"+1", b"1 ", b" 1", b"1\n", b"0x1"),
    *(b"NONE", b"interrupted", b"apt install x; false", b"08", b"a[0]", b"1.", b"\xff"),
)
words = st.sampled_from(WORDS)
strange_words = st.sampled_from(STRANGE_WORDS)
codes = st.sampled_from(CODES) | st.integers(0, 255).map(lambda code: b"%d" % code)
strange_codes = st.sampled_from(STRANGE_CODES) | values
forces = st.sampled_from([b"force", b"", b"no", b"Force", b"force "])
arguments = (
    st.just(())
    | st.tuples(words | strange_words)
    | st.tuples(words | strange_words, codes | strange_codes)
    | st.tuples(words | strange_words, codes | strange_codes, forces)
)
statuses = st.sampled_from([0, 1, 2, 7, 100, 126, 127, 130, 254, 255])

STATUSES = [
    *(200, 204, 302, 400, 404, 407, 408, 409, 424, 425, 426, 428, 429, 430),
    *(499, 500, 503, 599, 600, 999),
]
# A stub sender prints them: no NUL, and no more than the sender keeps of a body.
replies = st.none() | st.builds(
    Reply,
    st.sampled_from(STATUSES),
    values.map(lambda body: body[:4096]),
)
# A real server can send any byte.
real_replies = st.none() | st.builds(
    Reply,
    st.sampled_from([200, 302, 400, 429, 500]),
    values | st.binary(max_size=20),
)
URLS = [
    *(b"http://h", b"https://h/p?q#f", b"HTTP://[::1]:1/", b"hTTps://u:p@h"),
    *(b"", b"x", b"http:", b"http://", b"http:///", b"http://?", b"http://#"),
    *(b"ftp://h", b"http:/h", b" http://h", b"http://h ", b"http://h\n"),
    *(b"http://h/\xc3\xa4", b"http://h/\x7f", b"http://h/\tx", b"http://h/a b"),
    b"http://" + b"h" * 2041,
    b"http://" + b"h" * 2042,
    b"http://h/$(exit)`exit`'\"\\",
]
TIMEOUTS = [
    *(b"1", b"9", b"10", b"30", b"31", b"60", b"61", b"99", b"300", b"301"),
    *(b"0", b"00", b"05", b"030", b"-1", b"+9", b" 9", b"9 ", b"9\n", b"9.0"),
    *(b"", b"x", b"0x1e", b"1e1", b"99999999999999999999", b"\xd9\xa9", b"a[1]"),
]
urls = st.sampled_from(URLS)
timeouts = st.sampled_from(TIMEOUTS)
switches = st.sampled_from([b"yes", b"yes", b"no", b"", b"Yes", b"1", b"yes "])
# Options that a caller may have set; none of them changes a report.
options = st.sampled_from(
    [
        b"",
        b"set -Eeuo pipefail",
        b"set -f",
        b"set -a",
        b"set -C",
        b"set -o posix",
        b"set -T",
        b"shopt -s nocasematch nullglob extglob",
        b"shopt -s failglob nocaseglob",
        b"IFS=:",
        b"IFS=yes0123456789",
        b"unset -v IFS",
        b"LC_ALL=C",
        b"export LC_ALL=nowhere 2>/dev/null",
    ]
)


def inputs(
    names: Sequence[str],
) -> st.SearchStrategy[dict[str, tuple[bytes, bool]]]:
    """Draw values of some of the variables, and whether each is exported."""
    if not names:
        return st.just({})
    return st.dictionaries(
        st.sampled_from(names), st.tuples(values | numbers, st.booleans())
    )


# Parts of a line of a consent file: what stands in front of the variable's name, the
# sign, the value, and what stands behind. Each list begins with the usual.
CONSENT_FRONTS = (
    *(b"", b" ", b"\t  ", b"\r", b"export ", b" export\t ", b"export", b"Export "),
    *(b"export export ", b"exports ", b"export\r", b"declare -x ", b"readonly ", b"{ "),
    *(b"x=1; ", b"x=1 ", b"x=1;", b"x=#1;", b"true && ", b"'", b'"', b"\\", b"$", b"-"),
    *(b"#", b"# ", b" \t#", b"x=1 # ", b"x # ", b"# x\r", b"MY_", b"2", b"x", b"="),
    *(b"\xef\xbb\xbf", b" \xef\xbb\xbf", b"\xc2\xa0", b"\xc3\xa4", b"\xff", b"\x0b"),
    b"\xff \xef\xbb\xbf",
)
CONSENT_SIGNS = (
    *(
        b"=",
        b" =",
        b"= ",
        b"\t=\t",
        b"+=",
        b"==",
        b":=",
        b"[0]=",
        b"",
        b" ",
        b"X=",
        b"_=",
    ),
    *(b"\r=", b"\xc2\xa0=", b"\xc3\xa4=", b"-=", b"'=", b"; x="),
)
CONSENTS = (
    *(
        b"yes",
        b"no",
        b"'yes'",
        b'"yes"',
        b"No",
        b"NO",
        b"Yes",
        b"YES",
        b"",
        b"off",
        b"y",
    ),
    *(
        b"'no'",
        b'"no"',
        b"\"yes'",
        b"'yes",
        b'yes"',
        b"''yes''",
        b"\"'yes'\"",
        b"'yEs'",
    ),
    *(b"yesyes", b"'yes '", b"y'e's", b"\\yes", b"$(exit)", b'"', b"''", b"yes=", b"1"),
)
CONSENT_ENDS = (
    *(
        b"",
        b"\r",
        b" ",
        b"\t\r",
        b"\r\r",
        b" # why",
        b" # a # b",
        b"\t#no",
        b"#no",
        b"; # x",
        b";",
    ),
    *(
        b" no",
        b" yes",
        b"x",
        b"\xff",
        b"\x0b",
        b"\rx=1",
        b"\r# x",
        b" # x\rx=1",
        b" export ",
    ),
)
# How a file begins, and what stands between its lines.
CONSENT_STARTS = (
    *(b"", b"\xef\xbb\xbf", b"\xef\xbb\xbf\xef\xbb\xbf", b"\xef\xbb", b"\xff\xfe"),
    *(b"\xfe\xff", b"\xfe\xfe", b"\n\xff\xfe", b"\n\xef\xbb\xbf", b"\n" * 64),
    *(b"# x=1\n" * 30, b"x=y\n" * 200, b"x" * 3000, b" " * 3000),
)
LINE_ENDS = (b"\n", b"\n", b"\n", b"\r\n", b"\r", b"\n\n# x\n")


def consent_files(variable: str) -> st.SearchStrategy[bytes]:
    """Draw the content of a consent file that may name the variable.

    It has no NUL: bash before 4.4 does not notice one.
    """
    name = variable.encode()
    names = st.sampled_from([name] * 6 + [name.lower(), name.title(), name[1:]])
    signs, values = usually(CONSENT_SIGNS), st.sampled_from(CONSENTS)
    agreeing = st.just(name + b"=yes")
    line = st.builds(
        lambda *parts: b"".join(parts),
        *(usually(CONSENT_FRONTS), names, signs, values, usually(CONSENT_ENDS)),
    )
    lines = st.lists(line | agreeing, max_size=3)
    return st.builds(
        lambda start, end, lines, last: start + end.join(lines) + last,
        *(usually(CONSENT_STARTS), st.sampled_from(LINE_ENDS), lines),
        st.sampled_from([b"", b"\n", b"\r\n"]),
    )


def usually(choices: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Draw the first of them half of the time."""
    return st.just(choices[0]) | st.sampled_from(choices)


def consent_cases(variable: str) -> list[bytes]:
    """Return consent files in which no more than one part is unusual."""
    name = variable.encode()
    cases = [name + b"=" + value for value in CONSENTS]
    for value in CONSENTS[:2]:
        line = name + b"=" + value
        cases += [start + line for start in CONSENT_STARTS]
        cases += [front + line for front in CONSENT_FRONTS]
        cases += [name + sign + value for sign in CONSENT_SIGNS]
        cases += [line + end for end in CONSENT_ENDS]
    return cases


def examples(number: int) -> settings:
    """Let a test try this many examples, times SHIMGEN_EXAMPLES (default 1)."""
    factor = float(os.environ.get("SHIMGEN_EXAMPLES", "1"))
    tried = max(1, int(number * factor))
    return settings(max_examples=tried, deadline=None, print_blob=True)
