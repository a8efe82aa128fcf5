"""Published counts come in; pages, charts, an API and the shell files go out.

This room knows the `Figures` of the storage and no reports of single runs. A page is
registered once, in `PAGES` of `pages.py`, and a table of the API in `ENDPOINTS` of
`api.py`.
"""
