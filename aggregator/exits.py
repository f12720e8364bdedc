"""Exit codes, which scripts rely on."""

DONE = 0
FAILED = 1
#: Wrong words on the command line, or settings that cannot be used.
MISUSE = 2
#: Done in part: what is missing is named on stderr, in the log and in the digest.
IN_PART = 3
