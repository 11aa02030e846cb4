//! Forwards connections from one fixed address to a ct-sim. Tests can replace the ct-sim, and each
//! new ct-sim has a different port.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ct_sim::Sim;

/// A relay, which accepts and forwards connections until the test's process ends.
pub struct Relay {
    address: SocketAddr,
    target: Arc<Mutex<String>>,
}

impl Relay {
    /// Starts a relay that first forwards connections to the simulated CloudTrail `sim`.
    ///
    /// # Panics
    /// If there is no free port.
    #[must_use]
    pub fn to(sim: &Sim) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let target = Arc::new(Mutex::new(String::new()));
        let relay = Self {
            address,
            target: Arc::clone(&target),
        };
        relay.turn(sim);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let host = target
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                // If no ct-sim runs at `host`, the connection fails, and the client's connection is
                // closed.
                let _ = TcpStream::connect(host).and_then(|server| pass(client, server));
            }
        });
        relay
    }

    /// Forwards all later connections to the simulated CloudTrail `sim`.
    ///
    /// # Panics
    /// If the URL of `sim` is not an HTTP URL.
    pub fn turn(&self, sim: &Sim) {
        let url = sim.url();
        let host = url
            .strip_prefix("http://")
            .expect("the URL of ct-sim starts with http://");
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        host.trim_end_matches('/').clone_into(&mut target);
    }

    /// The relay's URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn pass(client: TcpStream, server: TcpStream) -> io::Result<()> {
    let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
    for (mut from, mut to) in [(client, server), (server_too, client_too)] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Ok(())
}
