//! Runs the built tools as a user would: from PATH, in a separate home directory.

pub mod browser;
pub mod lookup_events;
pub mod relay;
pub mod s3_server;
pub mod service;
pub mod terminal;

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, process};

use assert_cmd::Command;
use ct_sim::Sim;
use escargot::CargoBuild;
use escargot::format::Message;
use tempfile::TempDir;

/// The folder with the built tools, or the folder in the variable `CT_BIN_DIR` if it is set.
///
/// # Panics
/// If the tools do not build.
#[must_use]
pub fn programs() -> &'static Path {
    static PROGRAMS: LazyLock<PathBuf> = LazyLock::new(|| match env::var_os("CT_BIN_DIR") {
        Some(folder) => fs::canonicalize(folder).expect("CT_BIN_DIR is a folder"),
        None => build(),
    });
    &PROGRAMS
}

fn build() -> PathBuf {
    let messages = CargoBuild::new()
        .args(["--workspace", "--bins"])
        .current_release()
        .exec()
        .expect("cargo runs");
    // All of cargo's messages are read, so that cargo has finished before a test uses a tool.
    let executables = messages.filter_map(|message| {
        match message
            .expect("the tools build")
            .decode()
            .expect("cargo's messages are JSON")
        {
            Message::CompilerArtifact(artifact) => artifact.executable.map(Cow::into_owned),
            _ => None,
        }
    });
    let last = executables.last().expect("the workspace has programs");
    last.parent()
        .expect("a program has a parent folder")
        .to_owned()
}

/// A temporary folder with an empty home directory, and environment variables without the user's
/// settings.
pub struct Sandbox {
    folder: TempDir,
    environment: Vec<(OsString, OsString)>,
}

impl Sandbox {
    /// Creates a sandbox. The sandbox's folder `bin` is first on PATH, and the folder of the tools
    /// is next. The time zone is UTC, and no AWS configuration exists. ct-fetch assumes an event
    /// history of a hundred years, so that fixtures do not expire.
    ///
    /// # Panics
    /// If no temporary folder can be created.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let home = folder.path().join("home");
        fs::create_dir(&home).expect("the test can write to its own folder");
        let bin = folder.path().join("bin");
        let sandbox = Self {
            folder,
            environment: Vec::new(),
        };
        sandbox
            .with("HOME", home)
            .with("LANG", "C.UTF-8")
            .with("TZ", "UTC")
            .with("AWS_EC2_METADATA_DISABLED", "true")
            .with("CT_FETCH_HISTORY_DAYS", "36500")
            .with("PATH", env::var_os("PATH").unwrap_or_default())
            .with_first_on_path(programs())
            .with_first_on_path(&bin)
    }

    /// Creates a sandbox whose AWS tools use the simulated CloudTrail `sim`, with its region and
    /// its example key.
    #[must_use]
    pub fn beside(sim: &Sim) -> Self {
        let environment = sim.environment().into_iter();
        environment.fold(Self::new(), |sandbox, (name, value)| {
            sandbox.with(name, value)
        })
    }

    /// Adds a variable to the environment of the programs.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref();
        self.environment.retain(|(other, _)| other != name);
        self.environment
            .push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Removes a variable from the environment of the programs.
    #[must_use]
    pub fn without(mut self, name: impl AsRef<OsStr>) -> Self {
        self.environment.retain(|(other, _)| other != name.as_ref());
        self
    }

    /// Puts `folder` first on PATH.
    ///
    /// # Panics
    /// If the folder's path contains a colon.
    #[must_use]
    pub fn with_first_on_path(self, folder: &Path) -> Self {
        let path = self.environment.iter().find(|(name, _)| name == "PATH");
        let rest = path.map(|(_, value)| value.clone()).unwrap_or_default();
        let folders = [folder.to_owned()]
            .into_iter()
            .chain(env::split_paths(&rest));
        let path = env::join_paths(folders).expect("no folder on PATH has a colon in its name");
        self.with("PATH", path)
    }

    /// The working directory of the programs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file below the sandbox's folder, and returns the path of the file.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        fs::create_dir_all(
            path.parent()
                .expect("the file is inside the sandbox folder"),
        )
        .expect("the test can write to its own folder");
        fs::write(&path, content).expect("the test can write to its own folder");
        path
    }

    /// Writes an executable file to the sandbox's folder `bin`, which is first on PATH.
    ///
    /// # Panics
    /// If the executable cannot be written.
    pub fn install(&self, name: &str, content: impl Into<Vec<u8>>) {
        // A separate process writes the file. The system refuses to execute a file that this
        // process, or a child before its exec, has open for writing.
        let write = r#"mkdir -p "${0%/*}" && cat >"$0" && chmod 755 "$0""#;
        let path = self.folder().join("bin").join(name);
        let mut shell = self.command("sh");
        shell
            .args(["-c", write])
            .arg(path)
            .write_stdin(content)
            .assert()
            .success();
    }

    /// A command that runs a program from PATH in the sandbox's folder. The caller connects the
    /// streams of the program.
    #[must_use]
    pub fn process(&self, program: impl AsRef<OsStr>) -> process::Command {
        let mut command = process::Command::new(program);
        let variables = self.environment.iter().map(|(name, value)| (name, value));
        command
            .env_clear()
            .envs(variables)
            .current_dir(self.folder());
        command
    }

    /// A command that runs a program from PATH in the sandbox's folder.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        Command::from_std(self.process(program))
    }

    /// Runs a program, and returns its output, its messages and its exit status.
    ///
    /// # Panics
    /// If the program cannot be run, a signal ends it, or its output is not UTF-8.
    #[must_use]
    pub fn run(&self, program: &str, arguments: &[&str]) -> (String, String, i32) {
        let output = self.command(program).args(arguments).output();
        let output = output.expect("the program runs");
        (
            String::from_utf8(output.stdout).expect("the output is UTF-8"),
            String::from_utf8(output.stderr).expect("messages are UTF-8"),
            output.status.code().expect("no signal ended it"),
        )
    }

    /// A command that runs a bash script with `pipefail`: a failing command in a pipeline makes the
    /// pipeline fail.
    #[must_use]
    pub fn shell(&self, script: &str) -> Command {
        let mut command = self.command("bash");
        command.args(["-o", "pipefail", "-c", script]);
        command
    }
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether a reference program, such as jq, is installed. If the program is missing, prints that
/// the test is skipped.
///
/// # Panics
/// If the program is missing and `CI` is set, because CI requires the comparison.
#[must_use]
pub fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).any(|folder| folder.join(program).is_file());
    assert!(
        found || env::var_os("CI").is_none(),
        "{program} is not installed, and CI needs it"
    );
    if !found {
        // `eprintln!` is not used, because the test harness shows its output only if a test fails.
        let _ = writeln!(
            std::io::stderr().lock(),
            "skipped: {program} is not installed"
        );
    }
    found
}

/// Runs `ct-fetch` with these arguments at up to 1,000 requests per second, and returns its output,
/// its messages and its exit status.
///
/// # Panics
/// If ct-fetch cannot be run, a signal ends it, or its output is not UTF-8.
#[must_use]
pub fn outcome(sandbox: &Sandbox, arguments: &[&str]) -> (String, String, u8) {
    let arguments = [&["--rate", "1000"], arguments].concat();
    let (printed, said, status) = sandbox.run("ct-fetch", &arguments);
    (
        printed,
        said,
        u8::try_from(status).expect("an exit status fits into a byte"),
    )
}
