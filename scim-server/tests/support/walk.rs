//! Walks through ten thousand users by cursor, while others come and go, on any store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scim_server::comparison::comparison_key;
use scim_server::http::endpoint;
use scim_server::store::{Change, Expected, ResourceKey};
use scim_server::validate::Draft;
use scim_server::{Caller, Leniency, Limits, Profile, Registry, ResourceType, ScimServer, StaticTokens, Store, Stores, TenantId};
use serde_json::{Value, json};

use super::exchange::{Server, TOKEN};

/// How many users there are at the start. Each tenth leaves during one of the walks.
const USERS: usize = 10_000;

/// How many are created in one commit.
const BATCH: usize = 500;

/// How many a page has: twenty pages a walk, and more for those who come.
const PAGE: u32 = 500;

/// How many come, and how many leave, during each walk.
const COMING: usize = 250;

/// What is walked: a query, and the path of the attribute that it is sorted by.
const WALKS: [(&str, Option<&str>); 4] = [
    ("/Users?attributes=userName,title", None),
    ("/Users?attributes=userName,title&sortBy=userName&sortOrder=descending", Some("userName")),
    // Of a hundred titles each is a hundred times there, and each eleventh user has none.
    ("/Users?attributes=userName,title&sortBy=title", Some("title")),
    ("/?attributes=userName,title&filter=userName%20pr&sortBy=title&sortOrder=descending", Some("title")),
];

/// Every user that is there throughout is returned exactly once, in order, and nobody twice. The pages of a walk come from two servers
/// in turn, which share nothing but what the stores share.
///
/// The users are put into the store by lists of changes, five hundred a commit; the walks go over HTTP.
pub(crate) async fn every_user_that_stays_is_met_exactly_once<S: Stores + Clone>(stores: [S; 2], registry: &Arc<Registry>) {
    let kind = registry.by_name("User").expect("User is registered").clone();
    let tenant = Caller::new(TenantId::new("walk"), "test");
    let servers = stores.clone().map(|stores| {
        let tokens = StaticTokens::new().with(TOKEN, tenant.tenant.clone(), Profile::RFC);
        let limits = Limits { max_results: PAGE, ..Limits::default() };
        Server::new(endpoint(ScimServer::new(registry.clone(), stores, tokens).with_limits(limits)))
    });
    let store = stores[0].of(&tenant);
    for batch in 0..USERS / BATCH {
        let changes: Vec<Change> = (batch * BATCH..(batch + 1) * BATCH).map(|number| creation(&kind, number)).collect();
        store.commit(&changes).await.expect("they are new");
    }
    // Those who are there when a walk begins. Those who came during one are there throughout the next.
    let mut present: BTreeSet<usize> = (0..USERS).collect();
    for (turn, (query, sorted_by)) in WALKS.into_iter().enumerate() {
        let leaving: Vec<usize> = (0..COMING).map(|index| (index * 4 + turn) * 10).collect();
        let coming: Vec<usize> = (0..COMING).map(|index| USERS + turn * COMING + index).collect();
        let stay: Vec<String> = present.iter().filter(|number| !leaving.contains(number)).map(|number| id(*number)).collect();
        let walking = Arc::new(AtomicBool::new(true));
        let others = tokio::spawn({
            let (store, kind, walking, coming, leaving) =
                (stores[1].of(&tenant), kind.clone(), walking.clone(), coming.clone(), leaving.clone());
            async move {
                let mut meanwhile = 0;
                for (come, leave) in coming.into_iter().zip(leaving) {
                    store.commit(&[creation(&kind, come)]).await.expect("it is new");
                    let change = Change::Delete { key: key(&kind, leave), expected: Expected::Any };
                    store.commit(&[change]).await.expect("it is there");
                    meanwhile += usize::from(walking.load(Ordering::Relaxed));
                    // The walk is to meet them from its first page to its last.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                meanwhile
            }
        });
        let met = walk(&servers, query).await;
        walking.store(false, Ordering::Relaxed);
        let meanwhile = others.await.expect("others come and go without a failure");
        assert!(meanwhile >= 10, "{query}: only {meanwhile} came and went during the walk");

        let mut times = BTreeMap::<&str, u32>::new();
        for user in &met {
            *times.entry(user["id"].as_str().expect("an id")).or_default() += 1;
        }
        let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{query}: returned more than once: {twice:?}");
        let missing: Vec<&String> = stay.iter().filter(|id| !times.contains_key(id.as_str())).collect();
        assert!(missing.is_empty(), "{query}: {} who were there throughout are missing, such as {}", missing.len(), missing[0]);
        if let Some(path) = sorted_by {
            in_order(&kind, path, query.contains("descending"), &met);
        }
        eprintln!("{query}: {} returned, {meanwhile} came and {meanwhile} went meanwhile", met.len());
        present.retain(|number| !leaving.contains(number));
        present.extend(coming);
    }
}

/// All users that the pages return, one page from each server in turn.
async fn walk(servers: &[Server; 2], query: &str) -> Vec<Value> {
    let (mut met, mut cursor, mut page) = (Vec::new(), String::new(), 0);
    loop {
        let answer = servers[page % 2].get(&format!("{query}&cursor={cursor}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        assert!(!answer.headers.contains_key("etag"), "a list has no tag");
        met.extend(answer.body["Resources"].as_array().expect("a list").iter().cloned());
        page += 1;
        assert!(page < 100, "{query}: the pages do not end");
        match answer.body["nextCursor"].as_str() {
            None => return met,
            Some(next) => next.clone_into(&mut cursor),
        }
    }
}

fn in_order(kind: &ResourceType, path: &str, descending: bool, met: &[Value]) {
    let attribute = kind.core_attribute(path).expect("an attribute of users").attribute;
    let mut keys: Vec<Option<String>> = met.iter().map(|user| comparison_key(&attribute, user.get(path)?)).collect();
    if descending {
        keys.reverse();
    }
    // Without a value is last upwards.
    assert!(keys.is_sorted_by_key(|key| (key.is_none(), key.clone())), "the pages are not in the order of {path}");
}

/// Users whose names and titles stand in another order than their creation.
fn creation(kind: &Arc<ResourceType>, number: usize) -> Change {
    let scattered = number.wrapping_mul(7_919) % 1_000_003;
    let mut body = json!({"schemas": [kind.schema.id], "userName": format!("user-{scattered:07}")});
    if !number.is_multiple_of(11) {
        body["title"] = json!(format!("Title {:02}", scattered % 100));
    }
    let leniency = Leniency::new(Profile::RFC);
    let draft = Draft::create(kind, body, &leniency).expect("it is a user");
    Change::Create { key: key(kind, number), new: draft.into_content(kind, &leniency) }
}

fn key(kind: &Arc<ResourceType>, number: usize) -> ResourceKey {
    ResourceKey { kind: kind.clone(), id: id(number) }
}

fn id(number: usize) -> String {
    format!("walker-{number}")
}
