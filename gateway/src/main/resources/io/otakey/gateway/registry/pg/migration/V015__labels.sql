-- Labels of devices, and campaigns for devices with some. A table of their own: rows of device stay
-- on their page. No foreign key, as those rows are never deleted; whoever changes labels locks them.

create table device_label (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  key text collate "C" not null check (key ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$'),
  value text collate "C" not null check (value ~ '^([A-Za-z0-9][A-Za-z0-9._:/@-]{0,62})?$'),
  primary key (product_id, device_id, key)
);
create index device_label_value on device_label (key, value, product_id, device_id);

-- When a device's labels last changed; rises with every change, and stays when there are none any
-- more: a journal's older word does not bring back what was taken away.
create table device_labeled (
  product_id text collate "C" not null,
  device_id text collate "C" not null,
  at timestamptz not null,
  primary key (product_id, device_id)
);

alter table campaign
  -- Conditions as they are written, and groups.
  add column labels text[] not null default '{}',
  add column in_groups text[] not null default '{}',
  -- The transaction that last chose devices by them.
  add column labels_read_in xid8;

-- A gateway of before, which runs campaigns during a rolling upgrade, would choose without regard to
-- labels: it writes these columns without saying that it read them.
create function refuse_without_labels() returns trigger language plpgsql as $$
begin
  if (cardinality(new.labels) > 0 or cardinality(new.in_groups) > 0)
      and new.labels_read_in is distinct from pg_current_xact_id() then
    raise exception 'campaign % chooses by labels, which this gateway does not know: upgrade it',
      new.id using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger campaign_labels_read before update of planned_at, joined_at on campaign
  for each row execute function refuse_without_labels();
