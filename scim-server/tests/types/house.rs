//! Two resource types of the project's own, declared three times: `Device` with a required extension, `Room` with a collection.

use scim_server::{
    Attribute, Binary, CollectionDeclaration, Mutability, Registry, RegistryDocument, ResourceTypeDeclaration, Returned, Schema,
    ScimResource, ScimSchema, ScimValue, Timestamp, Uniqueness,
};

pub(crate) const DEVICE: &str = "urn:example:params:scim:schemas:house:2.0:Device";
pub(crate) const LEASE: &str = "urn:example:params:scim:schemas:extension:house:2.0:Lease";
pub(crate) const ROOM: &str = "urn:example:params:scim:schemas:house:2.0:Room";

/// From the JSON document.
pub(crate) fn from_json() -> Registry {
    let text = include_str!("../../../fixtures/resource-types/house.json");
    let document: RegistryDocument = serde_json::from_str(text).expect("the file is a registry document");
    Registry::rfc7643_and(document).expect("the types fit together")
}

/// By the builder.
pub(crate) fn built() -> Registry {
    let user = |name: &str| {
        Attribute::complex(
            name,
            [
                Attribute::string("value").required().case_exact().description("The id of the user."),
                Attribute::reference("$ref", ["User"]).description("The URL of the user."),
                Attribute::string("displayName").mutability(Mutability::ReadOnly).description("The name of the user."),
            ],
        )
    };
    let device = Schema::new(DEVICE, "Device").description("A thing that the company lends to its people.").attributes([
        Attribute::string("serialNumber")
            .required()
            .case_exact()
            .uniqueness(Uniqueness::Server)
            .mutability(Mutability::Immutable)
            .description("What stands on its label."),
        Attribute::string("displayName").description("What people call it."),
        Attribute::string("condition").canonical_values(["new", "used", "broken"]).enforce_canonical_values().description("How it looks."),
        Attribute::boolean("active").description("Whether it may be used."),
        Attribute::integer("slots").description("How many cards it takes."),
        Attribute::decimal("price").description("What it cost."),
        Attribute::date_time("bought").description("When it was bought."),
        Attribute::binary("firmware").returned(Returned::Request).description("The digest of its firmware."),
        Attribute::reference("manual", ["external"]).description("Where its manual is."),
        Attribute::string("tags").multi_valued().description("What it is found by."),
        Attribute::string("pin").mutability(Mutability::WriteOnly).returned(Returned::Never).description("What unlocks it."),
        user("owner").description("Who is responsible for it."),
        Attribute::complex(
            "interfaces",
            [
                Attribute::string("value").required().uniqueness(Uniqueness::Server).description("The address."),
                Attribute::string("type").canonical_values(["wired", "wireless"]).description("What kind of address it is."),
                Attribute::boolean("primary").description("Whether it is the preferred one."),
            ],
        )
        .multi_valued()
        .description("How it is reached."),
        Attribute::complex(
            "rooms",
            [
                Attribute::string("value").required().case_exact().mutability(Mutability::ReadOnly).description("The id of the room."),
                Attribute::reference("$ref", ["Room"]).mutability(Mutability::ReadOnly).description("The URL of the room."),
                Attribute::string("display").mutability(Mutability::ReadOnly).description("The name of the room."),
            ],
        )
        .multi_valued()
        .mutability(Mutability::ReadOnly)
        .description("Where it stands."),
    ]);
    let lease = Schema::new(LEASE, "Lease").description("On which terms it is lent.").attributes([
        Attribute::string("contract").required().case_exact().uniqueness(Uniqueness::Server).description("The number of the contract."),
        Attribute::string("costCentre").description("Who pays."),
        Attribute::date_time("endDate").description("Until when it is lent."),
        user("approver").description("Who agreed."),
    ]);
    let room = Schema::new(ROOM, "Room").description("A room with the things that stand in it.").attributes([
        Attribute::string("displayName").required().uniqueness(Uniqueness::Server).description("What stands on its door."),
        Attribute::integer("floor").description("Where it is."),
        Attribute::complex(
            "devices",
            [
                Attribute::string("value").required().case_exact().mutability(Mutability::Immutable).description("The id of the device."),
                Attribute::reference("$ref", ["Device"]).mutability(Mutability::Immutable).description("The URL of the device."),
                Attribute::string("display").mutability(Mutability::ReadOnly).description("The name of the device."),
                Attribute::string("place").description("Where in the room."),
            ],
        )
        .multi_valued()
        .description("What stands in it."),
    ]);
    let document = RegistryDocument::default()
        .schema(device)
        .schema(lease)
        .schema(room)
        .resource_type(
            ResourceTypeDeclaration::new("Device", "/Devices", DEVICE)
                .description("A thing that the company lends to its people.")
                .required_extension(LEASE),
        )
        .resource_type(
            ResourceTypeDeclaration::new("Room", "/Rooms", ROOM)
                .description("A room with the things that stand in it.")
                .collection(CollectionDeclaration::new("devices").reverse("rooms")),
        );
    Registry::rfc7643_and(document).expect("the types fit together")
}

