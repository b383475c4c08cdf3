"""The backend on a Docker engine: a warm pool of containers, each of which runs one program and is gone."""
