-- For a gateway whose role owns nothing: what of retention only the owner of tables may do, with the
-- owner's rights and no more choice than retention needs.

create function make_periods_ahead() returns int4 language sql security definer as $$
  select make_periods('event', 7, 4) + make_periods('audit', 28, 2)
$$;

create function drop_old_period(old text, anyway boolean) returns text
language plpgsql security definer as $$
begin
  if not exists (select from period where name = old and to_at <= now()) then
    raise exception 'no period % that is over', old using errcode = 'restrict_violation';
  end if;
  return drop_period(old, anyway);
end
$$;

-- Names mean the owner's, whatever the path of who calls; and nobody calls who was not let.
do $$
declare
  signature text;
begin
  foreach signature in array array['make_periods_ahead()', 'drop_old_period(text, boolean)'] loop
    execute format('alter function %s set search_path = %I, pg_temp', signature, current_schema());
    execute format('revoke execute on function %s from public', signature);
  end loop;
end
$$;
