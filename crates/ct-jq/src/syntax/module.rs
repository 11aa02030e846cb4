//! Loads the modules and data that a program imports.

use super::constant::Constant;
use super::error::{Errors, ProgramText};
use super::tree::{Dependency, Parsed};
use super::{Arena, Def};
use std::path::{Path, PathBuf};

/// The folders in which modules are searched.
#[derive(Clone, Debug, Default)]
pub(crate) struct SearchFolders {
    /// The folders that are searched, in order: those of `-L`, or else jq's default folders.
    pub library: Vec<String>,
    /// The folder of the executable, for `$ORIGIN` in folder names.
    pub origin: String,
    /// The folder of the program's file, or the current folder. Relative folders are resolved
    /// against it.
    pub program: String,
    /// The home folder, for `~` in folder names and for the file `~/.jq`.
    pub home: Option<String>,
    /// Whether `~/.jq` and files outside `library` are refused.
    pub is_sandbox: bool,
}

/// The imported names: each with its arity, and the index of its definition or data.
pub(super) type Imports = Vec<(String, usize, usize)>;

/// The value in [`Imports`] that stands for the arity of imported data.
pub(super) const DATA: usize = usize::MAX;

struct Module<'s> {
    path: PathBuf,
    source: ProgramText<'s>,
    is_loading: bool,
    imports: Imports,
    /// The names that the module defines, each with its arity and the index of its definition.
    exports: Imports,
}

struct ModuleFilter<'s> {
    module: usize,
    /// The number of definitions in the module before this definition.
    position: usize,
    name: &'s str,
    def: Option<Def<'s>>,
}

/// A file of imported data.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// The path of the file.
    pub path: PathBuf,
    /// Whether the file is read as one string, in place of JSON values.
    pub is_raw: bool,
}

/// All modules and data that have been loaded.
#[derive(Default)]
pub(super) struct Modules<'s> {
    loaded: Vec<Module<'s>>,
    filters: Vec<ModuleFilter<'s>>,
    /// The files of imported data.
    pub data: Vec<Data>,
}

impl<'s> Modules<'s> {
    /// Takes a definition, and the context in which its names are resolved. Later calls with the
    /// same `index` return no definition.
    pub(super) fn take(
        &mut self,
        index: usize,
        arena: &'s Arena,
    ) -> (&'s str, ProgramText<'s>, Imports, Option<Def<'s>>) {
        let filter = &mut self.filters[index];
        let module = &self.loaded[filter.module];
        let def = filter.def.take();
        if let Some(def) = &def {
            filter.name = arena.alloc(format!("{} {index}", def.name));
        }
        let mut imports = module.imports.clone();
        imports.extend(module.exports[..filter.position].iter().cloned());
        (filter.name, module.source, imports, def)
    }
}

/// Loads the modules and data that a program imports, the last first as in jq.
pub(super) struct Loader<'s, 'p> {
    pub arena: &'s Arena,
    pub places: &'p SearchFolders,
    pub modules: Modules<'s>,
}

impl<'s> Loader<'s, '_> {
    /// Loads the file `~/.jq`, if it exists, and the imports of the program. Returns all imported
    /// names.
    pub(super) fn program(&mut self, dependencies: &[Dependency<'s>]) -> Result<Imports, Errors> {
        let origin = self.places.program.clone();
        let mut imports = self.dependencies(dependencies, &origin)?;
        if let Some(home) = self.places.home.clone().filter(|_| !self.places.is_sandbox) {
            let path = Path::new(&home).join(".jq");
            if path.is_file() {
                let mut all = self.module(&path, None)?;
                all.extend(imports);
                imports = all;
            }
        }
        Ok(imports)
    }

    fn dependencies(
        &mut self,
        dependencies: &[Dependency<'s>],
        origin: &str,
    ) -> Result<Imports, Errors> {
        let mut found = Vec::new();
        for dependency in dependencies.iter().rev() {
            let flag = |name| {
                dependency.meta.as_ref().and_then(|m| m.member(name)) == Some(&Constant::Bool(true))
            };
            let data = dependency.name.filter(|name| name.starts_with('$'));
            let search = dependency
                .meta
                .as_ref()
                .and_then(|meta| meta.member("search"));
            let suffix = if data.is_some() { ".json" } else { ".jq" };
            let path = self
                .places
                .find(&dependency.path, search, suffix, Some(origin));
            let path = match path {
                Ok(path) => path,
                Err(_) if flag("optional") => continue,
                Err(message) => {
                    return Err(Errors {
                        messages: vec![format!("jq: error: {message}\n")],
                        counted: Some(1),
                    });
                }
            };
            match data {
                Some(name) => {
                    let index = self.modules.data.len();
                    self.modules.data.push(Data {
                        path,
                        is_raw: flag("raw"),
                    });
                    found.push(vec![
                        (name.to_owned(), DATA, index),
                        (format!("{name}::{}", &name[1..]), DATA, index),
                    ]);
                }
                None => found.push(self.module(&path, dependency.name)?),
            }
        }
        Ok(found.into_iter().rev().flatten().collect())
    }

    fn module(&mut self, path: &Path, prefix: Option<&str>) -> Result<Imports, Errors> {
        let known = self
            .modules
            .loaded
            .iter()
            .position(|module| module.path == path);
        let index = match known {
            Some(index) if self.modules.loaded[index].is_loading => {
                let message = format!("jq: error: circular import of {}\n", path.display());
                return Err(Errors {
                    messages: vec![message],
                    counted: Some(1),
                });
            }
            Some(index) => index,
            None => self.load(path)?,
        };
        let exports = &self.modules.loaded[index].exports;
        let named = |name: &str| {
            prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}::{name}"))
        };
        Ok(exports
            .iter()
            .map(|(name, arity, index)| (named(name), *arity, *index))
            .collect())
    }

    fn load(&mut self, path: &Path) -> Result<usize, Errors> {
        let (source, parsed) = read_module(self.arena, path)?;
        let index = self.modules.loaded.len();
        let (imports, exports) = (Imports::new(), Imports::new());
        self.modules.loaded.push(Module {
            path: path.to_owned(),
            source,
            is_loading: true,
            imports,
            exports,
        });
        let origin = path
            .parent()
            .map(|folder| folder.to_string_lossy().into_owned())
            .unwrap_or_default();
        let imports = self.dependencies(&parsed.dependencies, &origin)?;
        let mut exports = Imports::new();
        for (position, def) in parsed.defs.into_iter().enumerate() {
            exports.push((
                def.name.to_owned(),
                def.args.len(),
                self.modules.filters.len(),
            ));
            self.modules.filters.push(ModuleFilter {
                module: index,
                position,
                name: def.name,
                def: Some(def),
            });
        }
        let module = &mut self.modules.loaded[index];
        module.is_loading = false;
        module.imports = imports;
        module.exports = exports;
        Ok(index)
    }
}

