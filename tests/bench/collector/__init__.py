"""How many reports a collector keeps, against an application that keeps none."""
