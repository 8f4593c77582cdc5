//! The logical operators of Table 4 and parentheses.

use crate::check::{Check, Judged, must};
use crate::checks::population::Population;
use crate::session::Session;

pub(super) fn checks() -> Vec<Check> {
    vec![
        must("7644-3.4.2.2-and", "and … The filter is only a match if both expressions evaluate to true")
            .rows(&["7644-3.4.2.2-30", "7644-3.4.2.2-07"])
            .why("a client that narrows a search gets more than it asked for")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-a", "$mark-x"), ("$mark-a", "$mark-y"), ("$mark-b", "$mark-x")]).await?;
                people.finds(&s, "$text eq \"$mark-a\" and $other eq \"$mark-x\"", &[0]).await?;
                people.finds(&s, "$text eq \"$mark-b\" and $other eq \"$mark-y\"", &[]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-or", "or … The filter is a match if either expression evaluates to true")
            .rows(&["7644-3.4.2.2-31"])
            .why("a client that asks for two users gets one")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-a", "$mark-x"), ("$mark-b", "$mark-y"), ("$mark-c", "$mark-x")]).await?;
                people.finds(&s, "$text eq \"$mark-a\" or $other eq \"$mark-y\"", &[0, 1]).await?;
                people.finds(&s, "$text eq \"$mark-c\" or $other eq \"$mark-x\"", &[0, 2]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-not", "not … The filter is a match if the expression evaluates to false")
            .rows(&["7644-3.4.2.2-32"])
            .why("a client that leaves out some users gets just these")
            .talk(async |s: Session| {
                let people = Population::of(&s, &["$mark-a", "$mark-b", "$mark-c"]).await?;
                people.finds(&s, "$text sw \"$mark-\" and not ($text eq \"$mark-a\")", &[1, 2]).await?;
                // The grammar has no blank, the examples have one.
                people.finds(&s, "$text sw \"$mark-\" and not($text eq \"$mark-b\")", &[0, 2]).await.or_warning()?;
                Ok(())
            }),
        must("7644-3.4.2.2-parentheses", "Boolean expressions MAY be grouped using parentheses to change the standard order of operations")
            .rows(&["7644-3.4.2.2-33", "7644-3.4.2.2-08"])
            .why("the brackets that a client has set make no difference")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-a", "$mark-x"), ("$mark-b", "$mark-x"), ("$mark-a", "$mark-y")]).await?;
                people.finds(&s, "($text eq \"$mark-a\" or $text eq \"$mark-b\") and $other eq \"$mark-x\"", &[0, 1]).await?;
                Ok(())
            }),
        must("7644-3.4.2.2-precedence", "\"not\" takes precedence over \"and\", which takes precedence over \"or\"")
            .rows(&["7644-3.4.2.2-44"])
            .why("a client gets others than those for whom it has composed the filter")
            .talk(async |s: Session| {
                let people = Population::of_pairs(&s, &[("$mark-a", "$mark-y"), ("$mark-b", "$mark-x"), ("$mark-b", "$mark-y")]).await?;
                people.finds(&s, "$text eq \"$mark-a\" or $text eq \"$mark-b\" and $other eq \"$mark-x\"", &[0, 1]).await?;
                people.finds(&s, "$text eq \"$mark-b\" and $other eq \"$mark-x\" or $text eq \"$mark-a\"", &[0, 1]).await?;
                people.finds(&s, "not ($text sw \"$mark-\") and $other eq \"$mark-x\" or $text eq \"$mark-a\"", &[0]).await?;
                Ok(())
            }),
    ]
}
