select role,
    array(select class_id from class_members where user_id = users.id) as classes,
    exists (select from experiment_opt_outs where student_id = users.id)
        or not consents_to(users.id, 'experiments', %(assumed)s) as opted_out
from users where id = %(student)s
