"""Long-term memory: what the tutor keeps of a student.

The tables are those of langgraph's Postgres store, made here so that no process alters the schema while it starts; its
own bookkeeping is filled in, so that its `setup()` finds nothing to do. There is deliberately no nearest-neighbour
index: a search is always among one student's few hundred notes, which an exact scan of that student's rows answers
fully, while an index over everybody's would look at other students' notes first.
"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("""
    create table store (
        prefix text not null,
        key text not null,
        value jsonb not null,
        created_at timestamptz default current_timestamp,
        updated_at timestamptz default current_timestamp,
        expires_at timestamptz,
        ttl_minutes integer,
        primary key (prefix, key)
    );
    create index store_prefix_idx on store using btree (prefix text_pattern_ops);
    create index idx_store_expires_at on store (expires_at) where expires_at is not null;

    create table store_migrations (v integer primary key);
    insert into store_migrations values (0), (1), (2), (3);

    -- notes hang on the student by name only, so erasing an account takes them along here
    create function forget_student() returns trigger language plpgsql as $$
    begin
        delete from store where prefix = 'memories.' || replace(replace(old.id, '%', '%25'), '.', '%2E');
        return old;
    end $$;
    create trigger forget_student after delete on users for each row execute function forget_student();

    -- without the extension, or without the right to create it, recall works by words
    do $$
    begin
        create extension if not exists vector;
        create table store_vectors (
            prefix text not null,
            key text not null,
            field_name text not null,
            embedding vector(384),
            created_at timestamptz default current_timestamp,
            updated_at timestamptz default current_timestamp,
            primary key (prefix, key, field_name),
            foreign key (prefix, key) references store (prefix, key) on delete cascade
        );
        create table vector_migrations (v integer primary key);
        insert into vector_migrations values (0), (1), (2);
    exception when feature_not_supported or undefined_file or insufficient_privilege or undefined_object then
        raise notice 'no vector extension: memories are recalled by words';
    end $$;
    """)
