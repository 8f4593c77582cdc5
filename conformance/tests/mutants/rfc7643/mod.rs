//! Mutants for the checks of RFC 7643: the core schema.

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

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        s2_attributes::mutants(),
        s3_resources::mutants(),
        s4_1_user::mutants(),
        s4_2_group::mutants(),
        s4_3_enterprise::mutants(),
        s5_service_provider_config::mutants(),
        s6_resource_types::mutants(),
        s7_schemas::mutants(),
        s8_representations::mutants(),
        s8_7_schema_tables::mutants(),
    ]
    .concat()
}
