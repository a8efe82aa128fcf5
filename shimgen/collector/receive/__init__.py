"""From a request to a durable report: limits, strict checks, answers."""
