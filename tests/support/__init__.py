"""What several test modules need: servers, certificates, shells."""
