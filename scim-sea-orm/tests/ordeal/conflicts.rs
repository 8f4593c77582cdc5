//! T28: conflicts in a third of all transactions reach no client, and nothing happens twice.

use std::collections::BTreeSet;

use crate::client::{joining, leaving, marking};
use crate::database::{Database, Engine, connect, run as sql};
use crate::server::Server;
use crate::{Outcome, Size};

const TASKS: usize = 8;

/// Makes three of ten writes of a resource's row fail as the engine does when two transactions meet.
async fn arm(database: &Database) {
    let connection = connect(database).await;
    match database.engine {
        Engine::Postgres => {
            sql(
                &connection,
                "CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF random() < 0.3 THEN RAISE EXCEPTION 'injected' USING ERRCODE = '40001'; END IF; \
                 IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
            )
            .await;
            sql(&connection, "CREATE TRIGGER conflict BEFORE INSERT OR UPDATE ON scim_resource FOR EACH ROW EXECUTE FUNCTION conflict()")
                .await;
        }
        Engine::MariaDb => {
            for event in ["INSERT", "UPDATE"] {
                sql(
                    &connection,
                    &format!(
                        "CREATE TRIGGER conflict_{event} BEFORE {event} ON scim_resource FOR EACH ROW BEGIN \
                         IF RAND() < 0.3 THEN SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'injected'; END IF; END"
                    ),
                )
                .await;
            }
        }
        Engine::Sqlite => {}
    }
}

pub(crate) async fn run(database: &Database, size: Size) -> Outcome {
    let rounds = size.of(160, 4_000) / TASKS;
    let servers = [Server::start(&database.url).await?, Server::start(&database.url).await?];
    let group = format!("/Groups/{}", servers[0].client().new_group("all").await?);
    arm(database).await;
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let (client, group) = (servers[task % 2].client(), group.clone());
            tokio::spawn(async move {
                let mut present = BTreeSet::new();
                for round in 0..rounds {
                    let person = client.new_user(&format!("{task}-{round}@x")).await?;
                    let path = format!("/Users/{person}");
                    client.must("PATCH", &path, Some(&marking("once"))).await?.expect(&[200])?;
                    client.must("PATCH", &path, Some(&marking("twice"))).await?.expect(&[200])?;
                    let version = client.get(&path).await?.expect(&[200])?.etag;
                    if version != "W/\"3\"" {
                        return Err(format!("two changes of a new user lead to {version}"));
                    }
                    client.must("PATCH", &group, Some(&joining(&person))).await?.expect(&[200, 204])?;
                    match round % 3 {
                        0 => {
                            client.must("PATCH", &group, Some(&leaving(&person))).await?.expect(&[200, 204])?;
                        }
                        1 => {
                            client.must("DELETE", &path, None).await?.expect(&[204])?;
                        }
                        _ => {
                            present.insert(person);
                        }
                    }
                }
                Ok(present)
            })
        })
        .collect();
    let mut expected = BTreeSet::new();
    for task in tasks {
        expected.extend(task.await.expect("no panic")?);
    }
    let client = servers[1].client();
    let body = client.get(&group).await?.expect(&[200])?.body;
    let members = body["members"].as_array().into_iter().flatten();
    let found: BTreeSet<String> = members.filter_map(|member| member["value"].as_str().map(ToOwned::to_owned)).collect();
    if found != expected {
        return Err(format!("{} members instead of {}", found.len(), expected.len()));
    }
    let total = client.get("/Users?count=0").await?.total();
    let deleted = TASKS * (0..rounds).filter(|round| round % 3 == 1).count();
    if total != (TASKS * rounds - deleted) as u64 {
        return Err(format!("{total} users are left"));
    }
    // Creating, marking twice, joining, and then two of three leave or go.
    let requests = TASKS * rounds * 4 + deleted + TASKS * (0..rounds).filter(|round| round % 3 == 0).count();
    Ok(format!(
        "{requests} writes with conflicts in 30 % of the row writes: no 5xx, {total} users and {} members as in the model",
        found.len()
    ))
}
