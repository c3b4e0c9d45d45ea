-- Wallets. The money stands in the ledger: each sub-account of a wallet is one ledger account with the same id.

create table wallet (
    client_id uuid not null,
    is_test boolean not null,
    id uuid not null,                     -- UUIDv7 made from created_at: the key is also the order of the list
    name text not null,
    country text not null,                -- ISO 3166-1 alpha-2
    asset text not null,
    type text not null default 'operating' check (type in ('operating')),
    is_primary boolean not null,
    status text not null default 'open' check (status in ('open', 'closed')),
    main_account_id uuid not null,        -- where money for the wallet goes unless a sub-account is named; never changes
    created_at timestamptz not null,
    primary key (client_id, is_test, id),
    constraint wallet_closed_is_not_primary check (status = 'open' or not is_primary)
);
-- At most one primary wallet per workspace, mode and asset, whatever races.
create unique index wallet_one_primary on wallet (client_id, is_test, asset) where is_primary;

create table wallet_account (
    client_id uuid not null,
    id uuid not null,                     -- also the ledger account's id
    is_test boolean not null,
    wallet_id uuid not null,
    purpose text not null check (purpose in ('main', 'reserve', 'virtual_account')),
    label text not null,
    number text,                          -- virtual accounts only: the number that a payer pays to
    created_at timestamptz not null,
    primary key (client_id, id),
    constraint wallet_account_number check ((purpose = 'virtual_account') = (number is not null))
);
create index wallet_account_of on wallet_account (client_id, wallet_id, id);
create unique index wallet_account_one_main on wallet_account (client_id, wallet_id) where purpose = 'main';

-- A transfer may name the wallet of another workspace by its id alone. Where workspaces are spread over servers, looking
-- for it in wallet would ask them all; so what never changes about a wallet stands here once more, keyed by its id, as a
-- reference table that every server holds. Its column is not called client_id because it is not a workspace's table.
create table wallet_directory (
    wallet_id uuid primary key,
    owner_id uuid not null,               -- the workspace
    is_test boolean not null,
    asset text not null,
    account_id uuid not null              -- the wallet's main account
);

-- The same for virtual account numbers: a pay-in names nothing but the number, which must be unique over all workspaces.
create table virtual_account_directory (
    number text primary key,
    owner_id uuid not null,               -- the workspace
    account_id uuid not null
);
