"""Tests of bash and the Python reference, compared on generated inputs."""
