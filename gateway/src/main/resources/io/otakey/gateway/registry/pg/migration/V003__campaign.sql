-- Campaigns; and events in the order of commits.
-- Codes: campaign.goal 1 rotate, 2 move, 3 revoke; campaign.counting 1 notified, 2 confirmed;
-- campaign.state 1 planning, 2 waiting for approval, 3 denied, 4 ready, 5 running, 6 paused,
-- 7 stopping, 8 stopped, 9 finished;
-- campaign_device.state, campaign_count.state 1 queued, 2 notified, 3 confirmed, 4 failed,
-- 5 rejected, 6 timed out, 7 canceled;
-- stop rules: failure 1 any, 2 failed, 3 rejected, 4 timed out; action 1 pause, 2 abort;
-- event.kind 4 abandoned, with the device's reason.

-- Ids are given out in another order than transactions commit. Whoever reads events in the order of
-- (tx, id), and none whose transaction is not below the oldest one that is still open, misses none.
alter table event
  add column tx xid8 not null default pg_current_xact_id(),
  add column reason int2;
alter table event drop constraint event_pkey;
alter table event add primary key (tx, id);

create table campaign (
  id int8 generated always as identity primary key,
  name text not null,
  goal int2 not null check (goal between 1 and 3),
  connection_id int4 not null,
  products text[] not null check (cardinality(products) > 0),
  id_prefix text not null,
  firmware text,
  platform_id text,
  key_older_than_s int8,
  device_ids text[] not null,
  percent int4 not null check (percent between 1 and 100),
  per_second float8 not null,
  factor float8 not null,
  every int8 not null,
  counting int2 not null,
  max_per_second float8 not null,
  waves int4[] not null,
  success_percent int4 not null,
  pause_after_wave boolean not null,
  stop_failure int2[] not null,
  stop_action int2[] not null,
  stop_percent int4[] not null,
  stop_minimum int8[] not null,
  timeout_s int8 not null,
  retries int4 not null,
  join_until timestamptz,
  needs_approval boolean not null,
  start_itself boolean not null,
  state int2 not null default 1 check (state between 1 and 9),
  -- Why it waits or has ended.
  why text not null default '',
  open_wave int4 not null default 1,
  -- Counts by state at the last start or resumption: stop rules look at what came after.
  base int8[] not null default '{0,0,0,0,0,0,0}',
  seed int8 not null default (random() * 9e15)::int8,
  -- Devices left out at planning because another campaign has them.
  busy int8 not null default 0,
  created_by text not null,
  approved_by text,
  created_at timestamptz not null default now(),
  planned_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  joined_at timestamptz
);
create index campaign_unfinished on campaign (id) where state not in (3, 8, 9);

-- Nodes keep in memory whose devices are being asked: these poll more often.
create trigger campaign_told after update of state on campaign
  for each statement execute function tell_product_change();

-- One row for every wave and state: nobody counts a million rows to see how far a campaign is.
create table campaign_count (
  campaign_id int8 not null references campaign,
  devices int8 not null,
  wave int4 not null,
  state int2 not null,
  primary key (campaign_id, wave, state)
) with (fillfactor = 50);

-- Written under the lock of its campaign's row alone.
create table campaign_device (
  campaign_id int8 not null,
  -- At random, so that no wave is one factory batch.
  position int8 not null,
  since timestamptz not null default now(),
  -- The epoch that the device is to reach; null: not asked yet.
  goal_epoch int8,
  wave int4 not null,
  state int2 not null default 1,
  tries int2 not null default 0,
  -- Of the device's last ABANDON.
  reason int2,
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  primary key (campaign_id, product_id, device_id)
) with (fillfactor = 85);
create index campaign_queue on campaign_device (campaign_id, wave, position) where state = 1;
create index campaign_notified on campaign_device (campaign_id, since) where state = 2;

-- Which node runs campaigns, and how far it has read the events. Whatever it writes names its fence.
create table campaign_runner (
  only_one boolean primary key default true check (only_one),
  holder uuid,
  fence int8 not null default 0,
  expires_at timestamptz not null default now(),
  seen_tx xid8 not null default pg_current_xact_id(),
  seen_id int8 not null default 0
);
insert into campaign_runner default values;
