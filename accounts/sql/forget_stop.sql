delete from stopped where what = 'person' and id = %(id)s
