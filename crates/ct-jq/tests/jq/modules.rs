//! Tests modules, data files and the order in which they are searched.

use crate::run::{Jq, jq};

fn with_modules(program: &str) -> Jq {
    jq(["-nc", "-L", "lib", program])
        .file("lib/a.jq", "module {version: 2}; import \"b\" as b; def one: b::half * 2; def pair($x): [$x, one];")
        .file("lib/b.jq", "def half: 0.5; def down: if . > 0 then . - 1 | down else \"done\" end;")
        .file("lib/c/c.jq", "def inner: \"c\";")
        .file("lib/data.json", "1 {\"k\": [2]}")
}

#[test]
fn an_imported_module_is_called_by_its_name() {
    assert_eq!(
        with_modules("import \"a\" as m; m::one, m::pair(3, 4)").stdout(),
        "1\n[3,1]\n[4,1]\n"
    );
}

#[test]
fn an_included_module_is_called_without_a_prefix() {
    assert_eq!(with_modules("include \"a\"; one").stdout(), "1\n");
}

#[test]
fn the_imports_of_a_module_are_private() {
    let ran = with_modules("import \"a\" as m; b::half").run();
    assert_eq!(ran.status, Some(3));
}

#[test]
fn a_modules_filter_may_call_itself() {
    assert_eq!(
        with_modules("import \"b\" as b; 9 | b::down").stdout(),
        "\"done\"\n"
    );
}

#[test]
fn a_folder_of_the_same_name_holds_the_module() {
    assert_eq!(
        with_modules("import \"c\" as c; c::inner").stdout(),
        "\"c\"\n"
    );
}

#[test]
fn data_is_an_array_of_the_files_values() {
    assert_eq!(
        with_modules("import \"data\" as $d; $d, $d::d[1].k").stdout(),
        "[1,{\"k\":[2]}]\n[2]\n"
    );
}

#[test]
fn metadata_may_name_the_folder() {
    let program = "import \"c\" as c {search: \"./lib/c\"}; c::inner";
    assert_eq!(with_modules(program).stdout(), "\"c\"\n");
}

#[test]
fn modulemeta_lists_imports_and_definitions() {
    let meta = "{\"version\":2,\"deps\":[{\"as\":\"b\",\"is_data\":false,\"relpath\":\"b\"}],\"defs\":[\"one/0\",\"pair/1\"]}\n";
    assert_eq!(with_modules("\"a\" | modulemeta").stdout(), meta);
}

#[test]
fn a_missing_module_is_an_error_unless_optional() {
    let ran = with_modules("import \"x\" as x; 1").run();
    assert_eq!(
        ran.stderr,
        "jq: error: module not found: x\n\njq: 1 compile error\n"
    );
    assert_eq!(
        with_modules("import \"x\" as x {optional: true}; 1").stdout(),
        "1\n"
    );
}

#[test]
fn modules_that_import_each_other_are_an_error() {
    let ran = jq(["-n", "-L", ".", "import \"p\" as p; 1"])
        .file("p.jq", "import \"q\" as q; def f: 1;")
        .file("q.jq", "import \"p\" as p; def g: 1;")
        .run();
    assert_eq!(
        ran.stderr,
        "jq: error: circular import of HERE/p.jq\n\njq: 1 compile error\n"
    );
}

#[test]
fn a_path_may_not_leave_the_folder() {
    let ran = with_modules("import \"../secret\" as s; 1").run();
    let message = "jq: error: Relative paths to modules may not traverse to parent directories (../secret)\n\njq: 1 compile error\n";
    assert_eq!(ran.stderr, message);
}

#[test]
fn errors_in_a_module_name_its_file() {
    let ran = jq(["-n", "-L", ".", "import \"bad\" as b; b::f"])
        .file("bad.jq", "def f: nosuch;")
        .run();
    let message = "jq: error: nosuch/0 is not defined at HERE/bad.jq, line 1, column 8:\n    def f: nosuch;\n           ^^^^^^\njq: 1 compile error\n";
    assert_eq!(ran.stderr, message);
}

#[test]
fn the_file_dot_jq_in_the_home_folder_is_included() {
    assert_eq!(
        jq(["-n", "hello"])
            .file(".jq", "def hello: \"hi\";")
            .stdout(),
        "\"hi\"\n"
    );
}

#[test]
fn data_may_be_a_shorthand_member() {
    assert_eq!(
        with_modules("import \"data\" as $d; {$d}").stdout(),
        "{\"d\":[1,{\"k\":[2]}]}\n"
    );
}
