//! A clusterer for the tests: `k` means, each of a slice of the rows in order, and one round of moving them.

use std::sync::Arc;

use ndarray::{Array1, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::model::{
    Cluster, Clusterer, Configured, Design, EstimatorEntry, Fit, FittedClusterer, Functions, Learner,
    ModelError, Parameter, Setting, Settings, State,
};
use crate::work::Progress;

/// The line in the list of estimators.
pub(in crate::model) const ENTRY: EstimatorEntry = EstimatorEntry {
    name: "NearestMeans",
    summary: "Groups rows by the nearest of some means.",
    details: "`n_clusters` is a whole number.",
    example: "NearestMeans(n_clusters=2).fit(frame({\"x\": [1, 2, 9]}), target=None, features=[\"x\"])",
    parameters: &[Parameter {
        name: "n_clusters",
        default: "2",
        meaning: "how many groups",
    }],
    learner: Learner::Clusterer(Functions {
        make: |settings| {
            let count = match settings.get("n_clusters") {
                Some(Setting::Integer(count)) => *count,
                _ => 2,
            };
            Ok(Arc::new(NearestMeans { count }))
        },
        load: FittedClusterer::load::<Means>,
    }),
};

#[derive(Debug)]
struct NearestMeans {
    count: i64,
}

impl Configured for NearestMeans {
    fn name(&self) -> &'static str {
        ENTRY.name
    }

    fn settings(&self) -> Settings {
        Settings::from([("n_clusters".to_owned(), Setting::Integer(self.count))])
    }
}

impl Cluster for NearestMeans {
    fn fit(&self, design: &Design, _: &Progress) -> Result<Fit<dyn Clusterer>, ModelError> {
        let (rows, count) = (design.values.nrows(), self.count as usize);
        let first = Means {
            means: means(design, count, |row| row * count / rows),
        };
        let nearest = first.clusters(design.values.view());
        Ok(Fit {
            learnt: Arc::new(Means {
                means: means(design, count, |row| nearest[row] as usize),
            }),
            warnings: Vec::new(),
        })
    }
}

/// Returns the mean of the rows of each cluster.
fn means(design: &Design, count: usize, cluster: impl Fn(usize) -> usize) -> Vec<Vec<f64>> {
    (0..count)
        .map(|of| {
            let mut sum = Array1::zeros(design.terms.len());
            let mut rows = 0.0;
            for (row, values) in design.values.rows().into_iter().enumerate() {
                if cluster(row) == of {
                    sum += &values;
                    rows += 1.0;
                }
            }
            (sum / f64::max(rows, 1.0)).to_vec()
        })
        .collect()
}

/// What it learnt.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Means {
    means: Vec<Vec<f64>>,
}

impl State for Means {}

impl Clusterer for Means {
    fn clusters(&self, values: ArrayView2<'_, f64>) -> Vec<u32> {
        let nearest = |row: ArrayView1<'_, f64>| {
            let far = |mean: &[f64]| -> f64 { row.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum() };
            let by_distance = |a: &usize, b: &usize| far(&self.means[*a]).total_cmp(&far(&self.means[*b]));
            (0..self.means.len()).min_by(by_distance).unwrap_or_default() as u32
        };
        values.rows().into_iter().map(nearest).collect()
    }

    fn flaw(&self, terms: usize) -> Option<String> {
        let is_short = |mean: &Vec<f64>| mean.len() != terms;
        self.means
            .iter()
            .any(is_short)
            .then(|| format!("a mean is not of {terms} terms"))
    }
}
