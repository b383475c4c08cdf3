delete from peer_steps
