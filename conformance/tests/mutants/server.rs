//! A correct server in process: everything that the framework can do, in memory.

use std::sync::{Arc, Mutex, OnceLock};

use poem::Endpoint;
use scim_server::http::BelowBase;
use scim_server::{
    Access, Attribute, Boxed, Caller, CollectionDeclaration, HashPassword, Me, MemoryStores, Mutability, Profile, Registry,
    RegistryDocument, ResourceTypeDeclaration, Result, Returned, Rights, Schema, ScimServer, StaticTokens, TenantId, Uniqueness,
};
use serde_json::json;

use conformance::target::{Pending, Request, Response, Tokens, Transport};

use crate::deviation::{Answered, Asked, Hooks};

/// The base URL of the server.
pub(crate) const BASE: &str = "http://localhost/scim/v2";

/// The tokens of the run, of another tenant, and of a client that may only read.
pub(crate) fn tokens() -> Tokens {
    let token = |name: &str| Some(format!("mutant-{name}-token"));
    Tokens { own: token("own"), second: token("second"), read_only: token("read-only") }
}

/// The leniency of the framework for the clients of a vendor.
pub(crate) fn profile(name: Option<&str>) -> Profile {
    match name {
        None => Profile::RFC,
        // Vendors without a profile of their own have their quirks in the most lenient one.
        Some(name) => Profile::by_name(name).unwrap_or(Profile::LENIENT),
    }
}

/// A change of how the server is built.
pub(crate) type Setup = Arc<dyn Fn(ScimServer<MemoryStores>) -> ScimServer<MemoryStores> + Send + Sync>;

