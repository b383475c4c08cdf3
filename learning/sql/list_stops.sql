select experiment, reason, at from experiment_stops
