//! Checks of RFC 7644: the protocol.

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

use crate::check::Check;

pub(super) fn checks() -> Vec<Check> {
    [
        s2_authentication::checks(),
        s3_1_background::checks(),
        s3_2_endpoints::checks(),
        s3_3_create::checks(),
        s3_4_1_retrieve::checks(),
        s3_4_2_query::checks(),
        s3_4_2_2_filter::checks(),
        s3_4_2_3_sort::checks(),
        s3_4_2_4_paging::checks(),
        s3_4_2_5_attributes::checks(),
        s3_4_3_search::checks(),
        s3_5_1_put::checks(),
        s3_5_2_patch::checks(),
        s3_5_2_1_add::checks(),
        s3_5_2_2_remove::checks(),
        s3_5_2_3_replace::checks(),
        s3_6_delete::checks(),
        s3_7_bulk::checks(),
        s3_8_data_formats::checks(),
        s3_9_returned::checks(),
        s3_10_notation::checks(),
        s3_11_me::checks(),
        s3_12_errors::checks(),
        s3_13_protocol_version::checks(),
        s3_14_versions::checks(),
        s4_discovery::checks(),
        s5_strings::checks(),
        s6_tenancy::checks(),
        s7_security::checks(),
        s8_media_type::checks(),
    ]
    .concat()
}
