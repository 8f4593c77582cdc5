//! What belongs together, and in what order it is carried out (RFC 7644 §3.7.1; S43).
//!
//! An operation is carried out at its place, unless an earlier one refers to what it creates: then right before that one. Operations
//! that refer to each other in a circle are one unit.

use super::prepare::Prepared;

/// Operations that are carried out together, by their places in the request.
pub(super) type Unit = Vec<usize>;

/// The units in the order in which they are carried out: each comes after those that it refers to.
pub(super) fn units(operations: &[Prepared]) -> Vec<Unit> {
    let edges: Vec<Vec<usize>> = operations.iter().map(|operation| operation.refers_to.iter().copied().collect()).collect();
    components(&edges)
}

/// The strongly connected components, each after those that it points to (R. Tarjan, 1972), without recursion: a chain can be as long
/// as the request.
fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut nodes: Vec<Node> = edges.iter().map(|_| Node::default()).collect();
    let mut found = Vec::new();
    let mut next = 0;
    let mut open = Vec::new();
    let mut walk = Vec::new();
    for root in 0..edges.len() {
        if nodes[root].number.is_none() {
            walk.push((root, 0));
        }
        while let Some((node, edge)) = walk.pop() {
            if edge == 0 {
                nodes[node] = Node { number: Some(next), low: next, is_open: true };
                next += 1;
                open.push(node);
            }
            if let Some(&target) = edges[node].get(edge) {
                walk.push((node, edge + 1));
                match nodes[target].number {
                    None => walk.push((target, 0)),
                    Some(number) if nodes[target].is_open => nodes[node].low = nodes[node].low.min(number),
                    Some(_) => {}
                }
                continue;
            }
            if Some(nodes[node].low) == nodes[node].number {
                let start = open.iter().rposition(|member| *member == node).unwrap_or_default();
                let mut component = open.split_off(start);
                component.iter().for_each(|member| nodes[*member].is_open = false);
                component.sort_unstable();
                found.push(component);
            }
            if let Some((parent, _)) = walk.last() {
                nodes[*parent].low = nodes[*parent].low.min(nodes[node].low);
            }
        }
    }
    found
}

#[derive(Debug, Clone, Default)]
struct Node {
    number: Option<usize>,
    /// The first node on the way that can be reached from here.
    low: usize,
    is_open: bool,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn ordered(edges: &[&[usize]], expected: &[&[usize]]) {
        let edges: Vec<Vec<usize>> = edges.iter().map(|edges| edges.to_vec()).collect();
        assert_eq!(components(&edges), expected);
    }

    #[test]
    fn operations_stay_where_they_are_unless_they_are_needed_earlier() {
        ordered(&[&[], &[], &[]], &[&[0], &[1], &[2]]);
        ordered(&[&[], &[0], &[0, 1]], &[&[0], &[1], &[2]]);
        ordered(&[&[], &[3], &[], &[]], &[&[0], &[3], &[1], &[2]]);
        ordered(&[&[2], &[], &[3], &[]], &[&[3], &[2], &[0], &[1]]);
        ordered(&[], &[]);
    }

    #[test]
    fn a_circle_is_one_unit() {
        ordered(&[&[0]], &[&[0]]);
        ordered(&[&[1], &[0]], &[&[0, 1]]);
        ordered(&[&[2], &[], &[0], &[1, 2]], &[&[0, 2], &[1], &[3]]);
        ordered(&[&[1, 2], &[0, 2], &[]], &[&[2], &[0, 1]]);
    }

    #[test]
    fn a_circle_or_chain_of_100_000_ends() {
        let circle: Vec<Vec<usize>> = (0..100_000).map(|node| vec![(node + 1) % 100_000]).collect();
        assert_eq!(components(&circle).len(), 1);
        let chain: Vec<Vec<usize>> = (0..100_000).map(|node| if node < 99_999 { vec![node + 1] } else { vec![] }).collect();
        assert_eq!(components(&chain).len(), 100_000);
    }

    /// For each node, whether there is a way to each other one.
    fn reach(edges: &[Vec<usize>]) -> Vec<Vec<bool>> {
        let from = |start: usize| {
            let mut reached = vec![false; edges.len()];
            let mut open = edges[start].clone();
            while let Some(node) = open.pop() {
                if !std::mem::replace(&mut reached[node], true) {
                    open.extend(&edges[node]);
                }
            }
            reached
        };
        (0..edges.len()).map(from).collect()
    }

    proptest! {
        #[test]
        fn units_are_the_circles_and_come_after_what_they_refer_to(edges in proptest::collection::vec(proptest::collection::vec(0usize..9, 0..4), 9)) {
            let units = components(&edges);
            let reach = reach(&edges);
            let place = |node: usize| units.iter().position(|unit| unit.contains(&node)).expect("each node is in a unit");
            prop_assert_eq!(units.iter().map(Vec::len).sum::<usize>(), edges.len());
            for (from, reached) in reach.iter().enumerate() {
                for (to, is_reached) in reached.iter().enumerate() {
                    prop_assert_eq!(place(from) == place(to), from == to || *is_reached && reach[to][from]);
                    prop_assert!(!is_reached || place(to) <= place(from));
                }
            }
        }
    }
}
