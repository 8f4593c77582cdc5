//! Checks of RFC 7643: the core schema.

mod published;
mod s2_attributes;
mod s3_resources;
mod s4_1_user;
mod s4_2_group;
mod s4_3_enterprise;
mod s5_service_provider_config;
mod s6_resource_types;
mod s7_schemas;
mod s8_7_schema_tables;
mod s8_representations;
mod values;

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    [
        s2_attributes::checks(),
        s3_resources::checks(),
        s4_1_user::checks(),
        s4_2_group::checks(),
        s4_3_enterprise::checks(),
        s5_service_provider_config::checks(),
        s6_resource_types::checks(),
        s7_schemas::checks(),
        s8_representations::checks(),
        s8_7_schema_tables::checks(),
    ]
    .concat()
}
