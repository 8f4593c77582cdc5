//! Removing what runs have left: by the journals, and by the mark that everything carries.

use std::fs;

use serde_json::Value;

use crate::journal;
use crate::model::{Model, ResourceType};
use crate::run::remove;
use crate::target::{Created, Credential, Request, Target};

/// How many pages of a type are read in search of marks.
const PAGES: usize = 100;

/// Removes what this run has created, and gives what could not be removed.
pub async fn this_run(target: &Target) -> Vec<Created> {
    for created in target.left_over() {
        remove(target, &created).await;
    }
    target.left_over()
}

/// Removes what earlier runs against this server have left, and gives how many resources that were.
pub async fn earlier_runs(target: &Target, model: &Model, word: &str) -> usize {
    let (paths, files) = journal::left_by_earlier_runs(target.base());
    for created in &paths {
        target.note_created(created.clone());
        remove(target, created).await;
    }
    if target.left_over().is_empty() {
        files.iter().for_each(|file| drop(fs::remove_file(file)));
    }
    paths.len() + marked(target, model, word).await
}

/// Removes whatever carries a mark that begins with that word, and gives how many resources that were: also what was created by a request
/// whose answer never came.
pub async fn marked(target: &Target, model: &Model, word: &str) -> usize {
    let mut count = 0;
    let second = Some(Credential::Second).filter(|second| target.has(*second));
    for credential in [Credential::Own].into_iter().chain(second) {
        // Groups name users: what was declared last goes first.
        for kind in model.types.iter().rev() {
            for id in find(target, kind, word, credential).await {
                let created = Created { path: crate::session::resource_path(&kind.endpoint, &id), credential };
                target.note_created(created.clone());
                remove(target, &created).await;
                count += 1;
            }
        }
    }
    count
}

/// The ids of the resources of that type that carry such a mark. The server may help to find them; what it gives is looked at all the same.
async fn find(target: &Target, kind: &ResourceType, word: &str, credential: Credential) -> Vec<String> {
    let named = ["userName", "displayName", "externalId"].into_iter().find(|name| kind.attribute(name).is_some());
    let filter = named.map(|name| format!("&filter={name}%20sw%20%22{word}%22"));
    let mut ids = Vec::new();
    let (mut start, mut filter) = (1, filter);
    for _ in 0..PAGES {
        let path = format!("{}?count=100&startIndex={start}{}", kind.endpoint, filter.as_deref().unwrap_or_default());
        let page = page(target, &path, credential).await;
        let Some(page) = page else {
            // A server that cannot filter like that may still list.
            if filter.take().is_some() {
                continue;
            }
            break;
        };
        if page.is_empty() {
            break;
        }
        start += page.len();
        let marked = page.iter().filter(|resource| is_marked(resource, word));
        ids.extend(marked.filter_map(|resource| resource["id"].as_str()).map(ToOwned::to_owned));
    }
    ids.sort();
    ids.dedup();
    ids
}

async fn page(target: &Target, path: &str, credential: Credential) -> Option<Vec<Value>> {
    let request = Request { method: "GET".into(), url: path.into(), headers: Vec::new(), body: None };
    let answer = target.send(request, credential).await.1.ok().filter(|answer| answer.status == 200)?;
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    Some(body["Resources"].as_array().cloned().unwrap_or_default())
}

/// Whether a text of the resource itself begins with the word. What it refers to does not count.
fn is_marked(resource: &Value, word: &str) -> bool {
    let begins = |value: &Value| value.as_str().is_some_and(|text| text.to_lowercase().starts_with(&word.to_lowercase()));
    resource.as_object().is_some_and(|members| members.iter().any(|(name, value)| name != "id" && begins(value)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_carries_the_mark_itself_is_removed() {
        for (resource, expected) in [
            (json!({ "id": "1", "userName": "scim-conformance-x-1@example.com" }), true),
            (json!({ "id": "2", "displayName": "SCIM-conformance-x-2" }), true),
            (json!({ "id": "scim-conformance-3", "userName": "bjensen" }), false),
            (json!({ "id": "4", "members": [{ "value": "scim-conformance-x-1" }], "displayName": "Staff" }), false),
            (json!({ "id": "5", "title": "about scim-conformance-x" }), false),
        ] {
            assert_eq!(is_marked(&resource, "scim-conformance-"), expected, "{resource}");
        }
    }
}
