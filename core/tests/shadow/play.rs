//! Plays random cases, each from a seed of its own that replays it.

use std::cell::Cell;
use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

/// Plays cases until so many steps were taken; `play` returns how many it took, or what went wrong after which.
///
/// A case that goes wrong is made shorter as long as it still does. `JOBSTAMPS_SEED` plays that one case again, and no other.
pub fn play_until<C: Debug>(
    enough: usize,
    cases: &impl Strategy<Value = C>,
    play: impl Fn(&C) -> Result<usize, String>,
) {
    let given: Option<u64> = std::env::var("JOBSTAMPS_SEED").ok().map(|seed| seed.parse().unwrap());
    // The short runs are always the same, so that nobody's change fails for what another left; the long ones never are.
    let is_soak = std::env::var_os("JOBSTAMPS_SOAK").is_some();
    let first = given.unwrap_or_else(|| if is_soak { fresh_seed() } else { 1 });
    let steps = Cell::new(0);
    for seed in first.. {
        let config = Config {
            cases: 1,
            rng_seed: RngSeed::Fixed(seed),
            failure_persistence: None,
            max_shrink_iters: 400,
            ..Config::default()
        };
        let played = TestRunner::new(config).run(cases, |case| {
            steps.set(steps.get() + play(&case).map_err(TestCaseError::fail)?);
            Ok(())
        });
        if let Err(TestError::Fail(why, _)) = played {
            panic!("JOBSTAMPS_SEED={seed} replays this:\n{why}");
        }
        if given.is_some() || steps.get() >= enough {
            println!("{} steps, seeds {first} to {seed}", steps.get());
            return;
        }
    }
}

/// A seed that no other run has.
fn fresh_seed() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(now.as_micros()).unwrap()
}
