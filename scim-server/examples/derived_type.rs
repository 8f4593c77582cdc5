//! The resource type of the example `custom_type`, derived from Rust structs.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-server --features derive --example derived_type -- 127.0.0.1:8080
//! curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/Schemas
//! ```

use scim_server::{MemoryStores, Profile, Registry, RegistryDocument, ScimResource, ScimSchema, ScimServer, ScimValue};
use scim_server::{StaticTokens, TenantId, Timestamp};

/// A thing that the company lends
#[derive(ScimResource)]
#[scim(schema = "urn:example:params:scim:schemas:2.0:Device", endpoint = "/Devices", extension(Lease, required))]
struct Device {
    /// What stands on its label
    #[scim(case_exact, uniqueness = "server")]
    serial_number: String,
    /// How it looks
    #[scim(canonical_values("new", "used", "broken"))]
    condition: Option<String>,
    /// When it was bought
    bought: Option<Timestamp>,
    /// Who may use it
    #[scim(collection)]
    holders: Vec<Holder>,
}

#[derive(ScimValue)]
struct Holder {
    /// The id of the user
    #[scim(case_exact)]
    value: Option<String>,
    /// The URL of the user
    #[scim(name = "$ref", reference("User"))]
    reference: Option<String>,
    /// The name of the user
    display: Option<String>,
}

/// On which terms it is lent
#[derive(ScimSchema)]
#[scim(schema = "urn:example:params:scim:schemas:extension:2.0:Lease")]
struct Lease {
    /// The number of the contract
    #[scim(case_exact)]
    contract: String,
    /// Who pays
    cost_centre: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("SCIM_TOKEN").expect("set SCIM_TOKEN to the secret that clients send");
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let tokens = StaticTokens::new().with(&token, TenantId::new("acme"), Profile::RFC);
    let registry = Registry::rfc7643_and(RegistryDocument::default().with::<Device>())?;
    Ok(ScimServer::new(registry, MemoryStores::new(), tokens).listen(&address).await?)
}
