"""All SQL of identity: people and sessions in `people`, what a login needs in `sign_in`."""
