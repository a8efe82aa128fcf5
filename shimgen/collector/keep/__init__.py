"""Valid reports come in; published counts go out, each of at least k runs.

This room knows SQL and no HTTP. `store.py` and `published.py` are its interfaces; the
other rooms use `sqlite.py` only to open a database.

Terms: a report belongs to a run. When the retention is over, the run is *folded*: it is
added to the *cube*, the table of private counts by day and by combination of values,
and its reports are overwritten. Later a day is *published*: runs of the cube become
public *cells*, in which small counts are merged until each has at least *k* runs.
"""
