-- Platforms, and which logins are to exist on those that logins are written into.
-- Codes: credential.state 1 granted, 2 to be made, 3 there, 4 to be retired, 5 to be rolled back.

create sequence platform_version;

create table platform (
  id text collate "C" primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  kind text not null,
  -- Whether logins are written into it.
  pushes boolean not null,
  settings jsonb not null,
  sealed bytea,
  version int8 not null default nextval('platform_version')
);
create trigger platform_told after insert or update or delete on platform
  for each statement execute function tell_product_change();

-- Settled rows are in no index but the key: most of them are never touched again.
create table credential (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  token bytea not null check (length(token) between 1 and 32),
  platform_id text collate "C" not null,
  epoch int8 not null,
  -- Of the last comparison that found it.
  seen_run int8 not null default 0,
  changed_at timestamptz not null default now(),
  -- Null: nothing to do.
  due_at timestamptz,
  -- Rises with every change of state: what was done for an earlier one does not count.
  turn int4 not null default 0,
  connection_id int4 not null,
  tries int2 not null default 0,
  state int2 not null check (state between 1 and 5),
  -- Of the last try that failed.
  why text,
  -- A platform may have been given what was another's: its copy goes, the other's stays.
  primary key (product_id, device_id, token, platform_id),
  check ((state = 3) = (due_at is null))
) with (fillfactor = 85);
create index credential_due on credential (platform_id, due_at) where due_at is not null;

-- Devices that an operator barred or let back in: their credentials follow.
create table unsettled (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  primary key (product_id, device_id)
);

create function note_unsettled() returns trigger language plpgsql as $$
begin
  if exists (select 1 from credential c
      where c.product_id = new.product_id and c.device_id = new.device_id)
    or exists (select 1 from connection c join platform p on p.id = c.platform_id
      where c.id = new.connection_id and p.pushes)
  then
    insert into unsettled values (new.product_id, new.device_id) on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger device_barred after update of status on device for each row
  when (old.status <> new.status and (old.status >= 3 or new.status >= 3))
  execute function note_unsettled();

create sequence reconciliation_run;

create table reconciliation (
  platform_id text collate "C" primary key references platform on delete cascade,
  run int8 not null default 0,
  asked_at timestamptz not null default now(),
  begun_at timestamptz,
  ended_at timestamptz,
  listed boolean not null default false,
  names int8 not null default 0,
  others int8 not null default 0,
  missing int8 not null default 0,
  extra int8 not null default 0,
  why text not null default ''
);

insert into duty (name) values ('platforms');
