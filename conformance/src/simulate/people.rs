//! Made people and groups: everything from one seed.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::directory::{Directory, Person, Status, Team};
use super::mapping::{
    CITY, COUNTRY, DEPARTMENT, DISPLAY_NAME, EMPLOYEE_NUMBER, EXTERNAL_ID, FAMILY_NAME, FORMATTED_NAME, GIVEN_NAME, LANGUAGE, MAIL, MOBILE,
    OFFICE, PHONE, POSTAL_CODE, REGION, Record, STREET, TITLE, USER_NAME,
};

/// Given names, as they are written and as they stand in addresses.
const GIVEN: &[(&str, &str)] = &[
    ("Ana", "ana"),
    ("Ben", "ben"),
    ("Chloé", "chloe"),
    ("Dieter", "dieter"),
    ("Esra", "esra"),
    ("Fatima", "fatima"),
    ("Gül", "guel"),
    ("Hiro", "hiro"),
    ("Ines", "ines"),
    ("José", "jose"),
    ("Kwame", "kwame"),
    ("Łukasz", "lukasz"),
    ("Mia", "mia"),
    ("Noor", "noor"),
    ("Oksana", "oksana"),
    ("Priya", "priya"),
    ("Quentin", "quentin"),
    ("Rosa", "rosa"),
    ("Søren", "soren"),
    ("Tomás", "tomas"),
    ("Uma", "uma"),
    ("Vito", "vito"),
    ("美咲", "misaki"),
    ("Zoë", "zoe"),
];

const FAMILY: &[(&str, &str)] = &[
    ("Andersson", "andersson"),
    ("Brown", "brown"),
    ("Chan", "chan"),
    ("Díaz Ruiz", "diaz"),
    ("Eze", "eze"),
    ("Fischer", "fischer"),
    ("García", "garcia"),
    ("Haddad", "haddad"),
    ("Ivanova", "ivanova"),
    ("Jensen", "jensen"),
    ("Kowalski", "kowalski"),
    ("Lê", "le"),
    ("Müller", "mueller"),
    ("Nguyễn", "nguyen"),
    ("O'Hara", "ohara"),
    ("Pereira", "pereira"),
    ("Rossi", "rossi"),
    ("Suzuki", "suzuki"),
    ("Tanaka", "tanaka"),
    ("Usman", "usman"),
    ("Virtanen", "virtanen"),
    ("Wójcik", "wojcik"),
    ("Yılmaz", "yilmaz"),
    ("Zhang", "zhang"),
];

pub(super) const TITLES: &[&str] =
    &["Account Executive", "Analyst", "Buyer", "Controller", "Developer", "Engineer", "Planner", "Tour Guide"];
pub(super) const DEPARTMENTS: &[&str] = &["Sales", "Key Accounts", "R&D", "Finance", "Legal", "Compras", "Einkauf", "Support"];
const LANGUAGES: &[&str] = &["de-DE", "en-GB", "en-US", "es-ES", "fr-FR", "ja-JP", "pl-PL"];

/// Office, street, city, region, postal code, country.
const OFFICES: &[[&str; 6]] = &[
    ["Madrid HQ", "Calle Mayor 1", "Madrid", "Madrid", "28013", "ES"],
    ["Berlin Süd", "Tempelhofer Ufer 7", "Berlin", "Berlin", "10963", "DE"],
    ["Kraków", "ulica Długa 12", "Kraków", "Małopolska", "31-147", "PL"],
    ["Portland", "100 SW Main Street", "Portland", "OR", "97204", "US"],
    ["Osaka", "1-3-1 Umeda", "Osaka", "Osaka", "530-0001", "JP"],
];

const TEAMS: &[&str] = &["All Staff", "Sales EMEA", "Ventas España", "R&D", "Forschung & Entwicklung", "Finance", "Admins", "Projekt Öl"];

/// Makes people and groups whose names begin with the mark.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    pub(super) rng: Rng,
    mark: String,
    people: u32,
    teams: u32,
}

impl Maker {
    /// Everything follows from the mark: the same mark, the same directory.
    pub(super) fn new(mark: &str) -> Self {
        // FNV-1a, so that the seed is the same with every version of everything.
        let seed = mark.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { rng: Rng::with_seed(seed), mark: mark.to_owned(), people: 0, teams: 0 }
    }

    /// A directory of that size.
    pub(super) fn directory(&mut self, users: usize, groups: usize) -> Directory {
        let mut directory = Directory::default();
        for person in 0..users {
            let manager = person.checked_sub(1).map(|before| before / 8);
            let made = Person { manager, ..self.person() };
            directory.people.push(made);
        }
        self.add_teams(&mut directory, groups);
        directory
    }

    /// Adds groups; the first one has a fifth of all people.
    pub(super) fn add_teams(&mut self, directory: &mut Directory, groups: usize) {
        for _ in 0..groups {
            let everybody = directory.people.len();
            let size = if self.teams == 0 { everybody / 5 } else { self.rng.usize(3..=60) };
            let team = self.team(directory, size.min(everybody));
            directory.teams.push(team);
        }
    }

