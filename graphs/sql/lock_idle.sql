select id from threads where id = %(thread)s and active_turn is null and waiting > 0 for update
