//! The jobs that steps choose among.

/// What a job depends on and makes.
#[derive(Debug)]
pub struct Kind {
    /// What it does beside looking.
    pub does: &'static str,
    pub dependencies: &'static [&'static str],
    /// What it declares to write; empty if nothing.
    pub output: &'static str,
}

impl Kind {
    /// What is declared as an output.
    pub fn outputs(&'static self) -> &'static [&'static str] {
        match self {
            Self { output: "", .. } => &[],
            Self { output, .. } => std::slice::from_ref(output),
        }
    }

    /// Whether it declares that it edits what it depends on.
    pub fn rewrites(&self) -> bool {
        self.formats() && !self.output.is_empty()
    }

    /// Whether what it makes is among what it depends on: then its fingerprint tells how it was left.
    pub fn reads_its_output(&self) -> bool {
        let is_matched = self.output == "y.c" && self.dependencies.contains(&"*.c");
        is_matched || self.dependencies.contains(&self.output)
    }

    /// Whether it edits what it depends on.
    pub fn formats(&self) -> bool {
        self.does == "format"
    }
}

const fn looks(dependencies: &'static [&'static str], output: &'static str) -> Kind {
    Kind {
        does: "look",
        dependencies,
        output,
    }
}

/// All of them.
pub const JOBS: [Kind; 11] = [
    looks(&["d/a"], ""),
    looks(&["l"], ""),
    looks(&["d"], ""),
    looks(&["*.c"], ""),
    looks(&["d/*"], ""),
    looks(&["d/a", "l", "*.c"], "made"),
    looks(&["d"], "d/made"),
    looks(&["*.c"], "y.c"),
    Kind {
        does: "read",
        ..looks(&["d/b"], "")
    },
    Kind {
        does: "format",
        ..looks(&["d/a"], "d/a")
    },
    Kind {
        does: "format",
        ..looks(&["d/a"], "")
    },
];
