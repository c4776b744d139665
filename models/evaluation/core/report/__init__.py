"""What an evaluation says: tables, JSON, plots, and a page of results."""
