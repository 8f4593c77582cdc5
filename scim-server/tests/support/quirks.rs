//! Runs the table of client quirks (`fixtures/quirks/quirks.json`) against a server: every row in three columns.

use scim_server::{Profile, Registry, RegistryDocument, ResourceTypeDeclaration};
use serde_json::{Value, json};

use super::exchange::Server;
use super::verdict::judge;
use super::world::{World, reread};

/// What a row needs of its server.
pub(crate) struct Needs {
    pub(crate) profile: Profile,
    pub(crate) registry: Registry,
    /// A name that no other row and column has, for a tenant of its own.
    pub(crate) tenant: String,
}

/// Runs all rows and returns what went wrong. `open` makes a server without any resource that knows [`super::exchange::TOKEN`].
pub(crate) async fn run(open: impl AsyncFn(Needs) -> Server) -> Vec<String> {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../../fixtures/quirks/quirks.json")).expect("the fixture is JSON");
    assert!(rows.len() >= 141, "every entry of the catalogue has a row");
    let mut wrong = Vec::new();
    for row in &rows {
        let id = row["id"].as_str().expect("a row has an id");
        let steps = row["steps"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let pending = row["pending"].as_str();
        assert!(!steps.is_empty(), "{id} has no steps");
        let mut failures = Vec::new();
        for column in ["profile", "rfc", "strict"] {
            let profile = match column {
                "profile" => row["profile"].as_str().expect("a row names its profile"),
                other => other,
            };
            let needs = Needs {
                profile: Profile::by_name(profile).expect("the profile exists"),
                registry: registry(row["server"] == "users-only"),
                tenant: format!("{id} {column}"),
            };
            let server = open(needs).await;
            failures.extend(run_row(&server, row, steps, column).await.into_iter().map(|failure| format!("{id} [{column}]: {failure}")));
        }
        match pending {
            None => wrong.extend(failures),
            Some(subject) if failures.is_empty() => wrong.push(format!("{id} passes although it is pending ({subject})")),
            Some(_) => {}
        }
    }
    wrong
}

fn registry(users_only: bool) -> Registry {
    let urn = "urn:ietf:params:scim:schemas:extension:tribe:2.0:User";
    let mut user = ResourceTypeDeclaration::user();
    user.schema_extensions.push(serde_json::from_value(json!({"schema": urn})).expect("a declaration"));
    let mut types = vec![user];
    if !users_only {
        types.push(ResourceTypeDeclaration::group());
    }
    let document: RegistryDocument =
        serde_json::from_value(json!({"schemas": [{"id": urn, "name": "Tribe", "attributes": [{"name": "tag"}]}]})).expect("a document");
    Registry::new(document.schemas, types).expect("the types fit together")
}

async fn run_row(server: &Server, row: &Value, steps: &[Value], column: &str) -> Vec<String> {
    let mut world = match World::create(server, row).await {
        Ok(world) => world,
        Err(reason) => return vec![reason],
    };
    let mut failures = Vec::new();
    for (number, step) in (1..).zip(steps) {
        let verdict = world.fill(&step[column]);
        let before = world.read(server).await;
        let answer = world.take(server, step).await;
        let after = world.read(server).await;
        let mut wrong = judge(&verdict, &answer, &before, &after);
        wrong.extend(reread(server, step, &answer).await);
        failures.extend(wrong.into_iter().map(|failure| format!("step {number}: {failure}")));
    }
    failures
}
