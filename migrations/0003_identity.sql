-- Who people are, how they sign in, and the mail that tells them. Users belong to no workspace: on a database spread
-- over servers these are reference tables, and none has a client_id.

create table identity_user (
    id uuid primary key,
    email text not null unique,           -- normalised: lower case, domain in its ASCII form
    full_name text not null,
    phone text,                           -- E.164
    country text,                         -- ISO 3166-1 alpha-2
    password_hash text,                   -- Argon2id in PHC form; null until an invited person has set a password
    two_factor text check (two_factor in ('email', 'totp')),
    created_at timestamptz not null,
    password_changed_at timestamptz
);

-- A token names its session; ending the row ends the token. Ended ones stay a while as the list of last logins.
create table identity_session (
    id uuid primary key,
    user_id uuid not null references identity_user,
    agent text not null,
    address text not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz
);
create index identity_session_user on identity_session (user_id, id);
create index identity_session_age on identity_session using brin (expires_at);

-- The second step of a login. A code is 6 digits, so its hash is keyed with a secret that is not in this database.
create table identity_challenge (
    id uuid primary key,
    user_id uuid not null references identity_user,
    method text not null check (method in ('email', 'totp')),
    code_hash bytea,                      -- null for totp: the code follows from the user's secret
    tries int not null default 0,
    sent_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index identity_challenge_user on identity_challenge (user_id) where used_at is null;

-- last_step is the newest 30-second step whose code was taken (RFC 6238 section 5.2: a code is used once).
create table identity_totp (
    user_id uuid primary key references identity_user,
    secret_sealed bytea not null,
    last_step bigint not null default 0,
    confirmed_at timestamptz,
    created_at timestamptz not null
);

-- Links that let a person set a password: after "forgot password", or with an invitation.
create table identity_password_link (
    token_hash bytea primary key,
    request_id uuid not null unique,      -- what asked for it, so that a repeated job writes one link
    user_id uuid not null references identity_user,
    purpose text not null check (purpose in ('reset', 'invite')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz
);
create index identity_password_link_user on identity_password_link (user_id, created_at);

-- Failed tries per account, per address and per second factor. Accounts are counted by the hash of the email that was
-- tried, whether or not it exists, so that a lock-out tells nobody which addresses do.
create table identity_tries (
    kind text not null check (kind in ('account', 'address', 'code')),
    subject text not null,
    failures int not null,
    last_at timestamptz not null,
    locked_until timestamptz,
    primary key (kind, subject)
);
create index identity_tries_age on identity_tries (last_at);

-- Mail (gateways/mail). The mailbox is where mails go while no mail server is configured; ids are UUIDv7, so their
-- order is that of time.
create table sandbox_mail (
    id uuid primary key,
    recipient text not null,
    subject text not null,
    body text not null,
    code text,
    link text,
    written_at timestamptz not null
);
create index sandbox_mail_recipient on sandbox_mail (recipient, id);

create table mail_delivery (
    id uuid primary key,
    outcome text not null check (outcome in ('sent', 'refused')),
    done_at timestamptz not null
);
