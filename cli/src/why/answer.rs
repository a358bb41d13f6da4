//! What there is to say of a command that was asked about: a value, to be said to people or to programs.

use std::path::PathBuf;
use std::time::Duration;

use jobstamps::fingerprint::{Change, ThenAndNow};
use jobstamps::job::JobKey;
use jobstamps::ledger::Cause;
use jobstamps::{Cache, Explained, Explanation, Job, Nearest, Reason, Time};

use crate::options::Options;

/// What there is to say of a command that was asked about.
#[derive(Debug, Default)]
pub struct Answer {
    /// Why it would run; nothing if it would be replayed.
    pub reasons: Vec<Because>,
    /// What it is filed under, and where its stamp is or would be; nothing if it can have none.
    pub filed: Option<(JobKey, PathBuf)>,
    /// When the run started that the reasons compare with.
    pub ran: Option<Time>,
    /// How long a run counts.
    pub expires: Option<Duration>,
    /// The remembered job that is most like it, if it has no stamp.
    pub nearest: Option<Nearest>,
}

/// One reason.
#[derive(Debug)]
pub struct Because {
    /// Its word for programs.
    pub kind: &'static str,
    /// Its words for people.
    pub text: String,
    /// What it is about, as its caller spelled it.
    pub path: Option<PathBuf>,
    /// Which file in it, if it is a directory or a pattern.
    pub inside: Option<PathBuf>,
    /// How that looked when the job last ran, and how it looks now.
    pub views: Option<ThenAndNow>,
}

impl Answer {
    /// What there is to say of `job`.
    pub fn of(cache: &Cache, job: &Job, explanation: Explanation) -> Self {
        let Explanation { reasons, ran } = explanation;
        let is_unknown = matches!(
            reasons[..],
            [Explained {
                reason: Reason::NoStamp(_),
                ..
            }]
        );
        Self {
            nearest: is_unknown.then(|| cache.nearest(job, &[])).flatten(),
            reasons: reasons.into_iter().map(Because::of).collect(),
            filed: Some((job.key(), cache.stamp_path(job))),
            ran,
            expires: job.expires,
        }
    }

    /// Adds why it would run although nothing has changed, if `options` want that.
    pub fn even_if_fresh(mut self, options: &Options) -> Self {
        let told = match options {
            Options { verify: true, .. } => "it is to be compared with another run".to_owned(),
            Options { force: true, .. } => Reason::Forced.to_string(),
            _ => return self,
        };
        let forced = Self::apart(Cause::Forced.word(), &told);
        self.reasons.splice(..0, forced.reasons);
        self
    }

    /// A job that cannot be remembered.
    pub fn unfit(why: &str) -> Self {
        Self::apart(Cause::Unfit.word(), why)
    }

    /// A job that no stamp was asked about.
    pub fn apart(kind: &'static str, why: &str) -> Self {
        Self {
            reasons: vec![Because {
                kind,
                text: why.to_owned(),
                path: None,
                inside: None,
                views: None,
            }],
            ..Self::default()
        }
    }
}

impl Because {
    fn of(explained: Explained) -> Self {
        let Explained { reason, views } = explained;
        let inside = match &reason {
            Reason::Dependency(_, Change::Entries(path)) => path.clone(),
            _ => None,
        };
        let is_about_the_stamp = matches!(reason, Reason::NoStamp(_) | Reason::Damaged(_) | Reason::OutcomeLost(_));
        Self {
            kind: Cause::of(&reason).0.word(),
            text: reason.to_string(),
            path: reason.path().filter(|_| !is_about_the_stamp).map(PathBuf::from),
            inside,
            views,
        }
    }
}
