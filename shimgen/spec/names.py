"""Names that a spec cannot use, because bash or the shim uses them."""

from __future__ import annotations

# ruff: noqa: SIM905  lists of words read better than lists of quoted words

# Public functions of shell/lib. No spec may take their names, though not each file has
# all of them.
SHIM_FUNCTIONS = frozenset(
    """
    catch_errors categorize_error error_handler explain_exit_code on_exit on_hangup
    on_interrupt on_terminate record_feature record_metric record_package
    register_exit_code start_install_timer suggest_recovery
    """.split()
)

# Words that mean something to bash or are run by the shim: no function may take
# them. The first lines are what `compgen -k -b` prints.
TAKEN_FUNCTIONS = frozenset(
    """
    if then else elif fi case esac for select while until do done in function time
    coproc alias bg bind break builtin caller cd command compgen complete compopt
    continue declare dirs disown echo enable eval exec exit export false fc fg
    getopts hash help history jobs kill let local logout mapfile popd printf pushd
    pwd read readarray readonly return set shift shopt source suspend test times
    trap true type typeset ulimit umask unalias unset wait
    command_not_found_handle curl env python3
    """.split()
)

# Variables that bash or the shim sets itself: a spec can neither send nor set them.
TAKEN_VARIABLES = frozenset(
    """
    COMP_WORDBREAKS DIRSTACK DO_NOT_TRACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME
    GROUPS HISTCMD IFS LANG LC_ALL LINENO OLDPWD OPTARG OPTERR OPTIND PATH PIPESTATUS
    POSIXLY_CORRECT PPID PWD RANDOM REPLY RESPONSE SECONDS SHELLOPTS SHLVL SRANDOM
    TELEMETRY_BACKGROUND TELEMETRY_DEBUG TELEMETRY_DRY_RUN TELEMETRY_TIMEOUT
    TELEMETRY_URL UID _
    """.split()
)

# Variables that the shim reads or appends to: a spec can send them, not set them.
SHIM_INPUTS = frozenset(
    """
    EXIT_CODE INSTALL_START_TIME NO_COLOR SILENT_LOGFILE STRICT_UNSET
    TELEMETRY_FEATURES TELEMETRY_METRICS TELEMETRY_PACKAGES
    """.split()
)
