-- Workspaces and who belongs to them.

create table client (
    client_id uuid primary key,
    name text not null,
    kind text not null check (kind in ('individual', 'company')),
    country text not null,                -- ISO 3166-1 alpha-2
    base_currency text not null,
    registration_number text,
    tax_id text,
    status text not null default 'created' check (status in ('created', 'active')),
    approval_mode text not null default 'off' check (approval_mode in ('off', 'single', 'dual', 'policy')),
    verification_status text not null default 'not_started'
        check (verification_status in ('not_started', 'in_progress', 'submitted', 'approved', 'rejected')),
    created_at timestamptz not null,
    onboarded_at timestamptz
);

create table membership (
    client_id uuid not null references client,
    user_id uuid not null,
    role text not null check (role in ('owner', 'admin', 'maker', 'checker', 'viewer')),
    added_at timestamptz not null,
    added_by uuid not null,
    primary key (client_id, user_id)
);
create index membership_newest on membership (client_id, added_at desc, user_id desc);

-- The same fact the other way round: which workspaces a user has. Every request asks it, and asks by user. An index on
-- membership (user_id) would do on one server, but where workspaces are spread over servers it would ask them all; so
-- it is a directory of its own, keyed and spread by user, written in the same transaction as membership. Its column is
-- not called client_id because it is not a workspace's table.
create table user_workspace (
    user_id uuid not null,
    workspace_id uuid not null,
    role text not null check (role in ('owner', 'admin', 'maker', 'checker', 'viewer')),
    primary key (user_id, workspace_id)
);
