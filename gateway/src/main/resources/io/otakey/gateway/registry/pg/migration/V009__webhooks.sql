-- Webhooks, and how far each has got with the events. event.kind 18 webhook paused (webhook; count
-- of events that wait; no product).

create table webhook (
  id text collate "C" primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  url text not null,
  insecure boolean not null,
  ca text,
  -- Empty: all.
  kinds int2[] not null,
  products text[] not null,
  sealed bytea not null,
  -- Signs too until then.
  former bytea,
  former_until timestamptz,
  version int8 not null default 1,
  -- Everything up to here was delivered, or is not for it.
  seen_tx xid8 not null default pg_snapshot_xmin(pg_current_snapshot()),
  seen_id int8 not null default 0,
  -- The end of what is being sent.
  sending_tx xid8,
  sending_id int8,
  tries int4 not null default 0,
  failing_since timestamptz,
  due_at timestamptz,
  why text,
  paused_at timestamptz,
  delivered_at timestamptz,
  delivered int8 not null default 0,
  check ((former is null) = (former_until is null)),
  check ((sending_tx is null) = (sending_id is null))
) with (fillfactor = 50);

insert into duty (name) values ('webhooks');

alter table event
  alter column product_id drop not null,
  add column webhook text;
