//! People from a CSV file, with the names of the directory's own attributes in its first line.

use std::collections::HashMap;
use std::io::Read;

use super::directory::{Directory, Person, Status};
use super::mapping::{
    CITY, COUNTRY, DEPARTMENT, DISPLAY_NAME, EMPLOYEE_NUMBER, EXTERNAL_ID, FAMILY_NAME, FORMATTED_NAME, GIVEN_NAME, LANGUAGE, MAIL, MOBILE,
    OFFICE, PHONE, POSTAL_CODE, REGION, Record, STREET, TITLE, USER_NAME,
};
use super::people::Maker;

const NAME: &str = "userPrincipalName";
const MANAGER: &str = "manager";
const ENABLED: &str = "accountEnabled";

/// The columns, and the attributes that they are mapped to.
const COLUMNS: &[(&str, &str)] = &[
    (NAME, USER_NAME),
    ("displayName", DISPLAY_NAME),
    ("givenName", GIVEN_NAME),
    ("surname", FAMILY_NAME),
    ("mail", MAIL),
    ("jobTitle", TITLE),
    ("department", DEPARTMENT),
    ("employeeId", EMPLOYEE_NUMBER),
    ("preferredLanguage", LANGUAGE),
    ("physicalDeliveryOfficeName", OFFICE),
    ("streetAddress", STREET),
    ("city", CITY),
    ("state", REGION),
    ("postalCode", POSTAL_CODE),
    ("country", COUNTRY),
    ("telephoneNumber", PHONE),
    ("mobile", MOBILE),
];

/// The people of a file. Their names get the mark: nobody else's account may be matched and changed.
///
/// # Errors
/// Says what in which line cannot be used.
pub(super) fn read(file: impl Read, maker: &mut Maker) -> Result<Directory, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    // Spreadsheets put a byte order mark before the first name.
    let head: Vec<String> = reader
        .headers()
        .map_err(|error| error.to_string())?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_ascii_lowercase())
        .collect();
    let find = |name: &str| head.iter().position(|known| *known == name.to_ascii_lowercase());
    let Some(name_column) = find(NAME) else {
        let known: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).chain([MANAGER, ENABLED]).collect();
        return Err(format!("there is no column {NAME}; the columns that are read: {}", known.join(", ")));
    };
    let mut directory = Directory::default();
    let (mut by_name, mut managers) = (HashMap::new(), Vec::new());
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |column: Option<usize>| column.and_then(|column| row.get(column)).filter(|value| !value.is_empty());
        let name = cell(Some(name_column)).ok_or_else(|| format!("line {line}: {NAME} is empty"))?;
        if by_name.insert(name.to_lowercase(), directory.people.len()).is_some() {
            return Err(format!("line {line}: `{name}` is there twice"));
        }
        let mut attributes: Record = COLUMNS.iter().filter_map(|(column, path)| Some((*path, cell(find(column))?.to_owned()))).collect();
        attributes.insert(USER_NAME, maker.marked(name));
        attributes.insert(EXTERNAL_ID, maker.object_id());
        let given = [GIVEN_NAME, FAMILY_NAME].into_iter().filter_map(|part| attributes.get(part).map(String::as_str)).collect::<Vec<_>>();
        if !given.is_empty() {
            let formatted = given.join(" ");
            attributes.insert(FORMATTED_NAME, formatted);
        }
        let status = match cell(find(ENABLED)).map(str::to_ascii_lowercase).as_deref() {
            None | Some("true" | "yes" | "1") => Status::Active,
            Some("false" | "no" | "0") => Status::Disabled,
            Some(other) => return Err(format!("line {line}: {ENABLED} is `{other}`: it is true or false")),
        };
        if let Some(manager) = cell(find(MANAGER)) {
            managers.push((line, directory.people.len(), manager.to_owned()));
        }
        directory.people.push(Person { attributes, manager: None, status });
    }
    for (line, person, manager) in managers {
        let known = by_name.get(&manager.to_lowercase());
        directory.people[person].manager = Some(*known.ok_or_else(|| format!("line {line}: the manager `{manager}` has no line"))?);
    }
    if directory.people.is_empty() {
        return Err("there is nobody in it".into());
    }
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(text: &str) -> Result<Directory, String> {
        read(text.as_bytes(), &mut Maker::new("m"))
    }

    #[test]
    fn people_are_read_with_their_managers() {
        let text = "\u{feff}UserPrincipalName,givenName,surname,jobTitle,manager,accountEnabled,shoeSize\n\
                    ana@example.com,Ana,\"Díaz, Ruiz\",Buyer,BEN@example.com,,38\nben@example.com,,,,,False,\n";
        let people = reads(text).expect("it can be read").people;
        assert_eq!(people[0].user_name(), "m-ana@example.com");
        assert_eq!(people[0].attributes.get(FAMILY_NAME).map(String::as_str), Some("Díaz, Ruiz"));
        assert_eq!(people[0].attributes.get(FORMATTED_NAME).map(String::as_str), Some("Ana Díaz, Ruiz"));
        assert_eq!((people[0].manager, people[0].status), (Some(1), Status::Active));
        assert_eq!((people[1].manager, people[1].status), (None, Status::Disabled));
        assert!(!people[1].attributes.contains_key(TITLE), "an empty cell is no value");
    }

    #[test]
    fn what_cannot_be_used_is_told_with_its_line() {
        for (text, told) in [
            ("name\nana\n", "there is no column userPrincipalName"),
            ("userPrincipalName\n", "nobody"),
            ("userPrincipalName,manager\na@example.com,b@example.com\n", "line 2: the manager `b@example.com` has no line"),
            ("userPrincipalName\na@example.com\nA@example.com\n", "line 3: `A@example.com` is there twice"),
            ("userPrincipalName,accountEnabled\na@example.com,maybe\n", "line 2: accountEnabled is `maybe`"),
            ("userPrincipalName,title\n,x\n", "line 2: userPrincipalName is empty"),
            ("userPrincipalName,title\na@example.com\n", "record"),
        ] {
            let error = reads(text).expect_err(text);
            assert!(error.contains(told), "{error}");
        }
    }
}
