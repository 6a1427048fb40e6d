-- Recovery after a lost or restored database (protocol section 6.6).
-- Codes: recovery_order.step 1 go on, 2 recover, 3 start afresh, 4 open, 5 close;
-- recovery_order.state 1 waiting for approval, 2 done, 3 denied.

alter table installation
  -- Rises with every choice: a node that knows a smaller one takes the database as it is.
  add column choice int8 not null default 0,
  -- Why every node holds devices off; empty: no node does.
  add column held text not null default '';

-- Generations that were seen of products that are not there yet, or not any more.
create table generation_floor (
  product_id text collate "C" primary key,
  generation int2 not null check (generation between 1 and 255)
);

create table recovery_order (
  id int8 generated always as identity primary key,
  step int2 not null check (step between 1 and 5),
  -- Null: all products.
  product_id text collate "C",
  -- The generation is raised above this one, too.
  above int2 not null default 0,
  state int2 not null check (state between 1 and 3),
  ordered_by text not null,
  decided_by text,
  ordered_at timestamptz not null default now(),
  decided_at timestamptz
);
