//! Long texts that no hit needs, kept away from what it touches.
//!
//! The constants of a hit fill one stretch of the program that the kernel maps at once (`hit.ld`); all that has no name is
//! taken to be one of them. So what is long gets a name, and a place of its own.

/// Takes in the text of a file.
macro_rules! text {
    ($file:literal) => {{
        #[cfg_attr(target_os = "linux", unsafe(link_section = ".rodata.cold"))]
        static BYTES: [u8; include_bytes!($file).len()] = *include_bytes!($file);
        std::str::from_utf8(&BYTES).expect("the file is text: it was written by us")
    }};
}

pub(crate) use text;
