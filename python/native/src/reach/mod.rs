//! Placeholder until B's landing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    Deep,
    Shallow,
    Off,
}
