"""The receiving side, by the same spec as the shim.

A report passes through the rooms in this order: `receive/` checks it and says so once
it is durable; `keep/` holds it for hours, folds its run into counts, and publishes
those that enough runs share; `show/` makes pages and the API of what is published.
`operate/` holds what else an operator does. `serve.py` runs it all.
"""
