-- The registry. Rows of device are never deleted; audit and connection are append-only; of event
-- only the oldest rows may go.
-- Codes: device.status 1 expected, 2 active, 3 blocked, 4 revoked, 5 removed;
-- product.re_enroll 0 never, 1 on approval, 2 until a time;
-- awaiting.reason 1 re-enrollment, 2 an ABANDON that asked for too much;
-- event.kind 1 enrolled, 2 rotated, 3 recovered (the kind of the committed token);
-- api_token.role 1 viewer, 2 operator, 3 admin.

create table installation (
  only_one boolean primary key default true check (only_one),
  id uuid not null,
  created_at timestamptz not null default now()
);

create table product (
  id text collate "C" primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
  name text not null,
  generation int2 not null default 1 check (generation between 1 and 255),
  in_recovery boolean not null default false,
  allow_list boolean not null,
  window_from timestamptz,
  window_until timestamptz,
  quota int8 check (quota >= 0),
  -- Devices ever committed; kept, under the row's lock, while there is a quota.
  ever_committed int8,
  per_minute int4 check (per_minute > 0),
  re_enroll int2 not null check (re_enroll between 0 and 2),
  re_enroll_until timestamptz,
  connection_id int4 not null default 0,
  -- In this row, so that its lock covers them: a commit that waited for it sees them as they are.
  active_keys int2[] not null default '{}',
  version int8 not null default 1,
  created_at timestamptz not null default now(),
  check ((re_enroll = 2) = (re_enroll_until is not null)),
  check ((quota is null) = (ever_committed is null))
) with (fillfactor = 50);

create table product_key (
  product_id text collate "C" not null references product,
  version int2 not null check (version between 1 and 255),
  retired boolean not null default false,
  source bytea not null,
  created_at timestamptz not null default now(),
  primary key (product_id, version)
);

-- No foreign key and no further index: this is the hot table, and its updates stay on their page.
create table device (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  epoch int8 not null default 0 check (epoch between 0 and 4294967294),
  -- Rises with every change that a decision could see.
  version int8 not null default 1,
  created_at timestamptz not null default now(),
  first_committed_at timestamptz,
  committed_at timestamptz,
  last_seen timestamptz,
  attempt int4 not null default 0 check (attempt between 0 and 65535),
  connection_id int4 not null default 0 check (connection_id between 0 and 65535),
  last_error int8,
  status int2 not null check (status between 1 and 5),
  returns_to int2 check (returns_to between 1 and 2),
  recovered_in int2 not null default 0 check (recovered_in between 0 and 255),
  re_enroll_approved boolean not null default false,
  token bytea check (length(token) between 1 and 32),
  firmware text,
  primary key (product_id, device_id),
  check ((status = 3) = (returns_to is not null)),
  check (status <> 2 or token is not null),
  check (status <> 5 or token is null)
) with (fillfactor = 85);

create table event (
  id int8 generated always as identity primary key,
  at timestamptz not null default now(),
  epoch int8 not null,
  kind int2 not null,
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  token bytea not null
);

create table awaiting (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  reason int2 not null check (reason between 1 and 2),
  first_asked timestamptz not null,
  last_asked timestamptz not null,
  count int8 not null,
  primary key (product_id, reason, device_id)
);

create table connection (
  id int4 primary key check (id between 1 and 65535),
  platform_id text not null,
  scheme text not null,
  host text not null,
  port int4 not null check (port between 1 and 65535),
  client_id text,
  user_name text,
  topic_prefix text,
  spki_sha256 bytea check (length(spki_sha256) = 32),
  created_at timestamptz not null default now()
);

create table api_token (
  id int8 generated always as identity primary key,
  name text not null,
  sha256 bytea not null unique check (length(sha256) = 32),
  role int2 not null check (role between 1 and 3),
  products text[] not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create unique index api_token_name on api_token (name) where revoked_at is null;

create table audit (
  id int8 generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  address text not null,
  action text not null,
  product_id text,
  device_id text,
  detail text not null default ''
);
create index audit_device on audit (product_id, device_id, id) where device_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function refuse_change();
create trigger event_append_only before update or truncate on event
  for each statement execute function refuse_change();
create trigger connection_append_only before update or delete or truncate on connection
  for each statement execute function refuse_change();

-- Nodes keep products and connections in memory; the counter of a quota is not among what they keep.
create function tell_product_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('otakey_product', '');
  return null;
end
$$;
create trigger connection_told after insert on connection
  for each statement execute function tell_product_change();
create trigger product_told after insert or update of version or delete on product
  for each statement execute function tell_product_change();
