//! [`Layered`]: where the activities of a pipeline are drawn, so that each is right of those that it comes after.

use crate::pipeline::definition::{Activity, Condition};

/// How often each layer is arranged anew by its neighbours.
const ROUNDS: usize = 4;

/// Where activities are drawn, and the lines between them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layered {
    /// The place of each activity, in the order of the definition.
    pub(super) places: Vec<Place>,
    /// The lines between them.
    pub(super) lines: Vec<Line>,
    /// How many layers there are, from left to right.
    pub(super) layers: usize,
    /// How many rows the fullest layer has.
    pub(super) rows: usize,
}

/// A place: its layer from the left, and its row from the top, by halves where layers are of different heights.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Place {
    pub(super) layer: usize,
    pub(super) row: f64,
}

/// A line from one activity to another that comes after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) condition: Condition,
    /// The places between, one in each layer that the line crosses.
    pub(super) through: Vec<Place>,
}

/// What has a place: an activity, or a line where it crosses a layer.
#[derive(Debug)]
struct Node {
    layer: usize,
    before: Vec<usize>,
    after: Vec<usize>,
}

impl Layered {
    /// Arranges activities; names that no activity has, and circles, are left out as lines.
    pub(super) fn of(activities: &[Activity]) -> Self {
        let position = |name: &str| activities.iter().position(|activity| activity.name == name);
        let edges: Vec<(usize, usize, Condition)> = activities
            .iter()
            .enumerate()
            .flat_map(|(to, activity)| {
                let after = activity.after.iter();
                after.filter_map(move |(name, condition)| Some((position(name)?, to, *condition)))
            })
            .collect();
        let depths = depths(activities.len(), &edges);
        let mut nodes: Vec<Node> = depths.iter().map(|layer| node(*layer)).collect();
        let mut chains = Vec::new();
        for (from, to, condition) in edges {
            if depths[from] >= depths[to] {
                continue;
            }
            let mut chain = vec![from];
            for layer in depths[from] + 1..depths[to] {
                nodes.push(node(layer));
                chain.push(nodes.len() - 1);
            }
            chain.push(to);
            for pair in chain.windows(2) {
                nodes[pair[0]].after.push(pair[1]);
                nodes[pair[1]].before.push(pair[0]);
            }
            chains.push((chain, condition));
        }
        let layers = depths.iter().max().map_or(0, |deepest| deepest + 1);
        let (rows, places) = arranged(&nodes, layers);
        let lines = chains.into_iter().filter_map(|(chain, condition)| {
            let (from, to) = (*chain.first()?, *chain.last()?);
            let through = chain.get(1..chain.len() - 1)?;
            Some(Line {
                from,
                to,
                condition,
                through: through.iter().map(|at| places[*at]).collect(),
            })
        });
        Self {
            lines: lines.collect(),
            places: places.iter().take(activities.len()).copied().collect(),
            layers,
            rows,
        }
    }
}

fn node(layer: usize) -> Node {
    Node {
        layer,
        before: Vec::new(),
        after: Vec::new(),
    }
}

/// Returns for each activity how long the longest way to it is; where there are circles, it ends.
fn depths(count: usize, edges: &[(usize, usize, Condition)]) -> Vec<usize> {
    let mut depths = vec![0; count];
    for _ in 0..count {
        let mut is_settled = true;
        for (from, to, _) in edges {
            if depths[*to] <= depths[*from] && depths[*from] + 1 < count {
                depths[*to] = depths[*from] + 1;
                is_settled = false;
            }
        }
        if is_settled {
            break;
        }
    }
    depths
}

/// Orders each layer by the middle of its neighbours, and returns how many rows there are and each node's place.
fn arranged(nodes: &[Node], layers: usize) -> (usize, Vec<Place>) {
    let mut orders: Vec<Vec<usize>> = vec![Vec::new(); layers];
    for (at, node) in nodes.iter().enumerate() {
        orders[node.layer].push(at);
    }
    let mut rows = vec![0.0; nodes.len()];
    let fullest = orders.iter().map(Vec::len).max().unwrap_or(0);
    for round in 0..=ROUNDS {
        for order in &mut orders {
            if round > 0 {
                let middle = |at: usize| {
                    let near = if round % 2 == 1 {
                        &nodes[at].before
                    } else {
                        &nodes[at].after
                    };
                    let sum: f64 = near.iter().map(|other| rows[*other]).sum();
                    if near.is_empty() {
                        rows[at]
                    } else {
                        sum / near.len() as f64
                    }
                };
                order.sort_by(|one, other| middle(*one).total_cmp(&middle(*other)));
            }
            let top = (fullest - order.len()) as f64 / 2.0;
            for (row, at) in order.iter().enumerate() {
                rows[*at] = top + row as f64;
            }
        }
    }
    let places = nodes.iter().zip(rows);
    let places = places.map(|(node, row)| Place {
        layer: node.layer,
        row,
    });
    (fullest, places.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn activities(after: &[(&str, &[&str])]) -> Vec<Activity> {
        let activity = |(name, after): &(&str, &[&str])| {
            let after: Vec<String> = after
                .iter()
                .map(|name| format!("{name:?}: \"Succeeded\""))
                .collect();
            let wait = "{\"Wait\": {\"for\": \"1s\"}}";
            let json = format!(
                "{{\"name\": {name:?}, \"after\": {{{}}}, \"type\": {wait}}}",
                after.join(",")
            );
            serde_json::from_str(&json).unwrap()
        };
        after.iter().map(activity).collect()
    }

    #[test]
    fn each_activity_is_right_of_those_that_it_comes_after() {
        let layered = Layered::of(&activities(&[
            ("end", &["left", "right", "start"]),
            ("start", &[]),
            ("left", &["start"]),
            ("right", &["start", "nobody"]),
        ]));
        let layers: Vec<usize> = layered.places.iter().map(|place| place.layer).collect();
        assert_eq!(layers, [2, 0, 1, 1]);
        assert_eq!((layered.layers, layered.rows), (3, 3));
        // The line from the start to the end has a place of its own between the others.
        let long = layered
            .lines
            .iter()
            .find(|line| line.from == 1 && line.to == 0)
            .unwrap();
        let middle = [layered.places[2], layered.places[3]];
        assert_eq!(long.through.len(), 1);
        assert!(
            middle
                .iter()
                .all(|place| (place.row - long.through[0].row).abs() > 0.1)
        );
        assert_eq!(layered.lines.len(), 5);
    }

    #[test]
    fn a_circle_is_drawn_and_ends() {
        let layered = Layered::of(&activities(&[("a", &["b"]), ("b", &["a"]), ("c", &["c"])]));
        assert_eq!(layered.places.len(), 3);
        assert!(layered.lines.len() < 3);
        assert_eq!(Layered::of(&[]).layers, 0);
    }
}
