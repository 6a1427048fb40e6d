-- What operators and campaigns want of a device. Level-triggered: nothing clears it, a row that has
-- got there simply has it.
alter table device
  -- A key of this epoch or a later one; 0: any.
  add column wanted_epoch int8 not null default 0
    check (wanted_epoch between 0 and 4294967294),
  -- The connection to move to; 0: none.
  add column wanted_connection int4 not null default 0
    check (wanted_connection between 0 and 65535);
