//! What standard input is, as far as it is part of what a job is.

/// What standard input is, as far as it is part of what a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Closed: reading it is an error, which the command may tell.
    Closed,
    /// The null device: there is nothing to read.
    None,
    /// A terminal. Nobody reads it ahead of the command.
    Terminal,
    /// A regular file: its content and the offset can be looked at without changing anything.
    File,
    /// A pipe or a stream socket: reading it takes what is read.
    Pipe,
    /// Any other thing (a device, a directory, a datagram socket): handed to the command, and the run is not stored.
    Other,
}

/// What the system says about the descriptor of standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facts {
    /// It was closed when we started.
    Closed,
    /// It is open.
    Open {
        /// The type of the file behind it.
        shape: Shape,
        /// Whether it may be read from; a shell can hand over a descriptor that is only open for writing.
        readable: bool,
    },
}

/// The type of an open file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A regular file.
    Regular,
    /// A pipe with or without a name.
    Pipe,
    /// A connected socket that is a stream of bytes.
    StreamSocket,
    /// The null device.
    Null,
    /// A character device that is a terminal.
    Terminal,
    /// Anything else.
    Other,
}

/// What a pipe or socket holds at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PipeState {
    /// At least one byte can be read.
    Data,
    /// Its end was reached: every writer has closed it and nothing is left.
    Empty,
    /// Nothing can be read now, and somebody may still write.
    Idle,
}

impl Kind {
    /// Decides the kind of standard input from what the system says about it.
    #[must_use]
    pub fn of(facts: Facts) -> Self {
        let Facts::Open { shape, readable } = facts else {
            return Self::Closed;
        };
        match shape {
            Shape::Null if readable => Self::None,
            Shape::Terminal => Self::Terminal,
            // What cannot be read cannot be hashed or relayed either; the command gets it as it is.
            _ if !readable => Self::Other,
            Shape::Regular => Self::File,
            Shape::Pipe | Shape::StreamSocket => Self::Pipe,
            Shape::Null | Shape::Other => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_standard_input_is_decided_by_what_can_be_done_with_it() {
        let open = |shape| Facts::Open { shape, readable: true };
        let unreadable = |shape| Facts::Open { shape, readable: false };
        for (facts, expected) in [
            (Facts::Closed, Kind::Closed),
            (open(Shape::Null), Kind::None),
            (unreadable(Shape::Null), Kind::Other),
            (open(Shape::Terminal), Kind::Terminal),
            (unreadable(Shape::Terminal), Kind::Terminal),
            (open(Shape::Regular), Kind::File),
            (unreadable(Shape::Regular), Kind::Other),
            (open(Shape::Pipe), Kind::Pipe),
            (unreadable(Shape::Pipe), Kind::Other),
            (open(Shape::StreamSocket), Kind::Pipe),
            (unreadable(Shape::StreamSocket), Kind::Other),
            (open(Shape::Other), Kind::Other),
        ] {
            assert_eq!(Kind::of(facts), expected, "{facts:?}");
        }
    }
}
