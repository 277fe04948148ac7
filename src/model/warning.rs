//! What a fit or a scoring has to say without failing.

use std::fmt;

use super::unseen::Unseen;

/// Something the user should know about a result that is nevertheless given.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// The solver stopped before the gradient was small enough.
    NotConverged {
        /// The largest component of the mean gradient, on standardised columns.
        gradient: f64,
        /// The tolerance it had to reach.
        tolerance: f64,
        /// The bound on iterations.
        max_iter: u64,
    },
    /// Terms that have the same value in every row, so that nothing can be learnt from them.
    ConstantTerms(Vec<String>),
    /// A line separates the classes, so that the coefficients only measure when the solver stopped, or the penalty.
    PerfectSeparation {
        /// The smallest probability given to a row's own class.
        least: f64,
    },
    /// Categories that training did not have, which were taken as "none of them".
    Unseen(Unseen),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConverged {
                gradient,
                tolerance,
                max_iter,
            } => write!(
                f,
                "the fit did not converge: the mean gradient is {gradient:.1e} after max_iter={max_iter}, and tol is \
                 {tolerance:.0e}; raise max_iter, or lower C"
            ),
            Self::ConstantTerms(terms) => {
                write!(
                    f,
                    "the same value in every row, so nothing is learnt from it: {}",
                    terms.join(", ")
                )
            }
            Self::PerfectSeparation { least } => write!(
                f,
                "the features separate the classes perfectly (no row's own class has a probability below \
                 {least:.4}), so the coefficients have no natural size; look for a feature that gives the target away, or \
                 use penalty=\"l2\" with a smaller C"
            ),
            Self::Unseen(unseen) => unseen.fmt(f),
        }
    }
}