/// By derive.
pub(crate) fn derived() -> Registry {
    Registry::rfc7643_and(RegistryDocument::default().with::<Device>().with::<Room>()).expect("the types fit together")
}

/// A thing that the company lends to its people.
#[derive(Debug, Clone, PartialEq, ScimResource)]
#[scim(schema = "urn:example:params:scim:schemas:house:2.0:Device", endpoint = "/Devices", extension(Lease, required))]
pub(crate) struct Device {
    /// What stands on its label.
    #[scim(case_exact, uniqueness = "server", mutability = "immutable")]
    pub(crate) serial_number: String,
    /// What people call it.
    pub(crate) display_name: Option<String>,
    /// How it looks.
    #[scim(canonical_values("new", "used", "broken"), enforce_canonical_values)]
    pub(crate) condition: Option<String>,
    /// Whether it may be used.
    pub(crate) active: Option<bool>,
    /// How many cards it takes.
    pub(crate) slots: Option<i64>,
    /// What it cost.
    pub(crate) price: Option<serde_json::Number>,
    /// When it was bought.
    pub(crate) bought: Option<Timestamp>,
    /// The digest of its firmware.
    #[scim(returned = "request")]
    pub(crate) firmware: Option<Binary>,
    /// Where its manual is.
    #[scim(reference("external"))]
    pub(crate) manual: Option<String>,
    /// What it is found by.
    pub(crate) tags: Vec<String>,
    /// What unlocks it.
    #[scim(mutability = "writeOnly", returned = "never")]
    pub(crate) pin: Option<String>,
    /// Who is responsible for it.
    pub(crate) owner: Option<NamedUser>,
    /// How it is reached.
    pub(crate) interfaces: Vec<Interface>,
    /// Where it stands.
    #[scim(mutability = "readOnly")]
    pub(crate) rooms: Vec<NamedRoom>,
}

#[derive(Debug, Clone, PartialEq, ScimValue)]
pub(crate) struct NamedUser {
    /// The id of the user.
    #[scim(case_exact)]
    pub(crate) value: String,
    /// The URL of the user.
    #[scim(name = "$ref", reference("User"))]
    pub(crate) reference: Option<String>,
    /// The name of the user.
    #[scim(mutability = "readOnly")]
    pub(crate) display_name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, ScimValue)]
pub(crate) struct Interface {
    /// The address.
    #[scim(uniqueness = "server")]
    pub(crate) value: String,
    /// What kind of address it is.
    #[scim(canonical_values("wired", "wireless"))]
    pub(crate) r#type: Option<String>,
    /// Whether it is the preferred one.
    pub(crate) primary: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, ScimValue)]
pub(crate) struct NamedRoom {
    /// The id of the room.
    #[scim(case_exact, mutability = "readOnly")]
    pub(crate) value: String,
    /// The URL of the room.
    #[scim(name = "$ref", reference("Room"), mutability = "readOnly")]
    pub(crate) reference: Option<String>,
    /// The name of the room.
    #[scim(mutability = "readOnly")]
    pub(crate) display: Option<String>,
}

/// On which terms it is lent.
#[derive(Debug, Clone, PartialEq, ScimSchema)]
#[scim(schema = "urn:example:params:scim:schemas:extension:house:2.0:Lease")]
pub(crate) struct Lease {
    /// The number of the contract.
    #[scim(case_exact, uniqueness = "server")]
    pub(crate) contract: String,
    /// Who pays.
    pub(crate) cost_centre: Option<String>,
    /// Until when it is lent.
    pub(crate) end_date: Option<Timestamp>,
    /// Who agreed.
    pub(crate) approver: Option<NamedUser>,
}

/// A room with the things that stand in it.
#[derive(Debug, Clone, PartialEq, ScimResource)]
#[scim(schema = "urn:example:params:scim:schemas:house:2.0:Room", endpoint = "/Rooms")]
pub(crate) struct Room {
    /// What stands on its door.
    #[scim(uniqueness = "server")]
    pub(crate) display_name: String,
    /// Where it is.
    pub(crate) floor: Option<i64>,
    /// What stands in it.
    #[scim(collection(reverse = "rooms"))]
    pub(crate) devices: Vec<Placed>,
}

#[derive(Debug, Clone, PartialEq, ScimValue)]
pub(crate) struct Placed {
    /// The id of the device.
    #[scim(case_exact, mutability = "immutable")]
    pub(crate) value: String,
    /// The URL of the device.
    #[scim(name = "$ref", reference("Device"), mutability = "immutable")]
    pub(crate) reference: Option<String>,
    /// The name of the device.
    #[scim(mutability = "readOnly")]
    pub(crate) display: Option<String>,
    /// Where in the room.
    pub(crate) place: Option<String>,
}
