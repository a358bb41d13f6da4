//! Which words of one list stand for which of another: an argument that was put in moves all behind it, and is one
//! difference.

/// One step from a list to another, by the places in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Another stands in its place: where it was, where it is.
    Replaced(usize, usize),
    /// It is gone; where it was.
    Removed(usize),
    /// It is new; where it is.
    Added(usize),
}

/// Lists that differ in a stretch of more than so many pairs are compared place by place: a store may hold a hundred
/// thousand of them.
const MOST_PAIRS: usize = 1024;

/// Returns the fewest steps that lead from `then` to `now`, in the order of the lists. Of equally few it takes those at the
/// front.
pub(super) fn align<T: PartialEq>(then: &[T], now: &[T]) -> Vec<Step> {
    let common = |pairs: &mut dyn Iterator<Item = (&T, &T)>| pairs.take_while(|(one, other)| one == other).count();
    let front = common(&mut then.iter().zip(now));
    let (then, now) = (&then[front..], &now[front..]);
    let back = common(&mut then.iter().rev().zip(now.iter().rev()));
    let (then, now) = (&then[..then.len() - back], &now[..now.len() - back]);
    let moved = |step| match step {
        Step::Replaced(was, is) => Step::Replaced(was + front, is + front),
        Step::Removed(was) => Step::Removed(was + front),
        Step::Added(is) => Step::Added(is + front),
    };
    let steps = if then.len().saturating_mul(now.len()) <= MOST_PAIRS {
        fewest(then, now)
    } else {
        by_place(then, now)
    };
    steps.into_iter().map(moved).collect()
}

fn by_place<T: PartialEq>(then: &[T], now: &[T]) -> Vec<Step> {
    let both = then.len().min(now.len());
    let replaced = (0..both)
        .filter(|at| then[*at] != now[*at])
        .map(|at| Step::Replaced(at, at));
    let removed = (both..then.len()).map(Step::Removed);
    let added = (both..now.len()).map(Step::Added);
    replaced.chain(removed).chain(added).collect()
}

/// Source: R. A. Wagner, M. J. Fischer, "The String-to-String Correction Problem", J. ACM 21 (1974); from the back, so that
/// the steps can be read off in their order.
fn fewest<T: PartialEq>(then: &[T], now: &[T]) -> Vec<Step> {
    let width = now.len() + 1;
    let mut left = vec![0_usize; (then.len() + 1) * width];
    for was in (0..=then.len()).rev() {
        for is in (0..=now.len()).rev() {
            left[was * width + is] = match (then.get(was), now.get(is)) {
                (None, _) => now.len() - is,
                (_, None) => then.len() - was,
                (Some(one), Some(other)) if one == other => left[(was + 1) * width + is + 1],
                _ => {
                    let (removed, added) = (left[(was + 1) * width + is], left[was * width + is + 1]);
                    1 + left[(was + 1) * width + is + 1].min(removed).min(added)
                }
            };
        }
    }
    let (mut was, mut is, mut steps) = (0, 0, Vec::with_capacity(left[0]));
    while was < then.len() || is < now.len() {
        let here = left[was * width + is];
        let both = was < then.len() && is < now.len();
        if both && then[was] == now[is] {
            (was, is) = (was + 1, is + 1);
        } else if both && left[(was + 1) * width + is + 1] + 1 == here {
            steps.push(Step::Replaced(was, is));
            (was, is) = (was + 1, is + 1);
        } else if was < then.len() && left[(was + 1) * width + is] + 1 == here {
            steps.push(Step::Removed(was));
            was += 1;
        } else {
            steps.push(Step::Added(is));
            is += 1;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::Step::{Added, Removed, Replaced};
    use super::*;

    #[test]
    fn the_fewest_steps_lead_from_one_list_to_the_other() {
        for (then, now, steps) in [
            ("", "", &[][..]),
            ("abc", "abc", &[]),
            ("abc", "axc", &[Replaced(1, 1)]),
            ("abc", "abxc", &[Added(2)]),
            ("abxc", "abc", &[Removed(2)]),
            ("", "ab", &[Added(0), Added(1)]),
            ("ab", "", &[Removed(0), Removed(1)]),
            ("abcd", "xbcy", &[Replaced(0, 0), Replaced(3, 3)]),
            ("abcde", "xabcdy", &[Added(0), Replaced(4, 5)]),
            ("aab", "ab", &[Removed(1)]),
            ("kitten", "sitting", &[Replaced(0, 0), Replaced(4, 4), Added(6)]),
        ] {
            assert_eq!(align(then.as_bytes(), now.as_bytes()), steps, "{then} {now}");
        }
    }

    #[test]
    fn long_lists_are_compared_place_by_place() {
        let then: Vec<usize> = (0..1000).collect();
        let now: Vec<usize> = (1..=1000).collect();
        assert_eq!(align(&then, &now).len(), 1000);
        let mut one: Vec<usize> = then.clone();
        one.insert(500, 5000);
        assert_eq!(align(&then, &one), [Added(500)]);
        assert_eq!(align(&one, &then), [Removed(500)]);
    }
}
