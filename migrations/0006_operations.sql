-- One row per movement of money, whatever its type. Its id carries its time (UUIDv7 made from created_at), so the
-- primary key is also the order of every list and the index of every date range.

create table operation (
    client_id uuid not null,
    is_test boolean not null,
    id uuid not null,
    type text not null,
    status text not null,
    amount numeric(38, 0) not null,
    asset text not null,
    fee numeric(38, 0) not null default 0,
    total_debit numeric(38, 0) not null,
    source_wallet_id uuid,
    destination_wallet_id uuid,
    description text not null,
    reference text not null,
    detail jsonb,                      -- what only this type has; null for most
    journal_ids uuid[] not null,
    timeline json not null,            -- [{"status", "at", "by"?}], oldest first, as it goes on the wire: lists pass it on
    created_by uuid not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    completed_at timestamptz,
    primary key (client_id, is_test, id)
);

-- What comes in from another workspace, so that the receiver's feed finds it by the receiver's own key.
create table operation_incoming (
    client_id uuid not null,           -- the receiver
    is_test boolean not null,
    id uuid not null,
    from_client_id uuid not null,
    primary key (client_id, is_test, id)
);
