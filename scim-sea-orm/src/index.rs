//! Which attributes are indexed, and the rows that stand for a document's values.

use std::collections::BTreeMap;

use scim_server::comparison::comparison_key;
use scim_server::store::{Document, UniqueKey};
use scim_server::{BoundPath, Registry, ResourceType};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The bytes of an indexed value. A longer key is cut and ends in a digest of the whole, so that two long names with one beginning differ.
pub(crate) const MAX_VALUE: u32 = 255;

/// Where a long key is cut: what is shorter stands in the index as it is.
pub(crate) const CUT: usize = 191;

/// Which attributes of a type are indexed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Indexed {
    /// Names, addresses, state and organisation: what identity providers ask for, and all that must be unique.
    #[default]
    Default,
    /// Every simple attribute and sub-attribute.
    All,
    /// The unique ones and these canonical paths.
    Paths(Vec<String>),
}

/// What is indexed without a declaration of one's own.
const DEFAULT: &[&str] = &[
    "userName",
    "externalId",
    "displayName",
    "name.familyName",
    "name.givenName",
    "emails.value",
    "active",
    "title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

/// The indexed attributes of all types.
#[derive(Debug)]
pub(crate) struct Index {
    types: BTreeMap<String, Vec<IndexedPath>>,
}

#[derive(Debug)]
pub(crate) struct IndexedPath {
    pub(crate) path: BoundPath,
    /// The number under which its values stand.
    pub(crate) number: i64,
    /// The number under which each value that was cut has a row, too: without one, no value under `number` is cut.
    pub(crate) cut: i64,
    pub(crate) unique: bool,
}

/// One row of the value table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ValueRow {
    pub(crate) attribute: i64,
    pub(crate) value: Vec<u8>,
    pub(crate) element: i64,
    pub(crate) unique: bool,
}

impl Index {
    pub(crate) fn new(registry: &Registry, indexed: &Indexed) -> Self {
        let types = registry.types().iter().map(|kind| (kind.name.clone(), indexed_paths(kind, indexed)));
        Self { types: types.collect() }
    }

    /// How the path is indexed, if it is.
    pub(crate) fn find(&self, kind: &ResourceType, path: &BoundPath) -> Option<&IndexedPath> {
        self.types.get(&kind.name)?.iter().find(|indexed| indexed.path == *path)
    }

    /// All that decides which rows a document has: another text means another index.
    pub(crate) fn fingerprint(&self) -> String {
        let mut text = format!("keys 2, cut {CUT}");
        for (name, paths) in &self.types {
            text.push_str(&format!("\n{name}:"));
            for indexed in paths {
                text.push_str(&format!(" {}{}", indexed.path, if indexed.path.leaf().case_exact { "=" } else { "~" }));
            }
        }
        hex(&Sha256::digest(text))
    }

    /// The rows of a document. What must be unique comes with the change, because the profile has a say in it.
    pub(crate) fn rows(&self, kind: &ResourceType, document: &Document, unique: &[UniqueKey]) -> Vec<ValueRow> {
        let mut rows = Vec::new();
        for indexed in self.types.get(&kind.name).into_iter().flatten().filter(|indexed| !indexed.unique) {
            for (element, key) in keys(&indexed.path, document) {
                rows.push(ValueRow { attribute: indexed.number, value: cut(&key), element, unique: false });
                rows.extend((key.len() > CUT).then(|| ValueRow { attribute: indexed.cut, value: Vec::new(), element, unique: false }));
            }
        }
        for UniqueKey { path, key } in unique {
            rows.push(ValueRow { attribute: unique_number(kind, path), value: cut(key), element: 0, unique: true });
            rows.extend((key.len() > CUT).then(|| ValueRow {
                attribute: cut_number(kind, path),
                value: Vec::new(),
                element: 0,
                unique: false,
            }));
        }
        rows.sort();
        rows.dedup();
        rows
    }
}

fn indexed_paths(kind: &ResourceType, indexed: &Indexed) -> Vec<IndexedPath> {
    let mut paths = Vec::new();
    for path in kind.attributes() {
        // `id` and `meta` are columns of the resource.
        let held = path.extension.is_none() && ["id", "meta"].contains(&path.attribute.name.as_str());
        if held || kind.collection(&path).is_some() || kind.derived(&path).is_some() || path.is_secret() {
            continue;
        }
        let parts = if path.attribute.is_complex() {
            path.attribute.sub_attributes.iter().map(|sub| path.with_sub(sub.clone())).collect()
        } else {
            vec![path.clone()]
        };
        let reference = kind.references.contains(&path);
        for path in parts {
            let made_by_the_server = reference && path.sub.as_ref().is_some_and(|sub| sub.name != "value");
            let unique = path.leaf().is_unique() && !path.attribute.multi_valued;
            let chosen = match indexed {
                Indexed::All => true,
                Indexed::Default => reference || DEFAULT.contains(&path.to_string().as_str()),
                Indexed::Paths(paths) => paths.contains(&path.to_string()),
            };
            if !made_by_the_server && !path.is_secret() && !is_list_in_list(&path) && (unique || chosen) {
                let text = path.to_string();
                let number = if unique { unique_number(kind, &text) } else { path_number(kind, &text) };
                let cut = cut_number(kind, &text);
                paths.push(IndexedPath { path, number, cut, unique });
            }
        }
    }
    paths
}

/// Whether it is a list inside of a list: rows could not tell its elements apart.
fn is_list_in_list(path: &BoundPath) -> bool {
    path.sub.as_ref().is_some_and(|sub| sub.multi_valued)
}

/// The comparison keys of a path in a document, each with the position of its element.
fn keys(path: &BoundPath, document: &Document) -> Vec<(i64, String)> {
    let holder = match &path.extension {
        None => Some(document),
        Some(urn) => document.get(&**urn).and_then(Value::as_object),
    };
    let Some(value) = holder.and_then(|holder| holder.get(&path.attribute.name)) else { return Vec::new() };
    let elements =
        if path.attribute.multi_valued { value.as_array().map_or(&[] as &[Value], Vec::as_slice) } else { std::slice::from_ref(value) };
    let mut keys = Vec::new();
    for (position, element) in (0..).zip(elements) {
        let leaf = path.sub.as_ref().map_or(Some(element), |sub| element.get(&sub.name));
        if let Some(key) = leaf.and_then(|leaf| comparison_key(path.leaf(), leaf)) {
            keys.push((position, key));
        }
    }
    keys
}

/// A key as it stands in the index.
pub(crate) fn cut(key: &str) -> Vec<u8> {
    let bytes = key.as_bytes();
    if bytes.len() <= CUT {
        return bytes.to_vec();
    }
    let mut short = bytes[..CUT].to_vec();
    short.extend_from_slice(hex(&Sha256::digest(bytes)).as_bytes());
    short
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The number of a type.
pub(crate) fn type_number(kind: &str) -> i64 {
    number(&format!("type {kind}"))
}

/// The number of an attribute of a type.
pub(crate) fn path_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path}", kind.name))
}

/// The number under which the unique values of an attribute stand.
pub(crate) fn unique_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path} unique", kind.name))
}

/// The number under which the cut values of an attribute are marked.
fn cut_number(kind: &ResourceType, path: &str) -> i64 {
    number(&format!("{} {path} cut", kind.name))
}

/// A number made from a name, the same in every process, so that nobody has to hand them out.
pub(crate) fn number(name: &str) -> i64 {
    let digest = Sha256::digest(name);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(bytes) & i64::MAX
}
