//! Resource types that are not the RFC's, on every engine; and typed views in a hook.

#[path = "../../../scim-server/tests/support/exchange.rs"]
mod exchange;
#[path = "../../../scim-server/tests/types/house.rs"]
mod house;
#[path = "../../../scim-server/tests/types/stories.rs"]
mod stories;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use exchange::{Server, TOKEN};
use house::{DEVICE, Device, LEASE, Lease};
use scim_sea_orm::{Event, Hook, Indexed, Options, SqlStores, Stop};
use scim_server::store::Stored;
use scim_server::{Boxed, Caller, Error, Profile, Resource, ScimServer, StaticTokens, TenantId};
use sea_orm::sea_query::Query as Sql;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Map, json};
use support::{Database, on_each_engine};

on_each_engine!(
    what_follows_from_a_declaration_holds,
    what_follows_from_a_declaration_holds_with_everything_indexed,
    a_hook_sees_the_struct
);

async fn holds(options: Options) {
    // Declared in Rust: the same as the JSON that the memory store is tested with.
    let registry = Arc::new(house::built());
    assert_eq!((&*registry, &house::derived()), (&house::from_json(), &*registry));
    let stores = SqlStores::connect(&options, registry.clone()).await.expect("the database opens");
    stories::run(&registry, &stores).await;
}

async fn what_follows_from_a_declaration_holds(database: Database) {
    holds(Options::new(&database.url)).await;
}

async fn what_follows_from_a_declaration_holds_with_everything_indexed(database: Database) {
    holds(Options::new(&database.url).indexed(Indexed::All)).await;
}

/// An application's rule and its own rows, on structs.
struct Inventory;

impl Inventory {
    async fn note(transaction: &DatabaseTransaction, stored: &Stored) -> Result<(), Stop> {
        let unfit = |error| Stop::Refuse(Error::internal(error));
        let Some(device) = Resource::<Device>::of(stored).map_err(unfit)? else { return Ok(()) };
        let lease: Option<Lease> = device.extension().map_err(unfit)?;
        let Some(cost_centre) = lease.and_then(|lease| lease.cost_centre) else {
            return Err(Stop::Refuse(Error::invalid_value(format!("{} needs a cost centre", device.value.serial_number))));
        };
        let values = [device.value.serial_number.into(), cost_centre.into()];
        let insert = Sql::insert().into_table("inventory").columns(["serial", "payer"]).values_panic(values).take();
        transaction.execute(&insert).await?;
        Ok(())
    }
}

impl Hook for Inventory {
    fn run<'a>(&'a self, transaction: &'a DatabaseTransaction, _: &'a Caller, event: Event<'a>) -> Boxed<'a, Result<(), Stop>> {
        Box::pin(async move {
            match event {
                Event::Created { after, .. } | Event::Updated { after, .. } => Self::note(transaction, after).await,
                Event::Deleted { .. } => Ok(()),
            }
        })
    }
}

async fn a_hook_sees_the_struct(database: Database) {
    let connection = sea_orm::Database::connect(&database.url).await.expect("the database opens");
    connection.execute_unprepared("CREATE TABLE inventory (serial VARCHAR(40), payer VARCHAR(40))").await.expect("a table of our own");
    let registry = Arc::new(house::derived());
    let stores = SqlStores::connect(&Options::new(&database.url), registry.clone()).await.expect("the database opens").with_hook(Inventory);
    let tokens = StaticTokens::new().with(TOKEN, TenantId::new("acme"), Profile::RFC);
    let server = Server::new(scim_server::http::endpoint(ScimServer::new(registry, stores, tokens)));
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ana"});
    let without = json!({"schemas": [DEVICE, LEASE], "serialNumber": "A-1", (LEASE): {"contract": "L-1"}});
    let mut with = without.clone();
    with[LEASE]["costCentre"] = json!("CC-7");
    for (path, body, status, detail) in
        [("/Users", &user, 201, None), ("/Devices", &without, 400, Some("A-1 needs a cost centre")), ("/Devices", &with, 201, None)]
    {
        let answer = server.send("POST", path, &Map::new(), Some(body)).await;
        assert_eq!((answer.status, answer.body["detail"].as_str()), (status, detail), "{}", answer.body);
    }
    let row =
        connection.query_one_raw(sea_orm::Statement::from_string(connection.get_database_backend(), "SELECT serial, payer FROM inventory"));
    let row = row.await.expect("the table is there").expect("one row");
    let column = |name: &str| row.try_get::<String>("", name).expect("a text");
    assert_eq!((column("serial"), column("payer")), ("A-1".to_owned(), "CC-7".to_owned()));
}