/// Besides users and groups, a type of all kinds of attributes, and one that requires an extension.
fn registry() -> Registry {
    const GADGET: &str = "urn:example:params:scim:schemas:2.0:Gadget";
    const LEASE: &str = "urn:example:params:scim:schemas:extension:2.0:Lease";
    let gadget = Schema::new(GADGET, "Gadget").description("A thing of all kinds of attributes").attributes([
        Attribute::string("serialNumber").required().case_exact().uniqueness(Uniqueness::Server).description("What stands on its label"),
        Attribute::string("maker").mutability(Mutability::Immutable).description("Who made it, once and for all"),
        Attribute::string("label").returned(Returned::Always).description("What is shown wherever it is shown"),
        Attribute::string("remark").returned(Returned::Request).description("What is shown to whoever asks"),
        Attribute::string("code").case_exact().description("A text whose case counts"),
        Attribute::string("condition").canonical_values(["new", "used"]).enforce_canonical_values().description("How it looks"),
        Attribute::boolean("lent").description("Whether somebody has it"),
        Attribute::integer("count").description("How many there are"),
        Attribute::decimal("weight").description("What it weighs"),
        Attribute::date_time("bought").description("When it was bought"),
        Attribute::binary("picture").description("What it looks like"),
        Attribute::reference("manual", ["external"]).description("Where its manual stands"),
        Attribute::string("tags").multi_valued().description("Words for it"),
        Attribute::complex(
            "parts",
            [
                Attribute::string("value").mutability(Mutability::Immutable).description("The number of the part"),
                Attribute::string("type").canonical_values(["screw", "wheel"]).description("What it is"),
                Attribute::boolean("primary").description("Whether it is the main part"),
            ],
        )
        .multi_valued()
        .description("What it is made of"),
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
    let kind = ResourceTypeDeclaration::new("Gadget", "/Gadgets", GADGET)
        .description("A thing of all kinds of attributes")
        .required_extension(LEASE)
        .collection(CollectionDeclaration::new("holders"));
    Registry::rfc7643_and(RegistryDocument::default().schema(gadget).schema(lease).resource_type(kind))
        .expect("the types are well declared")
}

/// Passwords are not stored for long enough to need a slow hash.
struct Reversed;

impl HashPassword for Reversed {
    fn hash<'a>(&'a self, text: &'a str) -> Boxed<'a, Result<String>> {
        Box::pin(std::future::ready(Ok(text.chars().rev().collect())))
    }
}

/// Whoever has the token of the run is this user.
#[derive(Clone, Default)]
struct Somebody {
    id: Arc<OnceLock<String>>,
}

impl Me for Somebody {
    fn of<'a>(&'a self, caller: &'a Caller) -> Boxed<'a, Result<Option<(String, String)>>> {
        let own = self.id.get().filter(|_| caller.tenant == TenantId::new("acme")).map(|id| ("User".to_owned(), id.clone()));
        Box::pin(std::future::ready(Ok(own)))
    }
}

/// The server with hooks before and behind it.
pub(crate) struct InProcess {
    endpoint: BelowBase<MemoryStores>,
    hooks: Hooks,
    /// What was asked and answered, as the checks have seen it.
    log: Mutex<Vec<(Asked, Answered)>>,
}

impl InProcess {
    pub(crate) async fn new(profile: Profile, setup: Option<&Setup>, hooks: Hooks) -> Self {
        let me = Somebody::default();
        let acme = |token: &Option<String>, tenant: &str| (token.clone().unwrap_or_default(), TenantId::new(tenant));
        let given = tokens();
        let (own, tenant) = acme(&given.own, "acme");
        let (second, other) = acme(&given.second, "other");
        let reader = Caller::new(tenant.clone(), "reader").with_rights(Rights::none().with(Access::Read, "User").and(&Rights::read_only()));
        let tokens = StaticTokens::new().with(&own, tenant, profile).with(&second, other, profile);
        let tokens = tokens.with_caller(&given.read_only.unwrap_or_default(), reader);
        let server = ScimServer::new(registry(), MemoryStores::new(), tokens)
            .with_public_url(BASE)
            .with_password_hasher(Reversed)
            .with_me(me.clone())
            .with_open_discovery();
        let server = setup.map_or_else(|| server.clone(), |setup| setup(server.clone()));
        let correct = Self { endpoint: scim_server::http::endpoint(server).below("/scim/v2"), hooks, log: Mutex::default() };
        me.id.set(correct.own_user().await).expect("the user is made once");
        correct
    }

    /// The user whose token the run has: it was there before, as on every server with users.
    async fn own_user(&self) -> String {
        let body = json!({ "schemas": [conformance::model::USER], "userName": "somebody@example.com" });
        let token = format!("Bearer {}", tokens().own.unwrap_or_default());
        let headers = vec![("Authorization".into(), token), ("Content-Type".into(), "application/scim+json".into())];
        let body = body.to_string().into_bytes();
        let created = self.call(&Asked { method: "POST".into(), path: "/Users".into(), query: String::new(), headers, body }).await;
        created.json()["id"].as_str().expect("the user is created").to_owned()
    }

    /// What has been asked and answered since the last call.
    pub(crate) fn take_log(&self) -> Vec<(Asked, Answered)> {
        std::mem::take(&mut self.log.lock().expect("no test panics while it logs"))
    }

    async fn call(&self, asked: &Asked) -> Answered {
        let mut request = poem::Request::builder().method(asked.method.parse().expect("a method")).uri_str(asked.uri());
        for (name, value) in &asked.headers {
            request = request.header(name.as_str(), value.as_str());
        }
        let response = self.endpoint.call(request.body(asked.body.clone())).await.expect("the endpoint answers errors itself");
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
        let body = body.into_vec().await.expect("the body is in memory");
        Answered { status: parts.status.as_u16(), headers, body }
    }
}

impl Transport for InProcess {
    fn send(&self, request: Request) -> Pending<'_, std::result::Result<Response, String>> {
        Box::pin(async move {
            let asked = Asked::of(request);
            let mut changed = asked.clone();
            let mut answered = match self.hooks.ask(&mut changed) {
                Some(answered) => answered,
                None => self.call(&changed).await,
            };
            self.hooks.answer(&asked, &mut answered);
            self.log.lock().expect("no test panics while it logs").push((asked, answered.clone()));
            Ok(Response { status: answered.status, headers: answered.headers, body: answered.body })
        })
    }
}
