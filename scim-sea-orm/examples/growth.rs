//! Does the cost of a request grow with what it does not touch? Medians of interleaved rounds, and their ratios.
//!
//! ```sh
//! cargo run --release -p scim-sea-orm --example growth
//! ```
//!
//! Groups of 10, 1,000 and 100,000 members get one member and lose it; one user is found by `userName` among 1,000 and 100,000. Each
//! with `synchronous=FULL` and with `OFF`, so that the disk hides nothing. It builds databases in a temporary folder and removes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scim_sea_orm::{Options, SqlStores, Synchronous};
use scim_server::store::{Change, Edit, Element, Expected, ResourceKey, Unknown};
use scim_server::validate::Draft;
use scim_server::{
    Body, Caller, Leniency, Parameters, Profile, Registry, ResourceType, ScimServer, Scope, StaticTokens, Store, Stores, TenantId,
};
use serde_json::{Value, json};

const ROUNDS: usize = 11;
/// Requests of one kind and size in a round; their mean counts.
const REQUESTS: u32 = 20;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    for synchronous in [Synchronous::Full, Synchronous::Off] {
        let folder = tempfile::tempdir()?;
        let registry = Arc::new(Registry::rfc7643());
        let url = format!("sqlite://{}/growth.db?mode=rwc", folder.path().display());
        let stores = SqlStores::connect(&Options::new(url).synchronous(synchronous), registry.clone()).await?;
        let server = ScimServer::new(registry.clone(), stores.clone(), StaticTokens::new());
        members(&server, &stores, &registry, synchronous).await?;
        names(&server, &stores, &registry, synchronous).await?;
    }
    Ok(())
}

async fn members(server: &ScimServer<SqlStores>, stores: &SqlStores, registry: &Registry, synchronous: Synchronous) -> Result<(), Failure> {
    let scope = server.scope(caller("groups"));
    let store = stores.of(&caller("groups"));
    let newcomer = create(&scope, "Users", json!({"schemas": [urn("User")], "userName": "newcomer"})).await?;
    let sizes = [10, 1_000, 100_000];
    let mut groups = Vec::new();
    for size in sizes {
        let id = create(&scope, "Groups", json!({"schemas": [urn("Group")], "displayName": format!("{size} members")})).await?;
        let put =
            (0..size).map(|number| Element { value: format!("member-{number:08}"), item: Default::default(), referent: None }).collect();
        let edits = vec![("members".to_owned(), Edit::Delta { put, remove: Vec::new(), unknown: Unknown::Keep })];
        let key = ResourceKey { kind: kind(registry, "Group")?, id: id.clone() };
        store.commit(&[Change::Update { key, expected: Expected::Any, new: None, edits }]).await?;
        groups.push(id);
    }
    let add = patch(json!({"op": "add", "path": "members", "value": [{"value": newcomer}]}));
    let remove = patch(json!({"op": "remove", "path": format!("members[value eq \"{newcomer}\"]")}));
    let mut times = [vec![Vec::new(); sizes.len()], vec![Vec::new(); sizes.len()]];
    for _ in 0..ROUNDS {
        for (size, id) in groups.iter().enumerate() {
            let mut spent = [Duration::ZERO; 2];
            for _ in 0..REQUESTS {
                for (which, body) in [&add, &remove].into_iter().enumerate() {
                    let started = Instant::now();
                    let answer = scope.patch("Groups", id, body, None, &Parameters::default()).await?;
                    spent[which] += started.elapsed();
                    assert_eq!(answer.status, 204);
                }
            }
            for (which, spent) in spent.into_iter().enumerate() {
                times[which][size].push(spent / REQUESTS);
            }
        }
    }
    let [added, removed] = times;
    report("one member added, answered 204", &sizes, added, synchronous);
    report("one member removed by members[value eq …]", &sizes, removed, synchronous);
    Ok(())
}

async fn names(server: &ScimServer<SqlStores>, stores: &SqlStores, registry: &Registry, synchronous: Synchronous) -> Result<(), Failure> {
    let sizes = [1_000, 100_000];
    let user = kind(registry, "User")?;
    for size in sizes {
        let store = stores.of(&caller(&format!("{size} users")));
        let leniency = Leniency::new(Profile::RFC);
        let mut changes = Vec::new();
        for number in 0..size {
            let body = json!({"schemas": [urn("User")], "userName": format!("user{number}@example.com"), "active": true,
                "name": {"familyName": format!("Family{number}"), "givenName": "Given"}, "emails": [{"value": format!("user{number}@example.com"), "type": "work"}]});
            let new = Draft::create(&user, body, &leniency)?.into_content(&user, &leniency);
            changes.push(Change::Create { key: ResourceKey { kind: user.clone(), id: format!("{size}-{number}") }, new });
        }
        for piece in changes.chunks(1_000) {
            store.commit(piece).await?;
        }
    }
    let mut times = vec![Vec::new(); sizes.len()];
    for round in 0..ROUNDS {
        for (which, size) in sizes.into_iter().enumerate() {
            let scope = server.scope(caller(&format!("{size} users")));
            let started = Instant::now();
            for request in 0..REQUESTS as usize {
                let number = (round * 7_919 + request * 104_729) % size;
                let query = format!("filter=userName+eq+%22USER{number}@example.com%22");
                let answer = scope.query("Users", &Parameters::parse(&query, scope.leniency())?).await?;
                assert_eq!(answer.body.as_ref().and_then(Body::document).map(|body| body["totalResults"].clone()), Some(json!(1)));
            }
            times[which].push(started.elapsed() / REQUESTS);
        }
    }
    report("userName eq", &sizes, times, synchronous);
    Ok(())
}

fn report(what: &str, sizes: &[usize], times: Vec<Vec<Duration>>, synchronous: Synchronous) {
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    let figures: Vec<String> = sizes.iter().zip(&medians).map(|(size, median)| format!("{size}: {} µs", median.as_micros())).collect();
    let ratio = medians[medians.len() - 1].as_secs_f64() / medians[0].as_secs_f64();
    println!("{what}, synchronous {synchronous:?}: {} (last : first = {ratio:.2})", figures.join(", "));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

async fn create(scope: &Scope<SqlStores>, endpoint: &str, body: Value) -> Result<String, Failure> {
    let answer = scope.create(endpoint, body.to_string().as_bytes(), &Parameters::default()).await?;
    let id = answer.body.as_ref().and_then(Body::document).and_then(|body| body["id"].as_str()).ok_or("a created resource has an id")?;
    Ok(id.to_owned())
}

fn patch(operation: Value) -> Vec<u8> {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}).to_string().into_bytes()
}

fn caller(tenant: &str) -> Caller {
    Caller::new(TenantId::new(tenant), "growth")
}

fn kind(registry: &Registry, name: &str) -> Result<Arc<ResourceType>, Failure> {
    Ok(registry.by_name(name).ok_or("the type is registered")?.clone())
}

fn urn(name: &str) -> String {
    format!("urn:ietf:params:scim:schemas:core:2.0:{name}")
}
