//! The report that CI systems read: a suite for each section, a case for each check.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::{Report, text};
use crate::check::{Finding, Verdict};
use crate::run::{CheckResult, Gravity};

/// The whole run as JUnit XML.
///
/// # Errors
/// Says why it cannot be written.
pub(super) fn write(report: &Report<'_>) -> Result<String, String> {
    let mut junit = Junit::new("scim-conformance");
    let mut suites: Vec<TestSuite> = Vec::new();
    for result in report.results {
        let section = result.check.section();
        if suites.last().is_none_or(|suite| suite.name.as_str() != section) {
            suites.push(TestSuite::new(section));
        }
        suites.iter_mut().rev().take(1).for_each(|suite| {
            suite.add_test_case(case(result));
        });
    }
    junit.add_test_suites(suites);
    junit.to_string().map_err(|error| format!("the JUnit report: {error}"))
}

fn case(result: &CheckResult) -> TestCase {
    let status = match &result.verdict {
        Verdict::Passed | Verdict::Recorded => TestCaseStatus::success(),
        Verdict::Skipped(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason.as_str());
            status
        }
        // What is only a SHOULD does not break a build that has not asked for it.
        Verdict::Failed(finding) if result.gravity() < Gravity::Must => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("{}: {}", result.check.level.word(), text(finding)));
            status
        }
        Verdict::Failed(finding) => failed(NonSuccessKind::Failure, result, finding),
        Verdict::Blocked(finding) => failed(NonSuccessKind::Error, result, finding),
    };
    let mut case = TestCase::new(result.check.id, status);
    case.set_classname(result.check.section());
    case.set_time(result.took);
    if !result.notes.is_empty() {
        case.set_system_out(result.notes.join("\n"));
    }
    case
}

fn failed(kind: NonSuccessKind, result: &CheckResult, finding: &Finding) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(text(finding));
    status.set_type(result.check.level.word());
    let exchange = finding.exchange.as_ref().map(|exchange| {
        let body = exchange.sent.body.as_deref().unwrap_or_default();
        let came = exchange.came.as_ref().map_or_else(Clone::clone, |came| format!("{}\n{}", came.status, came.body));
        format!("\n\n{} {}\n{body}\n\n{came}", exchange.sent.method, exchange.sent.path)
    });
    status.set_description(format!("“{}”{}", result.check.clause, exchange.unwrap_or_default()));
    status
}
