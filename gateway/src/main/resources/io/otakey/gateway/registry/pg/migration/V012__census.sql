-- One node counts the fleet for all.
insert into duty (name) values ('census');
