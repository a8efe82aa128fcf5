"""From published counts to pages, charts, the API and files."""
