//! Starts third-party S3 servers, each on a free port and with a separate folder.

use std::env;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::Sandbox;

/// The bucket that contains a test's files.
const BUCKET: &str = "trail";

/// The access key and the secret key that every server accepts.
const KEY: [&str; 2] = [
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
];

/// A program that serves S3.
#[derive(Debug, Clone, Copy)]
pub enum Program {
    /// `weed` from `SeaweedFS`.
    SeaweedFs,
    /// `moto_server` from moto.
    Moto,
    /// `rclone serve s3`.
    Rclone,
}

impl Program {
    /// The environment variable that may contain the path of the program, and the name of the
    /// program on PATH.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::SeaweedFs => ("WEED", "weed"),
            Self::Moto => ("MOTO_SERVER", "moto_server"),
            Self::Rclone => ("RCLONE", "rclone"),
        }
    }

    fn command(self, folder: &Path, port: u16) -> Command {
        let (variable, name) = self.names();
        let mut command = Command::new(env::var_os(variable).unwrap_or(name.into()));
        match self {
            Self::SeaweedFs => {
                command.args(["server", "-s3", "-ip=127.0.0.1", "-master.telemetry=false"]);
                command.arg(format!("-s3.port={port}"));
                for other in ["master.port", "volume.port", "filer.port"] {
                    command.arg(format!("-{other}={}", free_port()));
                    command.arg(format!("-{other}.grpc={}", free_port()));
                }
                command.arg(format!("-s3.port.grpc={}", free_port()));
                command.arg(format!("-dir={}", folder.display()));
            }
            Self::Moto => {
                command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
            }
            Self::Rclone => {
                command.args(["serve", "s3", "--addr", &format!("127.0.0.1:{port}")]);
                command.args(["--auth-key", &KEY.join(",")]).arg(folder);
            }
        }
        command
    }
}

/// A running server with one bucket. Dropping the value stops the server.
pub struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts a server whose bucket `trail` contains the files in the folder `files`.
    ///
    /// # Panics
    /// If the program is not installed, ends before it accepts connections, or refuses the files.
    #[must_use]
    pub fn start(program: Program, files: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        if matches!(program, Program::Rclone) {
            copy(files, &folder.path().join(BUCKET)).expect("the test can write to its own folder");
        }
        let port = free_port();
        let mut command = program.command(folder.path(), port);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn();
        let child = child.unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        let mut server = Self {
            child,
            port,
            _folder: folder,
        };
        server.wait();
        if !matches!(program, Program::Rclone) {
            while server.put(BUCKET, b"") != Some(200) {
                server.assert_runs();
            }
            server.put_all(files, BUCKET);
        }
        server
    }

    /// Creates a sandbox whose AWS tools use this server.
    #[must_use]
    pub fn sandbox(&self) -> Sandbox {
        Sandbox::new()
            .with(
                "AWS_ENDPOINT_URL",
                format!("http://127.0.0.1:{}", self.port),
            )
            .with("AWS_ACCESS_KEY_ID", KEY[0])
            .with("AWS_SECRET_ACCESS_KEY", KEY[1])
            .with("AWS_REGION", "us-east-1")
    }

    /// Waits until the server accepts connections.
    fn wait(&mut self) {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            self.assert_runs();
            std::thread::yield_now();
        }
    }

    fn assert_runs(&mut self) {
        let ended = self
            .child
            .try_wait()
            .expect("the process is a child of the test");
        assert!(ended.is_none(), "the server has ended: {ended:?}");
    }

    fn put_all(&self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).expect("the test can write to its own folder") {
            let entry = entry.expect("the test can write to its own folder");
            let name = entry.file_name().into_string().expect("a name is text");
            let (path, key) = (entry.path(), format!("{prefix}/{name}"));
            if path.is_dir() {
                self.put_all(&path, &key);
            } else {
                let content = fs::read(&path).expect("the test can read its own file");
                // A server may refuse files shortly after its start, so the request is repeated.
                while self.put(&key, &content) != Some(200) {}
            }
        }
    }

    /// Sends an unsigned request that puts content at a path, and returns the status of the response,
    /// or `None` if there is no response.
    fn put(&self, path: &str, content: &[u8]) -> Option<u16> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).ok()?;
        let (port, length) = (self.port, content.len());
        let head = format!(
            "PUT /{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(content).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1)?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The call fails if the server has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    listener
        .local_addr()
        .expect("the listener has an address")
        .port()
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
