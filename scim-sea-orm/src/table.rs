//! The names of the tables and their columns, and what stands in them.

use sea_orm::{DbErr, QueryResult};

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

/// The texts of searchable attributes, each once, on SQLite: what its trigram index knows by number.
pub(crate) mod search {
    pub(crate) const TABLE: &str = "scim_search";
    pub(crate) const ID: &str = "id";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const ATTRIBUTE: &str = "attribute";
    pub(crate) const VALUE: &str = "value";
    /// The trigram index itself.
    pub(crate) const TRIGRAMS: &str = "scim_trigram";
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

/// How many resources there are, in blocks of their keys: the total is the sum, the n-th is found block by block.
pub(crate) mod tally {
    pub(crate) const TABLE: &str = "scim_tally";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TYPE: &str = "type";
    /// The key divided by the size of a block.
    pub(crate) const BLOCK: &str = "block";
    /// Writers of one block take different rows where rows are locked.
    pub(crate) const SLOT: &str = "slot";
    pub(crate) const COUNT: &str = "n";
}

/// The first key of each type that nobody has reserved.
pub(crate) mod key_range {
    pub(crate) const TABLE: &str = "scim_key_range";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const NEXT: &str = "next";
}

/// Which transactions were committed: each writes a mark of its own into a row that it has for itself meanwhile.
pub(crate) mod receipt {
    pub(crate) const TABLE: &str = "scim_receipt";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const SLOT: &str = "slot";
    pub(crate) const MARK: &str = "mark";
    /// When it was last written, in microseconds since 1970.
    pub(crate) const USED: &str = "used";
}

/// Resources that are gone, but whose links are not all gone yet.
pub(crate) mod cleanup {
    pub(crate) const TABLE: &str = "scim_cleanup";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const TYPE: &str = "type";
    pub(crate) const KEY: &str = "key";
    pub(crate) const ID: &str = "id";
}

/// The keys that seal a tenant's cursors.
pub(crate) mod cursor_key {
    pub(crate) const TABLE: &str = "scim_cursor_key";
    pub(crate) const TENANT: &str = "tenant";
    pub(crate) const GENERATION: &str = "generation";
    pub(crate) const SECRET: &str = "secret";
}

/// Who does what only one may do at a time.
pub(crate) mod lease {
    pub(crate) const TABLE: &str = "scim_lease";
    pub(crate) const NAME: &str = "name";
    pub(crate) const HOLDER: &str = "holder";
}

/// What is compared goes into the tables as bytes.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// A column of bytes that is a text.
pub(crate) fn text(row: &QueryResult, column: &str) -> Result<String, DbErr> {
    let bytes: Vec<u8> = row.try_get("", column)?;
    String::from_utf8(bytes).map_err(|error| DbErr::Type(error.to_string()))
}

/// A column of bytes that is a text, or nothing.
pub(crate) fn maybe_text(row: &QueryResult, column: &str) -> Result<Option<String>, DbErr> {
    let bytes: Option<Vec<u8>> = row.try_get("", column)?;
    bytes.map(String::from_utf8).transpose().map_err(|error| DbErr::Type(error.to_string()))
}
