use std::ffi::OsString;

use jobstamps::settings::Setting;

use super::*;
use crate::arguments::parse;
use crate::options::Request;

#[test]
fn every_subcommand_and_option_is_defined_once() {
    let mut names: Vec<&str> = PAGES.iter().map(|page| page.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two pages have one name: {names:?}");
    for page in PAGES {
        let mut options: Vec<&str> = page.options().map(|option| option.name).collect();
        let own = page.groups.iter().flat_map(|group| group.options);
        assert!(
            own.clone().count() <= options.len(),
            "jobstamp {}: an option stands twice",
            page.name
        );
        let shorts = page.options().filter_map(|option| option.short);
        options.extend(shorts);
        options.sort_unstable();
        let twice: Vec<_> = options.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "jobstamp {}: {twice:?}", page.name);
        for option in ["--help", "--version"] {
            assert!(options.contains(&option), "jobstamp {}: {option}", page.name);
        }
    }
}

#[test]
fn every_text_is_a_fragment_or_a_sentence_as_its_place_asks() {
    for page in PAGES {
        let name = page.name;
        for fragment in fragments(page) {
            assert!(!fragment.ends_with('.') && !fragment.is_empty(), "{name}: {fragment}");
            assert!(!fragment.starts_with(char::is_uppercase), "{name}: {fragment}");
            assert_eq!(fragment.trim(), fragment, "{name}");
            assert!(!fragment.contains("  "), "{name}: {fragment}");
        }
        assert!(!page.examples.is_empty() && !page.exits.is_empty(), "{name}");
        for paragraph in page.text {
            assert!(
                paragraph.ends_with('.') && !paragraph.contains("  "),
                "{name}: {paragraph}"
            );
        }
        for example in page.examples {
            let word = if name.is_empty() {
                "jobstamp -".to_owned()
            } else {
                format!("jobstamp {name}")
            };
            assert!(example.line.contains(&word), "{name}: {}", example.line);
            assert!(example.line.len() <= 76, "fits a terminal: {}", example.line);
        }
    }
}

#[test]
fn every_example_is_a_line_that_is_understood() {
    for page in PAGES {
        for Example { line, .. } in page.examples {
            let start = line.find("jobstamp").expect("it is one of ours");
            let end = line[start..]
                .find(['|', '>', '&', ')', ';'])
                .map_or(line.len(), |at| start + at);
            let words: Vec<OsString> = line[start..end]
                .split_whitespace()
                .skip(1)
                .map(|word| word.trim_matches(['\'', '"']).into())
                .collect();
            match parse(&words) {
                Ok(Request::Run(_)) => assert_eq!(page.subcommand, Subcommand::Run, "{line}"),
                Ok(Request::Verify(_)) => assert_eq!(page.subcommand, Subcommand::Verify, "{line}"),
                Ok(Request::Manage(told)) => assert_eq!(page.subcommand, told.subcommand, "{line}"),
                other => panic!("{line}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_variable_of_every_setting_is_told() {
    for setting in Setting::ALL {
        let variable = setting.variable();
        let told = VARIABLES.iter().any(|(name, _)| *name == variable);
        assert!(
            told || all().any(|option| option.variable == Some(variable)),
            "{variable}"
        );
    }
}

fn fragments(page: &Page) -> impl Iterator<Item = &'static str> {
    let options = page
        .groups
        .iter()
        .flat_map(|group| group.options)
        .map(|option| option.help);
    let examples = page.examples.iter().map(|example| example.purpose);
    let exits = page.exits.iter().map(|(_, meaning)| *meaning);
    options.chain(examples).chain(exits).chain([page.summary])
}
