select skill, next, struggled, went, recovered, usual from peer_steps where skill = any(%(skills)s)
