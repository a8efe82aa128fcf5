"""What is kept: reports for hours, counts for good, and of those what may be shown."""
