//! What happens in an organisation between two cycles.

use super::directory::{Directory, Person, Status};
use super::mapping::{DEPARTMENT, MAIL, TITLE, USER_NAME};
use super::people::{DEPARTMENTS, Maker, TITLES, pick};

/// So many of a thousand, but one at least.
fn share(all: usize, per_mille: usize) -> usize {
    (all * per_mille / 1000).max(1)
}

/// Joins, moves, renames, disables, restores, deletes, and what becomes of groups.
pub(super) fn happen(directory: &mut Directory, maker: &mut Maker, cycle: u32, has_groups: bool) {
    let size = directory.people.len();
    restore_and_purge(directory, maker, cycle);
    let mut staff = directory.with_status(|status| status == Status::Active);
    maker.rng.shuffle(&mut staff);
    let mut staff = staff.into_iter();
    for person in staff.by_ref().take(share(size, 10)) {
        directory.people[person].status = Status::Disabled;
    }
    for person in staff.by_ref().take(share(size, 10)) {
        directory.people[person].status = Status::Deleted;
    }
    let (movers, renamed): (Vec<usize>, Vec<usize>) =
        (staff.by_ref().take(share(size, 30)).collect(), staff.take(share(size, 10)).collect());
    for person in movers {
        moves(directory, maker, person);
    }
    for person in renamed {
        maker.rename(&mut directory.people[person]);
    }
    for _ in 0..share(size, 10) {
        joins(directory, maker, cycle);
    }
    if has_groups {
        groups_change(directory, maker);
    }
}

/// Half of those who could not sign in come back; whoever was deleted and does not is gone for good.
fn restore_and_purge(directory: &mut Directory, maker: &mut Maker, cycle: u32) {
    for (number, person) in directory.with_status(|status| status == Status::Disabled).into_iter().enumerate() {
        if number % 2 == 0 {
            returns(&mut directory.people[person], maker);
        }
    }
    for (number, person) in directory.with_status(|status| status == Status::Deleted).into_iter().enumerate() {
        if number % 4 == 3 {
            returns(&mut directory.people[person], maker);
        } else {
            directory.purge(person, cycle);
        }
    }
}

/// The account is restored, with what has changed meanwhile.
fn returns(person: &mut Person, maker: &mut Maker) {
    person.status = Status::Active;
    person.attributes.insert(TITLE, pick(&mut maker.rng, TITLES).to_string());
}

fn moves(directory: &mut Directory, maker: &mut Maker, person: usize) {
    let managers = directory.with_status(|status| status == Status::Active);
    let manager = *pick(&mut maker.rng, &managers);
    let who = &mut directory.people[person];
    who.attributes.insert(DEPARTMENT, pick(&mut maker.rng, DEPARTMENTS).to_string());
    who.attributes.insert(TITLE, pick(&mut maker.rng, TITLES).to_string());
    maker.move_to_an_office(who);
    if maker.rng.u8(..8) == 0 {
        who.manager = None;
    } else if manager != person {
        who.manager = Some(manager);
    }
}

/// A new person; now and then one whose account is disabled at first, or who gets the name of somebody who has left.
fn joins(directory: &mut Directory, maker: &mut Maker, cycle: u32) {
    let staff = directory.with_status(|status| status == Status::Active);
    let manager = (!staff.is_empty()).then(|| *pick(&mut maker.rng, &staff));
    let mut person = Person { manager, ..maker.person() };
    match maker.rng.u8(..8) {
        0 => person.status = Status::Disabled,
        1 | 2 => {
            let free = directory.people.iter().find(|former| {
                let name = former.user_name();
                matches!(former.status, Status::Purged(since) if since < cycle)
                    && directory.people.iter().filter(|other| other.user_name() == name).count() == 1
            });
            if let Some(name) = free.map(|former| former.user_name().to_owned()) {
                person.attributes.insert(MAIL, name.clone());
                person.attributes.insert(USER_NAME, name);
            }
        }
        _ => {}
    }
    let new = directory.people.len();
    let teams = directory.living_teams();
    if !teams.is_empty() {
        let team = *pick(&mut maker.rng, &teams);
        directory.teams[team].members.insert(new);
    }
    directory.people.push(person);
}

fn groups_change(directory: &mut Directory, maker: &mut Maker) {
    let mut teams = directory.living_teams();
    let size = teams.len();
    maker.rng.shuffle(&mut teams);
    let mut changing = teams.iter().copied();
    // One in fifty is dissolved, one in thirty renamed, in every fourth people come and go.
    for team in changing.by_ref().take(share(size, 20)) {
        directory.teams[team].deleted = true;
    }
    for team in changing.by_ref().take(share(size, 33)) {
        directory.teams[team].name = maker.team_name();
    }
    let staff = directory.with_status(|status| status == Status::Active);
    for team in changing.take(share(size, 250)) {
        let leave = directory.teams[team].members.iter().copied().collect::<Vec<_>>();
        let (out, into) = (maker.rng.usize(1..=4), maker.rng.usize(1..=4));
        for person in maker.rng.choose_multiple(leave, out) {
            directory.teams[team].members.remove(&person);
        }
        directory.teams[team].members.extend(maker.rng.choose_multiple(staff.iter().copied(), into));
    }
    for _ in 0..share(size, 20) {
        let team = maker.team(directory, 12);
        directory.teams.push(team);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_happens_in_a_small_organisation_too() {
        let mut maker = Maker::new("small");
        let mut directory = maker.directory(60, 6);
        for cycle in 1..=3 {
            let before = directory.clone();
            happen(&mut directory, &mut maker, cycle, true);
            let old = before.people.iter().zip(&directory.people);
            let became = |status: Status| old.clone().any(|(was, is)| was.status != status && is.status == status);
            assert!(became(Status::Disabled) && became(Status::Deleted), "disables and deletes in cycle {cycle}");
            assert!(old.clone().any(|(was, is)| was.user_name() != is.user_name()), "renames in cycle {cycle}");
            assert!(old.clone().any(|(was, is)| was.attributes.get(DEPARTMENT) != is.attributes.get(DEPARTMENT)), "moves");
            assert!(directory.people.len() > before.people.len(), "joins");
            assert!(directory.teams.len() > before.teams.len(), "new groups");
            let old = before.teams.iter().zip(&directory.teams);
            assert!(old.clone().any(|(was, is)| !was.deleted && is.deleted), "deleted groups");
            assert!(old.clone().any(|(was, is)| was.name != is.name), "renamed groups");
            assert!(old.clone().any(|(was, is)| !is.deleted && was.members != is.members), "members");
            if cycle > 1 {
                assert!(directory.people.iter().any(|person| person.status == Status::Purged(cycle)), "purged");
                assert!(
                    before
                        .people
                        .iter()
                        .zip(&directory.people)
                        .any(|(was, is)| was.status == Status::Disabled && is.status == Status::Active)
                );
            }
        }
        // Nobody who is gone is anybody's manager or in any group.
        let gone = |person: &usize| matches!(directory.people[*person].status, Status::Purged(_));
        assert!(!directory.people.iter().filter_map(|person| person.manager.as_ref()).any(gone));
        assert!(!directory.teams.iter().flat_map(|team| &team.members).any(gone));
    }
}
