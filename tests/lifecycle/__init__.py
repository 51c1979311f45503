"""The pure core, by itself."""
