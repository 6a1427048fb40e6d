-- The audit log as a chain that only who holds the vault can make.

-- Which root secret an entry is sealed with by the node that wrote it, and the seal; none by
-- gateways of before, which go on writing during a rolling upgrade.
alter table audit add column root int4;
alter table audit add column seal bytea;

-- Entries that have no link yet. Whoever is late with a commit is linked late: the chain's order is
-- its own.
create table audit_pending (audit_id int8 not null);
insert into audit_pending select id from audit;
create index audit_pending_order on audit_pending (audit_id);

create function note_pending() returns trigger language plpgsql as $$
begin
  insert into audit_pending select id from fresh;
  return null;
end
$$;
create trigger audit_noted after insert on audit
  referencing new table as fresh for each statement execute function note_pending();

-- One for each entry. No foreign key: entries go by retention.
create table audit_link (
  position int8 primary key,
  audit_id int8 not null,
  at timestamptz not null,
  linked_at timestamptz not null,
  sealed boolean not null,
  digest bytea not null,
  root int4 not null,
  mac bytea not null
);
create index audit_link_entry on audit_link (audit_id);

-- Where the chain begins and ends, under one mac.
create table audit_chain (
  only_one boolean primary key default true check (only_one),
  born_at timestamptz not null,
  start_position int8 not null,
  start_hash bytea not null,
  gone_before timestamptz not null,
  head_position int8 not null,
  head_hash bytea not null,
  root int4 not null,
  mac bytea not null
) with (fillfactor = 50);

-- As before; but a period of the audit log goes only once the chain says that it may be gone, so
-- that a gateway of before, which does not know of the chain, leaves it to the next one.
create or replace function drop_period(gone text, anyway boolean) returns text
language plpgsql as $$
declare
  of_table text;
  until timestamptz;
  last record;
  behind text;
begin
  select parent, to_at into strict of_table, until from period where name = gone;
  if of_table = 'audit' and not exists (select from audit_chain where gone_before >= until) then
    return 'the audit log''s chain';
  end if;
  if of_table = 'event' then
    for last in execute format('select tx, id from %I order by tx desc, id desc limit 1', gone) loop
      select string_agg(who, ', ' order by who) into behind from (
        select name as who from duty d where name in ('campaigns', 'platforms')
          and (d.seen_tx, d.seen_id) < (last.tx, last.id)
        union all
        select 'webhook ' || id from webhook w where (w.seen_tx, w.seen_id) < (last.tx, last.id)
      ) readers;
      if behind is not null and not anyway then
        return behind;
      end if;
      update event_gone g set tx = last.tx, id = last.id where (last.tx, last.id) > (g.tx, g.id);
    end loop;
  end if;
  execute format('drop table %I', gone);
  delete from period where name = gone;
  return behind;
end
$$;

insert into duty (name) values ('audit');
