select c.id, c.name, m.role from class_members m join classes c on c.id = m.class_id where m.user_id = %(id)s order by c.name, c.id
