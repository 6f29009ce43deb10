"""The demo: sandbox, worker, beat and site as separate processes, and the main job done before your eyes."""
