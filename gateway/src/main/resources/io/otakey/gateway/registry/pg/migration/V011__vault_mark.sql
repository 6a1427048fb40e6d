-- Which state of the vault is in force, so that every node follows; empty: not said yet.
alter table installation add column vault_mark text not null default '';
