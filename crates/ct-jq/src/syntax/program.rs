//! A program with its definitions, ready for compilation.

use super::module::{Data, Loader, Modules, SearchFolders};
use super::resolve::Resolver;
use super::scope::Builtins;
use super::{Arena, Def, Errors, ProgramText, Term};

/// A program whose names have been resolved.
pub(crate) struct Program<'s> {
    /// The main filter, without unused definitions.
    pub main: Term<'s>,
    /// The builtins and module filters that are used; each follows the definitions that it uses.
    pub defs: Vec<Def<'s>>,
    /// The files of imported data. The file with the index n is the value of the variable
    /// `data_name(n)`.
    pub data: Vec<Data>,
}

/// The name of the variable that contains the imported file number `index`.
#[must_use]
pub(crate) fn data_name(index: usize) -> String {
    format!("$data {index}")
}

impl<'s> Program<'s> {
    /// Parses a program and its imports, and resolves all names.
    ///
    /// `variables` are the names of the global variables, including the `$`.
    ///
    /// # Errors
    /// Returns jq's messages, one for each error.
    pub(crate) fn load(
        arena: &'s Arena,
        text: &'s str,
        variables: &[&'s str],
        (places, builtins): (&SearchFolders, &dyn Builtins),
    ) -> Result<Self, Errors> {
        let source = ProgramText {
            name: "<top-level>",
            text,
        };
        let parsed = super::parse(arena, source)?;
        let Some(main) = parsed.main else {
            return Err(Errors::one(
                "jq: error: Top-level program not given (try \".\")".to_owned(),
            ));
        };
        let mut loader = Loader {
            arena,
            places,
            modules: Modules::default(),
        };
        let imports = loader.program(&parsed.dependencies)?;
        let mut modules = loader.modules;
        let mut resolver = Resolver::new(arena, builtins, variables, &mut modules);
        let main = resolver
            .main(source, &imports, main)
            .map_err(|messages| Errors {
                messages,
                counted: None,
            })?;
        let defs = resolver.defs;
        Ok(Self {
            main,
            defs,
            data: modules.data,
        })
    }
}
