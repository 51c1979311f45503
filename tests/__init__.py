"""The tests, importable so that they can share fakes and story-telling."""
