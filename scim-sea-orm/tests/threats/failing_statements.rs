//! T18: whichever row of a write fails, the database is as it was before.

use sea_orm::sea_query::{Asterisk, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, QueryResult};
use serde_json::{Map, Value, json};

use super::{Answer, Server, group, id, open, patch, post, serve, user};
use crate::support::{Database, Engine, on_each_engine};

on_each_engine!(a_write_that_fails_at_any_row_leaves_everything_as_it_was);

const TABLES: [&str; 4] = ["scim_resource", "scim_value", "scim_link", "scim_tally"];

/// From now on the row that is written when the counter reaches zero fails.
async fn arm(database: &DatabaseConnection, engine: Engine) {
    run(database, "CREATE TABLE failing (n INTEGER)").await;
    run(database, "INSERT INTO failing VALUES (-1)").await;
    let action = match engine {
        Engine::Sqlite => {
            "BEGIN SELECT RAISE(ABORT, 'this row fails') WHERE (SELECT n FROM failing) = 0; \
             UPDATE failing SET n = n - 1 WHERE n > 0; END"
        }
        Engine::Postgres => {
            let function = "CREATE FUNCTION failing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                            IF (SELECT n FROM failing) = 0 THEN RAISE EXCEPTION 'this row fails'; END IF; \
                            UPDATE failing SET n = n - 1 WHERE n > 0; RETURN COALESCE(NEW, OLD); END $$";
            run(database, function).await;
            "FOR EACH ROW EXECUTE FUNCTION failing()"
        }
        Engine::MariaDb => {
            "FOR EACH ROW BEGIN \
             IF (SELECT n FROM failing) = 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'this row fails'; END IF; \
             UPDATE failing SET n = n - 1 WHERE n > 0; END"
        }
    };
    for table in TABLES {
        for event in ["INSERT", "UPDATE", "DELETE"] {
            run(database, &format!("CREATE TRIGGER failing_{table}_{event} BEFORE {event} ON {table} {action}")).await;
        }
    }
}

async fn run(database: &DatabaseConnection, statement: &str) {
    database.execute_unprepared(statement).await.expect(statement);
}

async fn fail_at(database: &DatabaseConnection, row: i64) {
    run(database, &format!("UPDATE failing SET n = {row}")).await;
}

/// Every row of every table.
async fn dump(database: &DatabaseConnection) -> Vec<String> {
    let mut rows = Vec::new();
    for table in TABLES {
        let select = Query::select().column(Asterisk).from(table).to_owned();
        for row in database.query_all(&select).await.expect("a dump") {
            let columns = row.column_names();
            let values: Vec<String> = columns.iter().map(|column| value(&row, column)).collect();
            rows.push(format!("{table}: {}", values.join(", ")));
        }
    }
    rows.sort();
    rows
}

/// A number, bytes or a text, as the column may be.
fn value(row: &QueryResult, column: &str) -> String {
    if let Ok(number) = row.try_get::<Option<i64>>("", column) {
        return format!("{number:?}");
    }
    if let Ok(bytes) = row.try_get::<Option<Vec<u8>>>("", column) {
        return format!("{bytes:?}");
    }
    format!("{:?}", row.try_get::<Option<String>>("", column).expect("a number, bytes or a text"))
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

async fn a_write_that_fails_at_any_row_leaves_everything_as_it_was(database: Database) {
    let stores = open(&database).await;
    arm(stores.database(), database.engine).await;
    let number_of_writes = writes(&Default::default()).len();
    for number in 0..number_of_writes {
        let server = serve(&stores, &format!("t18 {number}"));
        let ids = start(&server).await;
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