    /// A person of no department in particular.
    pub(super) fn person(&mut self) -> Person {
        self.people += 1;
        let mut person = Person { attributes: Record::new(), manager: None, status: Status::Active };
        let object_id = self.object_id();
        let number = self.people;
        let a = &mut person.attributes;
        a.insert(EXTERNAL_ID, object_id);
        a.insert(TITLE, pick(&mut self.rng, TITLES).to_string());
        a.insert(LANGUAGE, pick(&mut self.rng, LANGUAGES).to_string());
        a.insert(DEPARTMENT, pick(&mut self.rng, DEPARTMENTS).to_string());
        a.insert(EMPLOYEE_NUMBER, format!("E-{number:05}"));
        a.insert(PHONE, format!("+34 555 {:03} {:03}", self.rng.u32(0..1000), self.rng.u32(0..1000)));
        if self.rng.bool() {
            a.insert(MOBILE, format!("+49 (0)151 555-{:05}", self.rng.u32(0..100_000)));
        }
        self.move_to_an_office(&mut person);
        let given = *pick(&mut self.rng, GIVEN);
        let family = *pick(&mut self.rng, FAMILY);
        person.attributes.insert(GIVEN_NAME, given.0.to_owned());
        self.name(&mut person, given, family, number);
        person
    }

    /// Another family name, and with it all that is made of it.
    pub(super) fn rename(&mut self, person: &mut Person) {
        let given = person.attributes.get(GIVEN_NAME).cloned().unwrap_or_default();
        let given = GIVEN.iter().find(|(written, _)| *written == given).copied().unwrap_or(("", "someone"));
        let family = *pick(&mut self.rng, FAMILY);
        // A number that nobody has: the new name is free.
        self.people += 1;
        self.name(person, given, family, self.people);
    }

    fn name(&self, person: &mut Person, given: (&str, &str), family: (&str, &str), number: u32) {
        let a = &mut person.attributes;
        let shown = format!("{} {}", a.get(GIVEN_NAME).map_or(given.0, String::as_str), family.0);
        let address = format!("{}-{}.{}.{number}@example.com", self.mark, given.1, family.1);
        a.insert(FAMILY_NAME, family.0.to_owned());
        a.insert(DISPLAY_NAME, shown.clone());
        a.insert(FORMATTED_NAME, shown);
        a.insert(MAIL, address.clone());
        a.insert(USER_NAME, address);
    }

    /// Another place to work at.
    pub(super) fn move_to_an_office(&mut self, person: &mut Person) {
        let [office, street, city, region, postal_code, country] = *pick(&mut self.rng, OFFICES);
        let room = format!("{office} {}.{:02}", self.rng.u32(1..9), self.rng.u32(1..30));
        let values = [(STREET, street), (CITY, city), (REGION, region), (POSTAL_CODE, postal_code), (COUNTRY, country)];
        person.attributes.insert(OFFICE, room);
        person.attributes.extend(values.map(|(path, value)| (path, value.to_owned())));
    }

    /// A group of that many people.
    pub(super) fn team(&mut self, directory: &Directory, size: usize) -> Team {
        let object_id = self.object_id();
        let everybody = directory.with_status(|status| status == Status::Active);
        let members: BTreeSet<usize> = self.rng.choose_multiple(everybody, size).into_iter().collect();
        Team { object_id, name: self.team_name(), members, deleted: false }
    }

    /// A name that no group has had.
    pub(super) fn team_name(&mut self) -> String {
        self.teams += 1;
        format!("{} {} {}", self.mark, TEAMS[(self.teams as usize - 1) % TEAMS.len()], self.teams)
    }

    /// An id as directories have them; also for the probe, which asks for nobody.
    pub(super) fn object_id(&mut self) -> String {
        let id = format!("{:032x}", self.rng.u128(..));
        format!("{}-{}-{}-{}-{}", &id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
    }

    /// The mark in front of a name that a person has given.
    pub(super) fn marked(&self, name: &str) -> String {
        format!("{}-{name}", self.mark)
    }
}

/// One of them.
pub(super) fn pick<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.usize(..all.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_makes_one_directory_and_another_mark_another() {
        let made = |mark: &str| format!("{:?}", Maker::new(mark).directory(40, 5));
        assert_eq!(made("a"), made("a"));
        assert_ne!(made("a").replace("a-", ""), made("b").replace("b-", ""));
    }

    #[test]
    fn names_are_unique_and_carry_the_mark() {
        let directory = Maker::new("m").directory(500, 20);
        let names: BTreeSet<&str> = directory.people.iter().map(Person::user_name).collect();
        assert_eq!(names.len(), 500);
        assert!(names.iter().all(|name| name.starts_with("m-")));
        assert_eq!(directory.teams.iter().map(|team| &team.name).collect::<BTreeSet<_>>().len(), 20);
        assert_eq!(directory.teams[0].members.len(), 100);
    }
}
