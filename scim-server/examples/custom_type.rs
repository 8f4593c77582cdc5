//! A resource type of the application's own, with a required extension and a collection, declared by the builder.
//!
//! ```sh
//! SCIM_TOKEN=secret cargo run -p scim-server --example custom_type -- 127.0.0.1:8080
//! curl -H 'Authorization: Bearer secret' http://127.0.0.1:8080/scim/v2/ResourceTypes/Device
//! ```

use scim_server::{
    Attribute, CollectionDeclaration, MemoryStores, Profile, Registry, RegistryDocument, RegistryError, ResourceTypeDeclaration, Schema,
    ScimServer, StaticTokens, TenantId, Uniqueness,
};

const DEVICE: &str = "urn:example:params:scim:schemas:2.0:Device";
const LEASE: &str = "urn:example:params:scim:schemas:extension:2.0:Lease";

fn registry() -> Result<Registry, RegistryError> {
    let device = Schema::new(DEVICE, "Device").description("A thing that the company lends").attributes([
        Attribute::string("serialNumber").required().case_exact().uniqueness(Uniqueness::Server).description("What stands on its label"),
        Attribute::string("condition").canonical_values(["new", "used", "broken"]).description("How it looks"),
        Attribute::date_time("bought").description("When it was bought"),
        // `value` and `$ref` make it the name of another resource: here of several, and each may use the device.
        Attribute::complex(
            "holders",
            [
                Attribute::string("value").case_exact().description("The id of the user"),
                Attribute::reference("$ref", ["User"]).description("The URL of the user"),
                Attribute::string("display").description("The name of the user"),
            ],
        )
        .multi_valued()
        .description("Who may use it"),
    ]);
    let lease = Schema::new(LEASE, "Lease").description("On which terms it is lent").attributes([
        Attribute::string("contract").required().case_exact().description("The number of the contract"),
        Attribute::string("costCentre").description("Who pays"),
    ]);
    let kind = ResourceTypeDeclaration::new("Device", "/Devices", DEVICE)
        .description("A thing that the company lends")
        .required_extension(LEASE)
        .collection(CollectionDeclaration::new("holders"));
    Registry::rfc7643_and(RegistryDocument::default().schema(device).schema(lease).resource_type(kind))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = std::env::var("SCIM_TOKEN").expect("set SCIM_TOKEN to the secret that clients send");
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let tokens = StaticTokens::new().with(&token, TenantId::new("acme"), Profile::RFC);
    Ok(ScimServer::new(registry()?, MemoryStores::new(), tokens).listen(&address).await?)
}
