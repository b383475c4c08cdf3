select id, name from classes where name = %(name)s order by id limit 1
