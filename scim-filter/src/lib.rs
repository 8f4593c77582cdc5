//! scim-filter
