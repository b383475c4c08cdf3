insert into experiment_stops (experiment, reason, at) values (%(experiment)s, %(reason)s, %(at)s)
on conflict do nothing returning experiment
