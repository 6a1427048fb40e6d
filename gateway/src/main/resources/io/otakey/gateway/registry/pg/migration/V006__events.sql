-- Events that no commit makes: evidence, and what operators do to a device.
-- Codes: event.kind 5 duplicate device, 6 stale key, 7 refused enrollment (reason 1 barred, 2 key
-- version, 3 window, 4 allow-list, 5 quota, 6 epochs spent), 8 security events left out (count of
-- them, no device), 10 reset, 11 reset withdrawn, 12 blocked, 13 unblocked, 14 revoked, 15 removed,
-- 16 reopened, 17 approved; 9 is not stored: a rotation whose token names a connection is a move.
alter table event
  alter column epoch drop not null,
  alter column device_id drop not null,
  alter column token drop not null,
  add column count int8,
  add column actor text;

-- The newest event that is gone: whoever has read less than that has missed some.
create table event_gone (
  only_one boolean primary key default true check (only_one),
  tx xid8 not null default '0',
  id int8 not null default 0
);
insert into event_gone default values;

create function note_gone() returns trigger language plpgsql as $$
begin
  update event_gone g set tx = n.tx, id = n.id
  from (select tx, id from gone order by tx desc, id desc limit 1) n
  where (n.tx, n.id) > (g.tx, g.id);
  return null;
end
$$;
create trigger event_gone_noted after delete on event
  referencing old table as gone for each statement execute function note_gone();
