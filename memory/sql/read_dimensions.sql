-- pgvector keeps a column's width as its type modifier; no row where the extension is missing
select atttypmod as dimensions
from pg_attribute
where attrelid = to_regclass('store_vectors') and attname = 'embedding'
