"""A slow test: the whole suite in a copy of the project with a larger spec."""
