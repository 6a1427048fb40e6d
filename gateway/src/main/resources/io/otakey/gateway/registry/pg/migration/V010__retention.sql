-- Events and the audit log in periods of time, each a partition, so that old ones go as a whole.
-- What is there becomes the first period: it is neither copied nor rewritten.

-- Which partitions there are, but those that take what has no period (event_rest, audit_rest).
create table period (
  name text primary key,
  parent text not null,
  from_at timestamptz not null,
  to_at timestamptz not null
);

-- They go on from the last number that was drawn: nodes take fewer for a database that is behind.
create sequence event_id;
create sequence audit_id;
select setval('event_id', last) from (select pg_sequence_last_value(
  pg_get_serial_sequence('event', 'id')::regclass) as last) s where last is not null;
select setval('audit_id', last) from (select pg_sequence_last_value(
  pg_get_serial_sequence('audit', 'id')::regclass) as last) s where last is not null;

drop trigger event_append_only on event;
drop trigger event_gone_noted on event;
drop trigger audit_append_only on audit;
alter table event rename to event_first;
alter table event_first drop constraint event_pkey;
alter table event_first alter column id drop identity;
alter table audit rename to audit_first;
alter table audit_first drop constraint audit_pkey;
alter table audit_first alter column id drop identity;
alter index audit_device rename to audit_first_device;

create table event (like event_first including defaults) partition by range (at);
create table audit (like audit_first including defaults) partition by range (at);
alter table event alter column id set default nextval('event_id');
alter table audit alter column id set default nextval('audit_id');
-- Ids come from sequences and are unique; a key would have to hold the time, too.
create index event_order on event (tx, id);
create index audit_order on audit (id);
create index audit_device on audit (product_id, device_id, id) where device_id is not null;
create table event_rest partition of event default;
create table audit_rest partition of audit default;
create trigger event_rest_kept before truncate on event_rest
  for each statement execute function refuse_change();
create trigger audit_rest_kept before truncate on audit_rest
  for each statement execute function refuse_change();

-- The start of a period of so many days, n periods after the one at this time.
create function period_start(at timestamptz, days int4, n int4) returns timestamptz
language sql immutable as $$
  select to_timestamp((floor(extract(epoch from at) / (days * 86400)) + n) * days * 86400)
$$;

create function attach_period(parent text, name text, from_at timestamptz, to_at timestamptz)
returns void language plpgsql as $$
begin
  execute format('create trigger %I before truncate on %I for each statement'
    ' execute function refuse_change()', name || '_kept', name);
  -- Locks nobody out who writes to other periods.
  execute format('alter table %I attach partition %I for values from (%L) to (%L)',
    parent, name, from_at, to_at);
  insert into period values (name, parent, from_at, to_at);
end
$$;

-- Makes what is missing of the present period and the next ones; how many. What came while there
-- was none goes where it belongs.
create function make_periods(of_table text, days int4, ahead int4) returns int4
language plpgsql as $$
declare
  first timestamptz;
  next timestamptz;
  made int4 := 0;
  fresh text;
begin
  for n in 0..ahead loop
    first := period_start(now(), days, n);
    next := period_start(now(), days, n + 1);
    continue when exists (
      select from period p where p.parent = of_table and p.from_at < next and p.to_at > first);
    fresh := of_table || '_' || to_char(first at time zone 'UTC', 'YYYYMMDD');
    execute format('create table %I (like %I including defaults)', fresh, of_table);
    execute format('lock table %I in access exclusive mode', of_table || '_rest');
    execute format('insert into %I select * from %I where at >= %L and at < %L', fresh,
      of_table || '_rest', first, next);
    execute format('alter table %I disable trigger user', of_table || '_rest');
    execute format('delete from %I where at >= %L and at < %L', of_table || '_rest', first, next);
    execute format('alter table %I enable trigger user', of_table || '_rest');
    perform attach_period(of_table, fresh, first, next);
    made := made + 1;
  end loop;
  return made;
end
$$;

-- Drops a period, and readers of events learn that they have missed some; unless somebody has not
-- read it yet and it is not to go anyway. Says who that is.
create function drop_period(gone text, anyway boolean) returns text language plpgsql as $$
declare
  of_table text;
  last record;
  behind text;
begin
  select parent into strict of_table from period where name = gone;
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

do $$
declare
  newest timestamptz;
begin
  alter sequence event_id owned by event.id;
  alter sequence audit_id owned by audit.id;
  create index event_first_order on event_first (tx, id);
  create index audit_first_order on audit_first (id);
  select greatest(max(at), now()) into newest from event_first;
  perform attach_period('event', 'event_first', '-infinity', period_start(newest, 7, 1));
  select greatest(max(at), now()) into newest from audit_first;
  perform attach_period('audit', 'audit_first', '-infinity', period_start(newest, 28, 1));
  perform make_periods('event', 7, 4);
  perform make_periods('audit', 28, 2);
end
$$;

create trigger event_append_only before update on event for each row execute function refuse_change();
create trigger event_kept before truncate on event
  for each statement execute function refuse_change();
create trigger event_gone_noted after delete on event
  referencing old table as gone for each statement execute function note_gone();
create trigger audit_append_only before update or delete on audit
  for each row execute function refuse_change();
create trigger audit_kept before truncate on audit
  for each statement execute function refuse_change();

insert into duty (name) values ('retention');
