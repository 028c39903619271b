"""The client's pages, one noun each."""
