//! Remembers what an idempotent job did, and replays it while nothing the job depends on has changed.
