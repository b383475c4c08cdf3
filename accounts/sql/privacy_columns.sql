select table_name, array_agg(column_name::text order by ordinal_position) as columns
from information_schema.columns where table_schema = current_schema() group by table_name
