-- What one node at a time does, and how far it has read the events. Whatever it writes names its fence.
create table duty (
  name text primary key,
  holder uuid,
  fence int8 not null default 0,
  expires_at timestamptz not null default now(),
  seen_tx xid8 not null default pg_current_xact_id(),
  seen_id int8 not null default 0
);
insert into duty (name, fence, seen_tx, seen_id)
  select 'campaigns', fence, seen_tx, seen_id from campaign_runner;
drop table campaign_runner;
