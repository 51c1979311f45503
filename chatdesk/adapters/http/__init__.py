"""The one HTTP door: an application on which every platform mounts its routes, and its server."""
