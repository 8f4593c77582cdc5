//! The names of the tables and their columns.

/// Resources: one row each.
pub(crate) mod resource {
    pub(crate) const TABLE: &str = "scim_resource";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TYPE: &str = "type";
    /// A dense number in order of creation, never shown.
    pub(crate) const KEY: &str = "key";
    /// The id that clients see.
    pub(crate) const ID: &str = "id";
    pub(crate) const VERSION: &str = "version";
    /// The canonical document as JSON text.
    pub(crate) const DOCUMENT: &str = "document";
    /// Its `displayName`, for those who name it.
    pub(crate) const DISPLAY: &str = "display";
    pub(crate) const CREATED: &str = "created";
    pub(crate) const MODIFIED: &str = "modified";
}

/// The comparison keys of indexed attributes: one row a value.
pub(crate) mod value {
    pub(crate) const TABLE: &str = "scim_value";
    pub(crate) const TENANT: &str = "tenant";
    /// The number of the resource type and path.
    pub(crate) const ATTRIBUTE: &str = "attribute";
    pub(crate) const VALUE: &str = "value";
    /// The key of the resource; 0 for what must be unique, so that the primary key holds it.
    pub(crate) const SLOT: &str = "slot";
    /// The position in a multi-valued attribute.
    pub(crate) const ELEMENT: &str = "element";
    pub(crate) const KEY: &str = "key";
}

/// Who names whom: elements of collections and references.
pub(crate) mod link {
    pub(crate) const TABLE: &str = "scim_link";
    pub(crate) const TENANT: &str = "tenant";
    /// The number of the resource type and path.
    pub(crate) const ATTRIBUTE: &str = "attribute";
    /// The key of the resource that names.
    pub(crate) const OWNER: &str = "owner";
    /// The id that is named.
    pub(crate) const VALUE: &str = "value";
    /// The comparison key of the id. Ids that the server made are their own keys; one that was kept as sent may be spelt otherwise.
    pub(crate) const COMPARED: &str = "compared";
    /// What a client gave beside the id, as JSON text.
    pub(crate) const ITEM: &str = "item";
}

/// Tenants by number: a number stands for one name only.
pub(crate) mod tenant {
    pub(crate) const TABLE: &str = "scim_tenant";
    pub(crate) const NUMBER: &str = "number";
    pub(crate) const NAME: &str = "name";
}

/// What the database was made for.
pub(crate) mod setting {
    pub(crate) const TABLE: &str = "scim_setting";
    pub(crate) const NAME: &str = "name";
    pub(crate) const VALUE: &str = "value";
}
