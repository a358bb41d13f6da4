//! Going through all that is remembered, and finding jobs by the beginnings of their keys.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Mutex;

use jobstamps::Job;
use jobstamps::store::Survey;

use super::world::World;

fn call(number: usize) -> Job {
    Job::call("f", number.to_string())
}

fn store(world: &World, number: usize) {
    let (recording, _) = world.cache().record(&call(number));
    assert!(recording.save_value("value").stored);
}

/// Returns how often each job was visited, with the names that their stories tell, and what came of the survey.
fn surveyed(world: &World) -> (BTreeMap<String, Vec<String>>, Survey) {
    let seen: Mutex<BTreeMap<String, Vec<String>>> = Mutex::default();
    let survey = world.cache().survey(&|found| {
        let told = found.cold(0).map(|cold| format!("{:?}", cold.story.arguments));
        let mut seen = seen.lock().unwrap();
        seen.entry(found.key().hex())
            .or_default()
            .push(told.unwrap_or_default());
    });
    (seen.into_inner().unwrap(), survey.unwrap())
}

#[test]
fn every_job_is_visited_once_whatever_lies_beside_it() {
    let world = World::new();
    assert_eq!(surveyed(&world), (BTreeMap::new(), Survey::default()));
    assert!(!world.stamps().exists(), "asking makes no directory");
    for number in 0..300 {
        store(&world, number);
    }
    fs::write(world.root().join("README"), "foreign").unwrap();
    let damaged = world.cache().stamp_path(&call(7));
    fs::write(damaged.with_file_name("README"), "foreign").unwrap();
    fs::write(&damaged, "no stamp").unwrap();
    let (seen, survey) = surveyed(&world);
    let expected = (0..300).filter(|number| *number != 7);
    let expected = expected.map(|number| (call(number).key().hex(), vec![r#"["f"]"#.to_owned()]));
    assert_eq!(seen, expected.collect());
    let counted = Survey {
        visited: 299,
        unreadable: 1,
    };
    assert_eq!(survey, counted);
}

#[test]
fn a_job_is_as_large_as_all_its_files_and_all_jobs_as_the_store() {
    let world = World::new();
    for (number, length) in [(1, 1 << 20), (2, 1), (3, 1 << 17)] {
        let (recording, _) = world.cache().record(&call(number));
        assert!(recording.save_value(vec![b'v'; length]).stored);
    }
    let sizes: Mutex<Vec<u64>> = Mutex::default();
    world
        .cache()
        .survey(&|found| sizes.lock().unwrap().push(found.size()))
        .unwrap();
    let mut sizes = sizes.into_inner().unwrap();
    sizes.sort_unstable();
    assert!(
        sizes[0] < 1 << 17 && sizes[1] > 1 << 17 && sizes[2] > 1 << 20,
        "{sizes:?}"
    );
    assert_eq!(sizes.iter().sum::<u64>(), world.cache().stats().unwrap().bytes);
}

#[cfg(unix)]
#[test]
fn what_another_may_have_written_is_not_shown() {
    let world = World::new();
    store(&world, 1);
    super::world::chmod(&world.stamp(), 0o666);
    let (seen, survey) = surveyed(&world);
    assert_eq!((seen.len(), survey.unreadable), (0, 1));
}

#[test]
fn jobs_are_found_by_the_beginnings_of_their_keys() {
    let world = World::new();
    assert_eq!(world.cache().keys("00", 9).unwrap(), []);
    let mut keys: Vec<_> = (0..600).map(|number| call(number).key()).collect();
    keys.sort_unstable();
    for number in 0..600 {
        store(&world, number);
    }
    for digits in 0..=255 {
        let digits = format!("{digits:02x}");
        let expected: Vec<_> = keys.iter().filter(|key| key.hex().starts_with(&digits)).collect();
        let found = world.cache().keys(&digits, usize::MAX).unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{digits}");
    }
    let first = keys[0].hex();
    for (digits, most, count) in [
        (&first[..], 9, 1),
        (&first[..20], 9, 1),
        (&first[..2], 0, 0),
        ("f", 9, 0),
        ("", 9, 0),
        ("zz", 9, 0),
        ("\u{e9}", 9, 0),
        ("../", 9, 0),
        (&format!("{first}0"), 9, 0),
    ] {
        assert_eq!(world.cache().keys(digits, most).unwrap().len(), count, "{digits}");
    }
}
