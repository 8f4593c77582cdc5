//! The contract suite: the memory store keeps it, and each store that breaks one rule fails the case that names the rule.

mod answers;
mod flawed;
mod writes;

use std::collections::BTreeSet;

use flawed::{Flaw, FlawedStores};
use scim_server::MemoryStores;
use scim_server::store::contract::{self, Failure};

fn list(failures: &[Failure]) -> String {
    failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memory_store_keeps_the_contract() {
    let failures = contract::run(&MemoryStores::new(), &contract::registry()).await;
    assert!(failures.is_empty(), "{}", list(&failures));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_used_before_serves_the_suite_again() {
    let stores = MemoryStores::new();
    for _ in 0..2 {
        let failures = contract::run(&stores, &contract::registry()).await;
        assert!(failures.is_empty(), "{}", list(&failures));
    }
}

#[tokio::test]
async fn a_registry_without_the_types_of_the_suite_is_named() {
    let failures = contract::run(&MemoryStores::new(), &scim_server::Registry::rfc7643().into()).await;
    assert_eq!(failures.len(), 1);
    assert!(failures[0].reason.contains("contract::registry()"), "{}", failures[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_without_flaw_is_told_from_a_flawed_one() {
    let failures = contract::run(&FlawedStores::new(None), &contract::registry()).await;
    assert!(failures.is_empty(), "{}", list(&failures));
}

/// Every flaw and the case that must name it.
#[tokio::test(flavor = "multi_thread")]
async fn each_flaw_fails_the_case_that_names_the_rule() {
    let table = [
        (Flaw::ForgetsTheExpectedVersion, "version/must_be_the_expected_one"),
        (Flaw::ComparesTheVersionTooEarly, "version/one_of_many_swaps_wins"),
        (Flaw::SaysThatEverythingChanges, "version/stays_without_effect"),
        (Flaw::CountsFromVersionZero, "create/starts_at_version_one"),
        (Flaw::TouchesValuesUp, "create/gives_back_what_was_given"),
        (Flaw::AcceptsTheUnknown, "update/of_the_unknown_is_not_found"),
        (Flaw::RefusesNothing, "commit/of_nothing_is_nothing"),
        (Flaw::RefusesOnesOwn, "uniqueness/allows_ones_own"),
        (Flaw::TakesDeltasForAll, "collection/delta_puts_and_removes"),
        (Flaw::OnlyAdds, "collection/replace_leaves_exactly_these"),
        (Flaw::ChangesOneThing, "collection/changes_beside_the_document"),
        (Flaw::StartsCollectionsAnew, "collection/survives_a_change_of_the_document"),
        (Flaw::RefusesTwins, "collection/has_each_element_once"),
        (Flaw::TakesAnything, "collection/heeds_the_types"),
        (Flaw::ForgetsWhatStands, "collection/knows_what_is_there_already"),
        (Flaw::RefusesCircles, "collection/groups_may_contain_each_other"),
        (Flaw::TouchesMembers, "derived/moves_no_version"),
        (Flaw::WritesTheDocumentFirst, "atomicity/refused_update_changes_nothing"),
        (Flaw::QueriesDocuments, "paging/gives_whole_resources"),
        (Flaw::ForgetsUniqueness, "uniqueness/refuses_the_second"),
        (Flaw::LooksBeforeItLeaps, "uniqueness/one_of_many_equal_creates_wins"),
        (Flaw::CutsNames, "uniqueness/reads_names_to_the_end"),
        (Flaw::SharesTenants, "tenant/sees_only_its_own"),
        (Flaw::StoresSecrets, "create/keeps_no_secret"),
        (Flaw::FoldsIds, "get/heeds_the_case_of_ids"),
        (Flaw::ForgetsTheType, "get/knows_ids_of_its_type_only"),
        (Flaw::LoadsEverything, "get/loads_what_was_asked_for"),
        (Flaw::CommitsOneByOne, "atomicity/undoes_all_if_the_last_fails"),
        (Flaw::ReadsInTwoSteps, "atomicity/readers_see_whole_changes"),
        (Flaw::DropsAMember, "collection/takes_a_thousand"),
        (Flaw::WritesBackWhatItRead, "collection/simultaneous_deltas_all_count"),
        (Flaw::KeepsUnknownElements, "collection/leaves_unknown_ids_out"),
        (Flaw::ForgetsItems, "collection/item_of_an_element_can_change"),
        (Flaw::ForgetsNames, "collection/shows_what_an_id_stands_for"),
        (Flaw::ForgetsTheOtherSide, "derived/is_the_other_side"),
        (Flaw::ForgetsReferences, "delete/clears_references"),
        (Flaw::KeepsMembers, "delete/leaves_every_collection"),
        (Flaw::TakesReferencesOfAnyType, "reference/heeds_the_types"),
        (Flaw::CountsThePage, "paging/counts_all_that_match"),
        (Flaw::CountsFromZero, "paging/cuts_at_its_borders"),
        (Flaw::TurnsTheOrder, "paging/is_in_order_of_creation"),
        (Flaw::IgnoresTheSort, "sort/sees_the_present_state"),
        (Flaw::SortsBySpelling, "sort/orders_values_of_every_type"),
        (Flaw::CutsSortKeys, "sort/knows_no_locale"),
        (Flaw::PutsTheMissingLast, "sort/puts_the_missing_at_the_end"),
        (Flaw::TakesEmptyForMissing, "sort/puts_the_missing_at_the_end"),
        (Flaw::TurnsTies, "sort/leaves_equals_as_created"),
        (Flaw::TakesTheFirstElement, "sort/takes_the_primary_element"),
        (Flaw::SortsDocuments, "sort/sees_id_and_meta"),
        (Flaw::SortsTheBaseSchema, "sort/sees_sub_attributes_and_extensions"),
        (Flaw::SortsThePage, "sort/comes_before_the_page"),
        (Flaw::AlwaysGoesOn, "cursor/goes_on_only_if_more_follows"),
        (Flaw::LosesTies, "cursor/pages_fit_together"),
        (Flaw::CountsItsWayBack, "cursor/survives_a_delete"),
        (Flaw::ForgetsPositions, "cursor/begins_anywhere"),
        (Flaw::ReadsZeroAsOne, "cursor/may_ask_for_nothing"),
        (Flaw::AsksTheFirstType, "several/stand_type_by_type"),
        (Flaw::SortsTypeByType, "several/sort_together"),
        (Flaw::SharesTheFilter, "several/have_a_filter_each"),
        (Flaw::CutsEachType, "several/are_cut_across_types"),
        (Flaw::NeedsATotal, "several/need_no_total"),
        (Flaw::FoldsOrder, "elements/stand_in_order_of_value"),
        (Flaw::RepeatsTheLast, "elements/come_in_pieces_that_fit"),
        (Flaw::LooksForTheLast, "elements/go_on_behind_what_is_gone"),
        (Flaw::TakesEmptyForUnknown, "elements/are_of_one_collection"),
        (Flaw::FindsNothingEverywhere, "elements/need_a_resource"),
        (Flaw::ReadsLongCollections, "elements/of_long_collections_are_not_read"),
        (Flaw::ReadsLongCollectionsOfPages, "elements/of_long_collections_stay_out_of_pages"),
        (Flaw::SeesThePresent, "snapshot/is_of_one_moment"),
        (Flaw::SeesNothingBefore, "snapshot/sees_what_was_before"),
        (Flaw::LooksOneLevelUp, "indirect/goes_up_all_the_way"),
        (Flaw::ListsEveryWay, "indirect/lists_each_once"),
        (Flaw::FindsASuperset, "filter/follows_and_or_not"),
        (Flaw::OpensBrackets, "filter/brackets_are_of_one_element"),
        (Flaw::ReadsNeAsInSql, "filter/ne_includes_the_absent"),
        (Flaw::CommitsOneByOne, "list/knows_what_it_creates"),
        (Flaw::TakesAnything, "list/forgets_what_it_deletes"),
        (Flaw::ForgetsThePlace, "list/says_which_change_failed"),
        (Flaw::MakesKeysUnasked, "key/is_not_there_before_it_is_kept"),
        (Flaw::TakesTheLastKey, "key/stays_the_first_that_was_kept"),
        (Flaw::HasOneKeyForAll, "key/is_the_tenants_own"),
        (Flaw::KeepsKeysForEver, "key/opens_until_the_next_but_one"),
    ];
    let mut runs = tokio::task::JoinSet::new();
    for (flaw, case) in table {
        runs.spawn(async move { (flaw, case, contract::run(&FlawedStores::new(Some(flaw)), &contract::registry()).await) });
    }
    let (mut missed, mut caught) = (Vec::new(), BTreeSet::new());
    while let Some(run) = runs.join_next().await {
        let (flaw, case, failures) = run.expect("no flaw makes the suite panic");
        if failures.iter().all(|failure| failure.case != case) {
            missed.push(format!("{flaw:?} does not fail {case}, but:\n{}", list(&failures)));
        }
        caught.extend(failures.into_iter().map(|failure| failure.case));
    }
    // A case that no flaw fails proves nothing.
    let all = contract::run(&FlawedStores::new(Some(Flaw::IsDead)), &contract::registry()).await;
    missed.extend(all.iter().filter(|failure| !caught.contains(failure.case)).map(|failure| format!("no flaw fails {}", failure.case)));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
