//! Mutants for the checks of RFC 7644: the protocol.

mod s2_authentication;
mod s3_10_notation;
mod s3_11_me;
mod s3_12_errors;
mod s3_13_protocol_version;
mod s3_14_versions;
mod s3_1_background;
mod s3_2_endpoints;
mod s3_3_create;
mod s3_4_1_retrieve;
mod s3_4_2_2_filter;
mod s3_4_2_3_sort;
mod s3_4_2_4_paging;
mod s3_4_2_5_attributes;
mod s3_4_2_query;
mod s3_4_3_search;
mod s3_5_1_put;
mod s3_5_2_1_add;
mod s3_5_2_2_remove;
mod s3_5_2_3_replace;
mod s3_5_2_patch;
mod s3_6_delete;
mod s3_7_bulk;
mod s3_8_data_formats;
mod s3_9_returned;
mod s4_discovery;
mod s5_strings;
mod s6_tenancy;
mod s7_security;
mod s8_media_type;

use crate::deviation::Mutant;

pub(super) fn mutants() -> Vec<Mutant> {
    [
        s2_authentication::mutants(),
        s3_1_background::mutants(),
        s3_2_endpoints::mutants(),
        s3_3_create::mutants(),
        s3_4_1_retrieve::mutants(),
        s3_4_2_query::mutants(),
        s3_4_2_2_filter::mutants(),
        s3_4_2_3_sort::mutants(),
        s3_4_2_4_paging::mutants(),
        s3_4_2_5_attributes::mutants(),
        s3_4_3_search::mutants(),
        s3_5_1_put::mutants(),
        s3_5_2_patch::mutants(),
        s3_5_2_1_add::mutants(),
        s3_5_2_2_remove::mutants(),
        s3_5_2_3_replace::mutants(),
        s3_6_delete::mutants(),
        s3_7_bulk::mutants(),
        s3_8_data_formats::mutants(),
        s3_9_returned::mutants(),
        s3_10_notation::mutants(),
        s3_11_me::mutants(),
        s3_12_errors::mutants(),
        s3_13_protocol_version::mutants(),
        s3_14_versions::mutants(),
        s4_discovery::mutants(),
        s5_strings::mutants(),
        s6_tenancy::mutants(),
        s7_security::mutants(),
        s8_media_type::mutants(),
    ]
    .concat()
}
