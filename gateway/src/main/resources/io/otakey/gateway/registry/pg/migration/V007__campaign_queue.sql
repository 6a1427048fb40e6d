-- Campaigns ask devices in the order of their positions. How far each wave has come says who was
-- asked: asking writes no row of campaign_device, and no index holds what changes of one.
-- campaign_device.state 2, notified, is no longer written: it is 1 with a position up to asked_to.
-- campaign_device.tries counts the times before the present one.

create table campaign_wave (
  campaign_id int8 not null,
  -- Up to here they were asked, as far as they were still to be.
  asked_to int8 not null default 0,
  -- Up to here nobody is waited for any more.
  settled_to int8 not null default 0,
  -- The last position; who is to be asked again, or joins late, comes behind it.
  end_at int8 not null,
  wave int4 not null,
  primary key (campaign_id, wave)
) with (fillfactor = 50);

-- When they were asked: a row for a hundredth of the campaign's time-out, at least a second.
create table campaign_ask (
  campaign_id int8 not null,
  span int8 not null,
  upto int8 not null,
  -- The last time within the span.
  at timestamptz not null default now(),
  wave int4 not null,
  primary key (campaign_id, wave, span)
);

drop index campaign_queue;
drop index campaign_notified;

update campaign_device m set position = p.position, goal_epoch = coalesce(m.goal_epoch, p.epoch + 1)
from (
  select m.campaign_id, m.product_id, m.device_id, d.epoch,
    row_number() over (partition by m.campaign_id, m.wave order by m.state = 1, m.position) as position
  from campaign_device m join device d on d.product_id = m.product_id and d.device_id = m.device_id
) p
where m.campaign_id = p.campaign_id and m.product_id = p.product_id and m.device_id = p.device_id;

insert into campaign_wave (campaign_id, wave, asked_to, end_at)
select c.campaign_id, c.wave, coalesce(m.asked, 0), coalesce(m.devices, 0)
from (select distinct campaign_id, wave from campaign_count) c
left join (
  select campaign_id, wave, count(*) filter (where state <> 1) as asked, count(*) as devices
  from campaign_device group by campaign_id, wave
) m on m.campaign_id = c.campaign_id and m.wave = c.wave;

insert into campaign_ask (campaign_id, wave, span, upto, at)
select m.campaign_id, m.wave, 0, w.asked_to, max(m.since)
from campaign_device m
join campaign_wave w on w.campaign_id = m.campaign_id and w.wave = m.wave
where m.state = 2
group by m.campaign_id, m.wave, w.asked_to;

update campaign_device set state = 1, tries = tries - 1 where state = 2;

alter table campaign_device alter column goal_epoch set not null;
alter table campaign_device add check (state <> 2);
create index campaign_queue on campaign_device (campaign_id, wave, position);
