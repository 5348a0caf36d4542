//! Keeps the edge table in `README.md` current: it is generated from the data, never written by hand.

use domain::incident::docs;

const BEGIN: &str = "<!-- edges:begin -->\n";
const END: &str = "<!-- edges:end -->";

#[test]
#[expect(clippy::disallowed_methods, reason = "the documentation lies on disk; HUB_BLESS=1 renews it")]
fn the_edge_table_of_the_readme_is_the_one_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).expect("libs/domain has a README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the mark edges:begin");
    let (block, after) = rest.split_once(END).expect("README.md has the mark edges:end");
    let current = docs::block();
    if block == current {
        return;
    }
    assert!(
        std::env::var("HUB_BLESS").is_ok_and(|set| set == "1"),
        "README.md shows an old edge table: run `HUB_BLESS=1 cargo test -p domain --test docs` and commit it"
    );
    std::fs::write(path, format!("{before}{BEGIN}{current}{END}{after}")).expect("README.md can be written");
}

#[test]
fn the_diagram_shows_every_edge_that_leads_elsewhere() {
    use domain::incident::{Stage, edges::TABLE};
    let diagram = docs::diagram();
    for row in TABLE {
        for edge in row.edges.iter().filter(|edge| edge.from != Stage::New) {
            for to in edge.to.iter().filter(|&&to| to != edge.from) {
                let start = format!("    {} --> {to}: ", edge.from);
                let line = diagram.lines().find(|line| line.starts_with(&start));
                let words = line.map(|line| line[start.len()..].split(", ").any(|word| word == row.command.word()));
                assert_eq!(words, Some(true), "{} from {} to {to}", row.command, edge.from);
            }
        }
    }
}
