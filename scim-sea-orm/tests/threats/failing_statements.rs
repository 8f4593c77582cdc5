//! T18: whichever row of a write fails, the database is as it was before.

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Map, Value, json};

use super::{Answer, Database, Server, group, id, patch, post, user};

const TABLES: [&str; 3] = ["scim_resource", "scim_value", "scim_link"];

/// From now on the row that is written when the counter reaches zero fails.
async fn arm(database: &DatabaseConnection) {
    run(database, "CREATE TABLE failing (n INTEGER)").await;
    run(database, "INSERT INTO failing VALUES (-1)").await;
    for table in TABLES {
        for event in ["INSERT", "UPDATE", "DELETE"] {
            run(
                database,
                &format!(
                    "CREATE TRIGGER failing_{table}_{event} BEFORE {event} ON {table} BEGIN \
                     SELECT RAISE(ABORT, 'this row fails') WHERE (SELECT n FROM failing) = 0; \
                     UPDATE failing SET n = n - 1 WHERE n > 0; END"
                ),
            )
            .await;
        }
    }
}

async fn run(database: &DatabaseConnection, statement: &str) {
    database.execute_raw(Statement::from_string(database.get_database_backend(), statement)).await.expect(statement);
}

async fn fail_at(database: &DatabaseConnection, row: i64) {
    run(database, &format!("UPDATE failing SET n = {row}")).await;
}

/// Every row of every table.
async fn dump(database: &DatabaseConnection) -> Vec<String> {
    let mut rows = Vec::new();
    for (table, columns) in [
        ("scim_resource", "tenant, type, key, id, version, created, modified, display, document"),
        ("scim_value", "tenant, attribute, hex(value), slot, element, key"),
        ("scim_link", "tenant, attribute, owner, value, item"),
    ] {
        let quoted: Vec<String> = columns.split(", ").map(|column| format!("quote({column})")).collect();
        let select = format!("SELECT {} AS line FROM {table} ORDER BY line", quoted.join(" || ',' || "));
        for row in database.query_all_raw(Statement::from_string(database.get_database_backend(), select)).await.expect("a dump") {
            rows.push(format!("{table}: {}", row.try_get::<String>("", "line").expect("a line")));
        }
    }
    rows
}

/// One write of each kind, on a start state of two users and a group.
fn writes(ids: &[String; 4]) -> Vec<(&'static str, String, Option<Value>)> {
    let [ana, ben, boss, sales] = ids;
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    vec![
        (
            "POST",
            "/Users".into(),
            Some(
                json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "new@x", "emails": [{"value": "a"}, {"value": "b"}], manager: {"manager": {"value": boss}}}),
            ),
        ),
        ("POST", "/Groups".into(), Some(group("New", &[ana, ben]))),
        (
            "PUT",
            format!("/Users/{ana}"),
            Some(json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "other@x", "title": "t"})),
        ),
        ("PUT", format!("/Groups/{sales}"), Some(group("Other", &[boss]))),
        (
            "PATCH",
            format!("/Users/{ana}"),
            Some(patch(
                json!([{"op": "replace", "path": "userName", "value": "moved@x"}, {"op": "add", "path": format!("{manager}:manager"), "value": {"value": ben}}]),
            )),
        ),
        (
            "PATCH",
            format!("/Groups/{sales}"),
            Some(patch(
                json!([{"op": "add", "path": "members", "value": [{"value": boss}]}, {"op": "remove", "path": format!("members[value eq \"{ana}\"]")}, {"op": "replace", "path": "displayName", "value": "Third"}]),
            )),
        ),
        ("DELETE", format!("/Users/{boss}"), None),
        ("DELETE", format!("/Groups/{sales}"), None),
    ]
}

async fn start(server: &Server) -> [String; 4] {
    let boss = id(&post(server, "/Users", &user("boss@x")).await);
    let mut ana = user("ana@x");
    ana["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = json!({"manager": {"value": boss}, "department": "Sales"});
    let ana = id(&post(server, "/Users", &ana).await);
    let ben = id(&post(server, "/Users", &user("ben@x")).await);
    let sales = id(&post(server, "/Groups", &group("Sales", &[&ana, &ben, &boss])).await);
    [ana, ben, boss, sales]
}

#[tokio::test]
async fn a_write_that_fails_at_any_row_leaves_everything_as_it_was() {
    let number_of_writes = writes(&Default::default()).len();
    for number in 0..number_of_writes {
        let database = Database::new();
        let stores = database.open().await;
        let server = database.serve(&stores, "t18");
        let ids = start(&server).await;
        arm(stores.database()).await;
        let (method, path, body) = writes(&ids).swap_remove(number);
        let send = async || -> Answer { server.send(method, &path, &Map::new(), body.as_ref()).await };
        let before = dump(stores.database()).await;
        let mut failures = 0;
        for row in 0.. {
            fail_at(stores.database(), row).await;
            let answer = send().await;
            fail_at(stores.database(), -1).await;
            if answer.status < 300 {
                break;
            }
            // The injected fault is the server's: it says so and nothing else.
            assert!(matches!(answer.status, 500 | 503), "{method} {path}, row {row}: {}", answer.body);
            assert!(!answer.body.to_string().contains("this row fails"), "{}", answer.body);
            assert_eq!(dump(stores.database()).await, before, "{method} {path}, row {row}");
            failures += 1;
        }
        assert!(failures >= 3, "{method} {path} writes more than {failures} rows");
        assert_ne!(dump(stores.database()).await, before, "{method} {path} had an effect in the end");
    }
}
