-- The ledger. An entry's amount is credit minus debit in the asset's smallest unit (docs/ledger.md).
-- client_id stands first in every key, so that one workspace's rows can live on one shard.

create table idempotency (
    client_id uuid not null,           -- the workspace; the user, where the operation has no workspace
    is_test boolean not null,
    operation text not null,
    key text not null,
    request_hash bytea not null,
    status int not null,
    answer bytea not null,
    created_at timestamptz not null,
    primary key (client_id, is_test, operation, key)
);
-- Records are deleted by age; rows arrive in that order, so a block range index is enough and costs writers nothing.
create index idempotency_age on idempotency using brin (created_at);

create table account (
    client_id uuid not null,
    id uuid not null,
    is_test boolean not null,
    code text not null,                -- wallet/{id}, revenue/fee/wallet_transfer, funding, ...
    kind text not null check (kind in ('liability', 'asset', 'equity', 'income', 'expense')),
    asset text not null,
    name text not null,
    side text not null check (side in ('credit', 'debit', 'both')),  -- which sign the balance may have
    status text not null default 'open' check (status in ('open', 'closed')),
    posted numeric(38, 0) not null default 0,
    held numeric(38, 0) not null default 0,
    entry_count bigint not null default 0,
    created_at timestamptz not null,
    primary key (client_id, id),
    unique (client_id, is_test, code, asset),
    constraint account_held_not_negative check (held >= 0),
    constraint account_side check (side = 'both'
        or (side = 'credit' and posted - held >= 0)
        or (side = 'debit' and posted + held <= 0))
) with (fillfactor = 50);

-- One row per workspace and mode: the end of its chain. Locking it is what puts a workspace's journals in one order.
create table chain (
    client_id uuid not null,
    is_test boolean not null,
    journal_count bigint not null default 0,
    hash bytea not null default decode(repeat('00', 32), 'hex'),
    primary key (client_id, is_test)
) with (fillfactor = 40);

create table journal (
    client_id uuid not null,
    is_test boolean not null,
    number bigint not null,            -- its place in the chain, from 1 without gaps
    id uuid not null,
    operation_id uuid,
    reverses_id uuid,
    kind text not null,
    description text not null,
    other_client_ids uuid[] not null,  -- other workspaces whose accounts it touches
    hash bytea not null,
    created_at timestamptz not null,
    primary key (client_id, is_test, number),
    unique (client_id, id)
);
create index journal_operation on journal (client_id, operation_id) where operation_id is not null;
create unique index journal_reversed_once on journal (client_id, reverses_id) where reverses_id is not null;

create table entry (
    client_id uuid not null,           -- owner of the account
    account_id uuid not null,
    number bigint not null,            -- the account's own count, from 1 without gaps
    is_test boolean not null,
    journal_client_id uuid not null,   -- whose chain the journal stands in
    journal_id uuid not null,
    position smallint not null,        -- place within the journal
    asset text not null,
    amount numeric(38, 0) not null check (amount <> 0),
    balance_after numeric(38, 0) not null,
    created_at timestamptz not null,
    primary key (client_id, account_id, number)
);
create index entry_journal on entry (journal_id);
-- Journals of other workspaces' chains, as the owner of a touched account lists them. Our own accounts are in nearly
-- every journal and are listed by no customer.
create index entry_from_outside on entry (client_id, is_test, journal_id)
    where journal_client_id <> client_id and client_id <> '00000000-0000-0000-0000-000000000000';

create table hold (
    client_id uuid not null,
    id uuid not null,
    is_test boolean not null,
    account_id uuid not null,
    operation_id uuid not null,
    asset text not null,
    amount numeric(38, 0) not null check (amount > 0),
    captured numeric(38, 0) not null default 0,
    status text not null check (status in ('open', 'captured', 'released')),
    created_at timestamptz not null,
    closed_at timestamptz,
    primary key (client_id, id),
    constraint hold_captured_within check (captured >= 0 and captured <= amount)
);
create index hold_operation on hold (client_id, operation_id);

create table journal_draft (
    client_id uuid not null,
    is_test boolean not null,
    id uuid not null,                  -- the journal has the same id once it is posted
    description text not null,
    entries jsonb not null,            -- [[account id, amount in smallest units as text], ...]
    status text not null check (status in ('draft', 'posted')),
    operation_id uuid,
    created_by uuid not null,
    created_at timestamptz not null,
    primary key (client_id, is_test, id)
);

-- Posted journals and entries are history: nothing updates or deletes them, whoever is connected.
create function refuse_rewriting_history() returns trigger language plpgsql as $$
begin
    raise exception 'posted % rows are never changed or deleted; write a reversal', tg_table_name
        using errcode = 'integrity_constraint_violation';
end $$;
create trigger journal_is_history before update or delete on journal
    for each statement execute function refuse_rewriting_history();
create trigger journal_is_not_emptied before truncate on journal
    for each statement execute function refuse_rewriting_history();
create trigger entry_is_history before update or delete on entry
    for each statement execute function refuse_rewriting_history();
create trigger entry_is_not_emptied before truncate on entry
    for each statement execute function refuse_rewriting_history();

-- What is inserted must balance per journal and asset, and leave each account's balance equal to its newest entry's.
-- Once per statement over the rows it brought, so that a batch of hundreds of journals pays for it once.
create function check_new_entries() returns trigger language plpgsql as $$
declare
    wrong record;
begin
    select journal_id, asset, sum(amount) as rest into wrong
        from arrived group by journal_id, asset having sum(amount) <> 0 limit 1;
    if found then
        raise exception 'journal % does not balance: % is off by %', wrong.journal_id, wrong.asset, wrong.rest
            using errcode = 'integrity_constraint_violation';
    end if;
    select e.account_id, e.number into wrong
        from (select distinct on (client_id, account_id) client_id, account_id, number, balance_after, asset, is_test
              from arrived order by client_id, account_id, number desc) e
        left join account a on a.client_id = e.client_id and a.id = e.account_id
        where a.id is null or a.posted <> e.balance_after or a.entry_count <> e.number
            or a.asset <> e.asset or a.is_test <> e.is_test
        limit 1;
    if found then
        raise exception 'entry % of account % does not fit the account''s balance', wrong.number, wrong.account_id
            using errcode = 'integrity_constraint_violation';
    end if;
    return null;
end $$;
create trigger entry_checked after insert on entry
    referencing new table as arrived for each statement execute function check_new_entries();
