//! scim-sea-orm