/// Parses the file of a module, which may contain only definitions.
///
/// # Errors
/// Fails if the file cannot be read, is not valid, or has a main filter.
pub(super) fn read_module<'s>(
    arena: &'s Arena,
    path: &Path,
) -> Result<(ProgramText<'s>, Parsed<'s>), Errors> {
    let name: &'s str = arena.alloc(path.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|error| {
        let reason = super::reason(&error);
        let message =
            format!("jq: error loading data file {name}: Could not open {name}: {reason}\n");
        Errors {
            messages: vec![message],
            counted: Some(1),
        }
    })?;
    let text: &'s str = arena.alloc(String::from_utf8_lossy(&bytes).into_owned());
    let source = ProgramText { name, text };
    let parsed = super::parse(arena, source)?;
    if parsed.main.is_some() {
        let message = "jq: error: jq: error: library should only have function definitions, not a main expression";
        return Err(Errors::one(message.to_owned()));
    }
    Ok((source, parsed))
}

impl SearchFolders {
    /// Finds the file of the module or data `path` in jq's search order.
    ///
    /// # Errors
    /// Returns jq's message if the name is not allowed or no file is found.
    pub(crate) fn find(
        &self,
        path: &str,
        search: Option<&Constant>,
        suffix: &str,
        origin: Option<&str>,
    ) -> Result<PathBuf, String> {
        check_name(path)?;
        let here = Constant::Text(".".to_owned());
        let library = self.library.iter().cloned().map(Constant::Text);
        let folders: Vec<Constant> = match search {
            None if origin.is_none() => library.collect(),
            None => std::iter::once(here).chain(library).collect(),
            Some(Constant::Array(folders)) => folders.clone(),
            Some(folder) => vec![folder.clone()],
        };
        let base = path.rsplit_once('/').map_or(path, |(_, base)| base);
        for folder in &folders {
            let Constant::Text(folder) = folder else {
                continue;
            };
            let folder = self.expand(folder, origin);
            let names = [
                format!("{path}{suffix}"),
                format!("{path}/jq/main{suffix}"),
                format!("{path}/{base}{suffix}"),
            ];
            for name in names {
                let file = PathBuf::from(format!("{folder}/{name}"));
                if file.exists() && self.is_allowed(&file) {
                    return Ok(file.canonicalize().unwrap_or(file));
                }
            }
        }
        Err(format!("module not found: {path}"))
    }

    fn expand(&self, folder: &str, origin: Option<&str>) -> String {
        if let (Some(rest), Some(home)) = (folder.strip_prefix("~/"), &self.home) {
            return format!("{home}/{rest}");
        }
        if let Some(rest) = folder.strip_prefix("$ORIGIN/") {
            return format!("{}/{rest}", self.origin);
        }
        match origin {
            Some(origin) if folder != "." && !folder.starts_with('/') => {
                format!("{origin}/{folder}")
            }
            _ => folder.to_owned(),
        }
    }

    fn is_allowed(&self, file: &Path) -> bool {
        let inside = |folder: &String| match (Path::new(folder).canonicalize(), file.canonicalize())
        {
            (Ok(folder), Ok(file)) => file.starts_with(folder),
            _ => false,
        };
        !self.is_sandbox || self.library.iter().any(inside)
    }
}

fn check_name(path: &str) -> Result<(), String> {
    if path.contains('\0') {
        return Err("Module path contains a NUL byte".to_owned());
    }
    if path.contains('\\') {
        return Err(format!(
            "Modules must be named by relative paths using '/', not '\\' ({path})"
        ));
    }
    let parts: Vec<&str> = path.split('/').collect();
    for (index, part) in parts.iter().enumerate() {
        if *part == ".." {
            return Err(format!(
                "Relative paths to modules may not traverse to parent directories ({path})"
            ));
        }
        if index > 0 && *part == parts[index - 1] {
            return Err(format!(
                "module names must not have equal consecutive components: {path}"
            ));
        }
    }
    Ok(())
}
