//! From figures to one page of HTML that needs nothing else: no network, and no script for what it tells.
//!
//! What it names was named by anybody, so all of it goes through `html`. Should that fail, no browser runs or loads what it
//! smuggles in: the page's policy allows the style and the script only that carry the digest of what stands in the page, and
//! no text can hold the digest of a page that it is a part of.

use jobstamps::Digest;
use jobstamps::ledger::{Day, Tally};

use super::calendar::in_words;
use super::figures::{Figures, percent};
use super::html::Text;
use super::tables;
use super::timeline::timeline;
use crate::cold::text;
use crate::units::{bytes, duration, number, of};

/// Returns the page.
pub fn page(figures: &Figures) -> String {
    let body = body(figures);
    let nonce = Digest::of(body.as_bytes()).hex();
    let title = headline(&figures.total);
    let (style, script) = (text!("page.css"), text!("page.js"));
    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"en\">\n\
         <head>\n\
         <meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'nonce-{nonce}'; \
         script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{title} – jobstamps report</title>\n\
         <style nonce=\"{nonce}\">\n{style}</style>\n\
         </head>\n\
         <body>\n{body}<p class=\"unseen\" role=\"status\" id=\"said\"></p>\n<script nonce=\"{nonce}\">\n{script}</script>\n</body>\n</html>\n"
    )
}

fn body(figures: &Figures) -> String {
    let mut sections = vec![head(figures), "<main>\n".to_owned(), sums(figures)];
    if figures.total.times() > 0 {
        sections.extend([
            timeline(&figures.days),
            tables::programs(figures),
            tables::causes(figures),
        ]);
    }
    sections.extend([tables::valuable(figures), tables::largest(figures)]);
    sections.extend(["</main>\n".to_owned(), foot(figures)]);
    sections.concat()
}

fn headline(total: &Tally) -> String {
    match total.times() {
        0 => "Nothing counted yet".to_owned(),
        _ => format!("{} saved", duration(total.saved)),
    }
}

fn head(figures: &Figures) -> String {
    let Tally { hits, .. } = figures.total;
    let lead = match figures.total.times() {
        0 if figures.is_off => {
            "Counting is turned off by the setting <code>count</code>; <code>jobstamp config</code> tells where."
                .to_owned()
        }
        0 => "No job was replayed or run in this time. Put <code>jobstamp --</code> before a command, and look again."
            .to_owned(),
        times => format!(
            "{} of {} {} replayed instead of run.",
            number(hits),
            of(times, "job", "jobs"),
            if hits == 1 { "was" } else { "were" }
        ),
    };
    format!(
        "<header>\n<p class=\"period\">jobstamps, {}</p>\n<h1>{}</h1>\n<p class=\"lead\">{lead}</p>\n</header>\n",
        period(figures),
        headline(&figures.total)
    )
}

/// Returns the days it tells of.
fn period(figures: &Figures) -> String {
    match (figures.days.first(), figures.days.last()) {
        (Some((first, _)), Some((last, _))) if first != last => format!("{} to {}", in_words(*first), in_words(*last)),
        _ => in_words(Day::of(figures.made)),
    }
}

/// Returns the sums, large enough to be read from afar.
fn sums(figures: &Figures) -> String {
    let total = &figures.total;
    let mut sums = Vec::new();
    if total.times() > 0 {
        sums.extend([
            (
                "Replayed",
                format!("{} %", percent(total)),
                format!("of {}", of(total.times(), "job", "jobs")),
            ),
            (
                "A replay saved",
                duration(total.saved / total.hits.max(1)),
                "on average".to_owned(),
            ),
            (
                "Ran",
                of(total.runs(), "job", "jobs"),
                format!("for {}", duration(total.taken)),
            ),
        ]);
    }
    sums.push((
        "Remembered now",
        of(figures.jobs, "job", "jobs"),
        format!("in {}", bytes(figures.bytes)),
    ));
    let sums = sums.into_iter().map(|(name, much, more)| {
        format!("<div><dt>{name}</dt><dd class=\"much\">{much}</dd><dd class=\"soft\">{more}</dd></div>\n")
    });
    format!(
        "<h2 class=\"unseen\">In short</h2>\n<dl class=\"sums\">\n{}</dl>\n",
        sums.collect::<String>()
    )
}

fn foot(figures: &Figures) -> String {
    format!(
        "<footer>\n<p>Made {} by jobstamp {} from <code class=\"name\">{}</code>. Days are those of UTC.</p>\n\
         <p>Time saved is how long the runs took that were replayed.</p>\n</footer>\n",
        in_words(Day::of(figures.made)),
        env!("CARGO_PKG_VERSION"),
        Text(&figures.store),
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
