delete from learning_nights where day < %(before)s
