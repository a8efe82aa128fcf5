"""An operator's commands come in; backups, exports, test data and findings go out.

This is the room above `keep/` and `show/`: it may know both, and neither knows it. The
live page is here because it shows reports of single runs, to the operator alone.
"""
